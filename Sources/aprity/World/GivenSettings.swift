internal import Configuration
internal import ConnectedApp
internal import Foundation

/// The settings that something gives: the command line, else the environment, else the configuration file.
///
/// Each of the three is a provider of swift-configuration. They are asked in turn, without the library's `ConfigReader`: see
/// docs/decisions/0029-settings-through-swift-configuration.md.
struct GivenSettings: Sendable {
    private let values: [Setting: SettingValue]

    /// - Parameters:
    ///   - options: What the command line gives.
    ///   - environment: A variable that is empty counts as not set.
    ///   - file: `nil` if the settings that are wanted cannot be in it.
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

    /// What is given, else the setting's default.
    subscript(_ setting: Setting) -> SettingValue { value(setting, default: setting.declaration.fallback) }

    /// What is given, else a default that follows from other settings.
    func value(_ setting: Setting, default fallback: @autoclosure () -> String) -> SettingValue {
        values[setting] ?? SettingValue(setting, fallback(), source: "default")
    }

    /// What is given; `nil` if nothing is.
    func given(_ setting: Setting) -> SettingValue? { values[setting] }

    /// One provider, by what a setting is called there.
    private struct Source {
        private let provider: any ConfigProvider
        private let key: (Setting) -> String?
        /// What `aprity config` calls the source of a value.
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

        /// - Throws: If the library holds something else than a string, which nothing here gives it.
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
