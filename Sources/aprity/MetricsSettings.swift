internal import ConnectedApp
internal import ConnectedAppServer

/// Who may read the metrics besides the holder of the start token. From the environment only; the secret from a file.
struct MetricsSettings {
    let tokenFile: Settings.Value

    init(environment: [String: String]) {
        let given = environment["APRITY_METRICS_TOKEN_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        tokenFile = Settings.Value(
            name: "metricsTokenFile", value: given ?? "", source: given == nil ? "default" : "APRITY_METRICS_TOKEN_FILE"
        )
    }

    /// Everything, for `aprity config`.
    var all: [Settings.Value] { [tokenFile.shown("none")] }

    /// - Throws: ``ConnectedAppError``: the file is missing, or its first line is no token.
    func token() throws -> MetricsToken? {
        guard !tokenFile.value.isEmpty else { return nil }
        return try MetricsToken(line: TextFile.firstLine(tokenFile.value), source: tokenFile.source)
    }
}
