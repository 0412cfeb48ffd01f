import Foundation
import NIOSSL

extension SimulatorConfiguration {
    /// Returns the TLS context of the org's port, or `nil` if the port does not use TLS. Creates the files of
    /// ``certificateFolder`` if they do not exist.
    ///
    /// - Parameters:
    ///   - names: The names that a certificate created here must have.
    ///   - now: The wall time.
    /// - Throws: ``SimulatorStartError`` with `.tlsUnusable`, `.tlsIncomplete` or `.certificateFolder`.
    func tlsContext(names: [String], now: Date) throws(SimulatorStartError) -> NIOSSLContext? {
        guard let (certificate, key) = try tlsIdentity(names, now) else { return nil }
        do {
            return try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(bytes: key, format: .pem))))
        } catch {
            throw SimulatorStartError(
                cause: .tlsUnusable,
                description: "The TLS certificate or key cannot be used: one is not unencrypted PEM, or they do not "
                    + "match.")
        }
    }

    private func tlsIdentity(
        _ names: [String], _ now: Date
    ) throws(SimulatorStartError) -> (certificate: [UInt8], key: [UInt8])? {
        switch (certificateFolder, tlsCertificate, tlsKey) {
        case (nil, nil, nil):
            guard proxyPort == nil else {
                throw incomplete(
                    "--proxy-port needs an org with TLS. Add --make-ca, or --tls-certificate and --tls-key.")
            }
            return nil
        case (let folder?, nil, nil):
            let folder = CertificateFolder(path: folder)
            try folder.prepare(names: names, now: now)
            let read = { (file: String) in [UInt8](FileManager.default.contents(atPath: file) ?? Data()) }
            return (read(folder.certificateFile), read(folder.keyFile))
        case (nil, let certificate?, let key?): return (certificate, key)
        case (.some, _, _): throw incomplete("Give either --make-ca, or a certificate and a key.")
        case (nil, _, _): throw incomplete("TLS needs both a certificate and a key.")
        }
    }

    private func incomplete(_ description: String) -> SimulatorStartError {
        SimulatorStartError(cause: .tlsIncomplete, description: description)
    }
}
