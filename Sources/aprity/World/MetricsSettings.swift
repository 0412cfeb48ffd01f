internal import ConnectedApp
internal import ConnectedAppServer

/// Who may read the metrics besides the holder of the start token. From the environment only; the secret from a file.
struct MetricsSettings {
    let tokenFile: Settings.Value
    private let credentialsFolder: String?

    init(environment: [String: String]) {
        credentialsFolder = environment["CREDENTIALS_DIRECTORY"]
        let given = environment["APRITY_METRICS_TOKEN_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        tokenFile = Settings.Value(
            name: "metricsTokenFile", value: given ?? "", source: given == nil ? "default" : "APRITY_METRICS_TOKEN_FILE"
        )
    }

    /// Everything, for `aprity config`.
    var all: [Settings.Value] { [tokenFile.shown("none")] }

    /// - Throws: ``ConnectedAppError``: the file is missing, others can read it, or its first line is no token.
    func token() throws -> MetricsToken? {
        guard !tokenFile.value.isEmpty else { return nil }
        let file = SecretFile(
            path: tokenFile.value, setting: tokenFile.source, credentialsFolder: credentialsFolder)
        return try MetricsToken(line: file.firstLine(), source: tokenFile.source)
    }
}
