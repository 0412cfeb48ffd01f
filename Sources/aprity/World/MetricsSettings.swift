internal import ConnectedApp
internal import ConnectedAppServer

/// Who may read the metrics besides the holder of the start token. From the environment only; the secret from a file.
struct MetricsSettings {
    let tokenFile: SettingValue
    private let credentialsFolder: String?

    init(environment: [String: String]) throws {
        credentialsFolder = environment["CREDENTIALS_DIRECTORY"]
        tokenFile = try GivenSettings(environment: environment)[.metricsTokenFile]
    }

    /// Everything, for `aprity config`.
    var all: [SettingValue] { [tokenFile.shown] }

    /// - Throws: ``ConnectedAppError``: the file is missing, others can read it, or its first line is no token.
    func token() throws -> MetricsToken? {
        guard !tokenFile.value.isEmpty else { return nil }
        let file = SecretFile(
            path: tokenFile.value, setting: tokenFile.source, credentialsFolder: credentialsFolder)
        return try MetricsToken(line: file.firstLine(), source: tokenFile.source)
    }
}
