internal import ConnectedApp
internal import ConnectedAppServer
internal import Foundation

/// Where `aprity serve` listens, and how other machines reach it.
struct ServingSettings {
    let host: SettingValue
    let publicURL: SettingValue
    let tlsCertificateFile: SettingValue
    let tlsKeyFile: SettingValue
    let gatewayPort: SettingValue

    /// - Parameter options: The settings on the command line.
    init(options: [Setting: String] = [:], environment: [String: String]) throws {
        let given = try GivenSettings(options: options, environment: environment)
        if let malformed = given.malformedPath(among: [.tlsCertificateFile, .tlsKeyFile]) { throw malformed }
        host = given[.host]
        publicURL = given[.publicURL]
        tlsCertificateFile = given[.tlsCertificateFile]
        tlsKeyFile = given[.tlsKeyFile]
        gatewayPort = given[.gatewayPort]
    }

    /// The rows in `aprity config`.
    var all: [SettingValue] { [host, publicURL, tlsCertificateFile, tlsKeyFile, gatewayPort].map(\.shown) }

    /// Returns the port of the gateway; `nil` without a gateway.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    func checkGatewayPort() throws(ConnectedAppError) -> Int? {
        guard !gatewayPort.value.isEmpty else { return nil }
        guard let port = Int(gatewayPort.value), (0...65_535).contains(port) else {
            throw ConnectedAppError(
                .usage, subject: gatewayPort.source,
                detail: "A port is a number from 0 to 65535; 0 selects a free port.")
        }
        return port
    }

    /// Reads the files of TLS.
    ///
    /// - Parameter allowsClearText: See ``SettingsServerConfiguration``.
    /// - Throws: ``ConnectedAppError``: `.usage` if only one of the files is given, or as ``SettingsServerConfiguration`` and
    ///   ``PublicURL`` do; the errors of ``ServedTLS``.
    func configuration(
        port: Int, limits: ConnectionLimits, allowsClearText: Bool, _ surroundings: Surroundings
    ) throws(ConnectedAppError) -> SettingsServerConfiguration {
        let url = publicURL.value.isEmpty ? nil : try PublicURL(publicURL.value)
        return try SettingsServerConfiguration(
            hostname: host.value, port: port, limits: limits, tls: try tls(surroundings), publicURL: url,
            allowsClearText: allowsClearText)
    }

    private func tls(_ surroundings: Surroundings) throws(ConnectedAppError) -> ServedTLS? {
        switch (tlsCertificateFile.value, tlsKeyFile.value) {
        case ("", ""): return nil
        case (_, ""), ("", _):
            throw ConnectedAppError(
                .usage, subject: tlsCertificateFile.value.isEmpty ? tlsKeyFile.source : tlsCertificateFile.source,
                detail: "TLS needs both a certificate and its key.",
                remedy: "Give --tls-certificate and --tls-key, or APRITY_TLS_CERTIFICATE_FILE and APRITY_TLS_KEY_FILE.")
        case (let certificate, let key):
            return try ServedTLS(certificateFile: certificate, keyFile: key, surroundings: surroundings)
        }
    }
}
