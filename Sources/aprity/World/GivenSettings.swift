internal import Configuration
internal import ConnectedApp
internal import Foundation

/// The settings that the user gave: on the command line, else in the environment, else in the configuration file.
///
/// Each source is a provider of swift-configuration. They are queried in order, without the library's `ConfigReader`:
/// see docs/decisions/0029-settings-through-swift-configuration.md.
struct GivenSettings: Sendable {
    private let values: [Setting: SettingValue]

    /// - Parameters:
    ///   - options: The settings on the command line.
    ///   - environment: The environment. An empty variable counts as not set.
    ///   - file: The configuration file; `nil` if it cannot contain the wanted settings.
    /// - Throws: ``ConnectedAppError`` with `.internalError`, which is not expected.
    init(
        options: [Setting: String] = [:], environment: [String: String], file: ConfigurationFile? = nil
    ) throws {
        let sources = [
            Source(options: options), Source(environment: environment), file.map { Source(file: $0) },
        ].compactMap { $0 }
        values = try Dictionary(
            uniqueKeysWithValues: Setting.allCases.compactMap { setting in
                for source in sources {
                    if let value = try source.value(setting) { return (setting, value) }
                }
                return nil
            })
    }

    /// Returns the error for the first of these paths that begins with `~`, which only shells replace, and not everywhere;
    /// `nil` if none does.
    func malformedPath(among settings: [Setting]) -> ConnectedAppError? {
        guard let setting = settings.first(where: { values[$0]?.value.hasPrefix("~") == true }),
            let source = values[setting]?.source
        else { return nil }
        let isFromFile = ![setting.variable, setting.declaration.option].contains(source)
        return ConnectedAppError(
            .configurationMalformed, subject: isFromFile ? "\(setting.rawValue) in \(source)" : source,
            detail: "The shell does not expand ~ here: the path would begin with a folder named ~.",
            remedy: "Use an absolute path, or ./~… for such a folder.")
    }

    /// Returns the given value, else the setting's default.
    subscript(_ setting: Setting) -> SettingValue { value(setting, default: setting.declaration.fallback) }

    /// Returns the given value, else a default that depends on other settings.
    func value(_ setting: Setting, default fallback: @autoclosure () -> String) -> SettingValue {
        values[setting] ?? SettingValue(setting, fallback(), source: "default")
    }

    /// Returns the given value; `nil` if there is only a default.
    func given(_ setting: Setting) -> SettingValue? { values[setting] }

    /// One provider, with the names that the settings have in it.
    private struct Source {
        private let provider: any ConfigProvider
        private let key: (Setting) -> String?
        /// The source of a value, as `aprity config` shows it.
        private let name: (Setting) -> String?

        init(options: [Setting: String]) {
            provider = InMemoryProvider(name: "command line", values: Self.values(options))
            key = \.rawValue
            name = \.declaration.option
        }

        init(environment: [String: String]) {
            let variables = Set(Setting.allCases.map(\.variable))
            provider = EnvironmentVariablesProvider(
                environmentVariables: environment.filter { variables.contains($0.key) && !$0.value.isEmpty },
                secretsSpecifier: .specific(Set(Setting.allCases.filter(\.isSecret).map(\.variable))))
            key = \.variable
            name = \.variable
        }

        init(file: ConfigurationFile) {
            provider = InMemoryProvider(name: file.path, values: Self.values(file.values))
            key = \.rawValue
            name = { _ in file.path }
        }

        /// - Throws: ``ConnectedAppError`` with `.internalError` if the library returns something other than a string,
        ///   which is not expected.
        func value(_ setting: Setting) throws -> SettingValue? {
            guard let key = key(setting), let name = name(setting) else { return nil }
            guard let found = try provider.value(forKey: AbsoluteConfigKey([key]), type: .string).value else {
                return nil
            }
            guard case .string(let text) = found.content else { throw ConnectedAppError(.internalError) }
            return SettingValue(setting, text, source: name)
        }

        private static func values(_ texts: [Setting: String]) -> [AbsoluteConfigKey: ConfigValue] {
            Dictionary(
                uniqueKeysWithValues: texts.map { setting, text in
                    (AbsoluteConfigKey([setting.rawValue]), ConfigValue(.string(text), isSecret: setting.isSecret))
                })
        }
    }
}
