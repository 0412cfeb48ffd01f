package import ConnectedApp
internal import FileSystem
internal import Foundation
internal import NIOSSL
internal import Synchronization

/// The certificate and key with which the server proves its name to browsers. Not the certificate of an app.
///
/// The files are read again when they change, so a renewed certificate needs no restart. If the new files cannot be used,
/// the server keeps the old ones and reports it.
package final class ServedTLS: Sendable {
    private let certificateFile: String
    private let keyFile: String
    private let surroundings: Surroundings
    private let state: Mutex<State>

    private struct State {
        var context: NIOSSLContext
        /// The versions of the two files that the context was made from, or that were found unusable.
        var versions: [FileStatus.Version?]
        /// The uptime of the last look at the files.
        var checkedAt: Duration
    }

    /// How long a changed file may go unnoticed.
    static let checkInterval = Duration.seconds(10)

    /// - Parameters:
    ///   - certificateFile: The path of a chain in PEM, the server's own certificate first.
    ///   - keyFile: The path of its unencrypted key in PEM.
    /// - Throws: ``ConnectedAppError``: `.fileMissing` or `.fileUnreadable`; `.keyMalformed` or `.certificateMalformed`;
    ///   `.certificateKeyMismatch` if the key is not the certificate's.
    package init(certificateFile: String, keyFile: String, surroundings: Surroundings) throws(ConnectedAppError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.surroundings = surroundings
        // Before the files are read: a change in between is then noticed later.
        let versions = Self.versions([certificateFile, keyFile])
        state = Mutex(
            State(
                context: try Self.context(certificateFile, keyFile), versions: versions,
                checkedAt: surroundings.uptime()))
    }

    /// Returns the context for a new connection. At most once per ``checkInterval``, checks the two files, and reads them in
    /// this call if they changed. It blocks meanwhile.
    func context() -> NIOSSLContext {
        let now = surroundings.uptime()
        let (current, isDue) = state.withLock { state in
            let isDue = now - state.checkedAt >= Self.checkInterval
            if isDue { state.checkedAt = now }
            return (state, isDue)
        }
        guard isDue else { return current.context }
        let versions = Self.versions([certificateFile, keyFile])
        guard versions != current.versions else { return current.context }
        do throws(ConnectedAppError) {
            let new = try Self.context(certificateFile, keyFile)
            state.withLock { ($0.context, $0.versions) = (new, versions) }
            return new
        } catch {
            state.withLock { $0.versions = versions }
            surroundings.note(error, at: .tlsReload)
            return current.context
        }
    }

    private static func versions(_ paths: [String]) -> [FileStatus.Version?] {
        // A file that is missing for a moment is being replaced.
        paths.map { try? FileStatus(of: $0).version }
    }

    private static func context(
        _ certificateFile: String, _ keyFile: String
    ) throws(ConnectedAppError) -> NIOSSLContext {
        for path in [certificateFile, keyFile] {
            // Anything else, such as a pipe, could keep the server waiting. A missing file is reported below.
            guard (try? FileStatus(of: path).kind) ?? .regularFile == .regularFile else {
                throw ConnectedAppError(.fileUnreadable, subject: path, detail: "It is not a regular file.")
            }
        }
        let certificate = try InputFile(certificateFile).read(atMost: 1 << 20)
        let key = try InputFile(keyFile).read(atMost: 1 << 20)
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMBytes(certificate) } catch {
            throw malformed(certificateFile)
        }
        guard !chain.isEmpty else { throw malformed(certificateFile) }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(bytes: key, format: .pem) } catch {
            throw ConnectedAppError(
                .keyMalformed, subject: keyFile, detail: "The server's TLS needs an unencrypted key in PEM.",
                remedy: "Give such a key. `openssl pkey -in FILE -out server.key` converts a key in another form.")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw ConnectedAppError(
                .certificateKeyMismatch, subject: certificateFile,
                detail: "TLS cannot use this certificate with the key \(keyFile).",
                remedy: "Give the certificate that was issued for this key, first in its file.")
        }
    }

    private static func malformed(_ certificateFile: String) -> ConnectedAppError {
        ConnectedAppError(
            .certificateMalformed, subject: certificateFile,
            detail: "The server's TLS needs a certificate chain in PEM, the server's own certificate first.",
            remedy:
                "Give such a file. `openssl x509 -inform DER -in FILE -out server.crt` converts a certificate in DER.")
    }
}
