internal import ConnectedApp
internal import ConnectedAppServer

/// The token that may read the metrics in addition to the start token. The environment names its file.
struct MetricsSettings {
    let tokenFile: SettingValue
    private let malformedPath: ConnectedAppError?
    private let credentialsFolder: String?

    init(environment: [String: String]) throws {
        credentialsFolder = environment["CREDENTIALS_DIRECTORY"]
        let given = try GivenSettings(environment: environment)
        malformedPath = given.malformedPath(among: [.metricsTokenFile])
        tokenFile = given[.metricsTokenFile]
    }

    /// The rows in `aprity config`.
    var all: [SettingValue] { [tokenFile.shown] }

    /// - Returns: `nil` if no file is set.
    /// - Throws: ``ConnectedAppError`` if the file is missing, others can read it, or its first line is not a valid
    ///   token.
    func token() throws -> MetricsToken? {
        guard !tokenFile.value.isEmpty else { return nil }
        if let malformedPath { throw malformedPath }
        let file = SecretFile(
            path: tokenFile.value, setting: tokenFile.source, credentialsFolder: credentialsFolder)
        return try MetricsToken(line: file.firstLine(), source: tokenFile.source)
    }
}
