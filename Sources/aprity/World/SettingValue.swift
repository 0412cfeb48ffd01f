internal import Foundation

/// The value of a setting, and where it comes from. `aprity config --json` prints it with these property names.
struct SettingValue: Encodable, Sendable {
    let name: String
    let value: String
    /// The option, the variable, the configuration file's path, or `default`; for values that are not settings also `home`
    /// or `absent`.
    let source: String
    private let disclosure: Setting.Disclosure
    /// What ``shown`` has instead of an empty value.
    private let shownIfEmpty: String

    private enum CodingKeys: CodingKey {
        case name, value, source
    }

    init(_ setting: Setting, _ value: String, source: String) {
        let declaration = setting.declaration
        self.init(
            name: setting.rawValue, value: value, source: source, disclosure: declaration.disclosure,
            shownIfEmpty: declaration.shownIfEmpty)
    }

    /// Creates a value that `aprity config` shows in addition to the settings.
    init(name: String, value: String, source: String) {
        self.init(name: name, value: value, source: source, disclosure: .whole, shownIfEmpty: "none")
    }

    private init(name: String, value: String, source: String, disclosure: Setting.Disclosure, shownIfEmpty: String) {
        self.name = name
        self.value = value
        self.source = source
        self.disclosure = disclosure
        self.shownIfEmpty = shownIfEmpty
    }

    /// The value as `aprity config` shows it: without secrets, and with a word instead of an empty value.
    var shown: SettingValue {
        SettingValue(name: name, value: value.isEmpty ? shownIfEmpty : disclosed, source: source)
    }

    private var disclosed: String {
        switch disclosure {
        case .whole: value
        case .hostOnly: URLComponents(string: value)?.host.flatMap { $0.isEmpty ? nil : $0 } ?? "not a URL"
        case .wholeWithoutLogin: value.contains("@") ? "malformed" : value
        }
    }
}
