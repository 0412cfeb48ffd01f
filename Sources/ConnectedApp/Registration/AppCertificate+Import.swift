internal import Foundation
internal import JWTBearer

extension AppCertificate {
    /// The one of several keys that a certificate is there for, and that certificate.
    ///
    /// - Parameter keyFile: Where the keys come from.
    /// - Throws: ``ConnectedAppError`` with `.certificateKeyMismatch` if there is none, and the causes of certificates.
    static func pair(
        of keys: [RSAKey], in file: CredentialFile, beside keyFile: CredentialFile
    ) throws(ConnectedAppError) -> (key: RSAKey, certificate: AppCertificate) {
        let all = try file.certificates(beside: keyFile)
        if keys.count == 1 { return (keys[0], try of(keys[0].publicKey, in: file)) }
        for key in keys {
            // One that cannot be read is another's: the chain may hold any.
            let own = all.lazy.compactMap { try? AppCertificate(der: $0) }.first { $0.belongs(to: key.publicKey) }
            if let own { return (key, own) }
        }
        throw ConnectedAppError(
            .certificateKeyMismatch, detail: "None of the file's \(keys.count) private keys belongs to the certificate."
        )
    }

    /// The certificate of a key, out of a file with one or several.
    ///
    /// - Throws: ``ConnectedAppError`` with `.certificateKeyMismatch` if none is of the key, and the causes of certificates.
    static func of(_ key: RSAPublicKey, in file: CredentialFile) throws(ConnectedAppError) -> AppCertificate {
        let all = try file.certificates()
        guard all.count > 1 else {
            let only = try AppCertificate(der: all[0])
            guard only.belongs(to: key) else { throw ConnectedAppError(.certificateKeyMismatch) }
            return only
        }
        // The authorities of a chain may have keys that are none of ours to judge.
        guard let own = all.lazy.compactMap({ try? AppCertificate(der: $0) }).first(where: { $0.belongs(to: key) })
        else {
            throw ConnectedAppError(
                .certificateKeyMismatch, detail: "None of the file's \(all.count) certificates belongs to the key.")
        }
        return own
    }

    /// Whether an org would take it now.
    ///
    /// - Throws: ``ConnectedAppError``: `.certificateTooLarge`, `.certificateExpired`, `.certificateMalformed`.
    func check(at now: Date) throws(ConnectedAppError) {
        guard der.count <= Self.largestUpload else { throw ConnectedAppError(.certificateTooLarge) }
        guard notAfter > now else {
            throw ConnectedAppError(
                .certificateExpired, detail: "The certificate expired on \(notAfter.formatted(.iso8601)).")
        }
        guard notBefore <= now else {
            throw ConnectedAppError(
                .certificateMalformed, detail: "The certificate is valid only from \(notBefore.formatted(.iso8601)).")
        }
    }
}
