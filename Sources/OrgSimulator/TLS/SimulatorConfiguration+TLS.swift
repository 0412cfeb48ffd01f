import Foundation
import NIOSSL

extension SimulatorConfiguration {
    /// What the org's port speaks TLS by, or nil when it speaks none.
    ///
    /// - Parameters:
    ///   - names: What a certificate made here has to name.
    ///   - now: The wall time.
    func tlsContext(names: [String], now: Date) throws(SimulatorStartError) -> NIOSSLContext? {
        guard let (certificateFile, keyFile) = try tlsFiles(names, now) else { return nil }
        do {
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(file: keyFile, format: .pem))))
        } catch {
            throw SimulatorStartError(
                cause: .tlsUnreadable, description: "The TLS certificate or key file cannot be used.")
        }
    }

    private func tlsFiles(
        _ names: [String], _ now: Date
    ) throws(SimulatorStartError) -> (certificate: String, key: String)? {
        switch (certificateFolder, tlsCertificateFile, tlsKeyFile) {
        case (nil, nil, nil):
            guard proxyPort == nil else {
                throw incomplete(
                    "--proxy-port is a proxy to HTTPS, so the org needs --make-ca, or --tls-certificate and --tls-key.")
            }
            return nil
        case (let folder?, nil, nil):
            let folder = CertificateFolder(path: folder)
            try folder.prepare(names: names, now: now)
            return (folder.certificateFile, folder.keyFile)
        case (nil, let certificate?, let key?): return (certificate, key)
        case (.some, _, _): throw incomplete("Give either --make-ca, or a certificate and a key.")
        case (nil, _, _): throw incomplete("TLS needs both a certificate file and a key file.")
        }
    }

    private func incomplete(_ description: String) -> SimulatorStartError {
        SimulatorStartError(cause: .tlsIncomplete, description: description)
    }
}
