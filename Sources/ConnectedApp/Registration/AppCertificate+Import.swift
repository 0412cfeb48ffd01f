internal import Foundation
internal import JWTBearer

extension AppCertificate {
    /// Returns the first of the keys for which the file contains a certificate, and that certificate.
    ///
    /// - Parameters:
    ///   - keys: At least one key.
    ///   - file: The file that contains the certificates.
    ///   - keyFile: The file that contains the keys, for errors.
    /// - Throws: ``ConnectedAppError`` with `.certificateKeyMismatch` if no certificate matches a key, and the causes
    ///   of certificates.
    static func pair(
        of keys: [RSAKey], in file: CredentialFile, beside keyFile: CredentialFile
    ) throws(ConnectedAppError) -> (key: RSAKey, certificate: AppCertificate) {
        let all = try file.certificates(beside: keyFile)
        if keys.count == 1 { return (keys[0], try of(keys[0].publicKey, in: file)) }
        for key in keys {
            // Skip certificates that cannot be read: a chain may contain any.
            let own = all.lazy.compactMap { try? AppCertificate(der: $0) }.first { $0.belongs(to: key.publicKey) }
            if let own { return (key, own) }
        }
        throw ConnectedAppError(
            .certificateKeyMismatch, subject: keyFile.shownName,
            detail: "None of the file's \(keys.count) private keys belongs to the certificate."
        )
    }

    /// Returns the certificate of a key, from a file with one or more certificates in any order.
    ///
    /// - Throws: ``ConnectedAppError`` with `.certificateKeyMismatch` if none matches the key, and the causes of
    ///   certificates.
    static func of(_ key: RSAPublicKey, in file: CredentialFile) throws(ConnectedAppError) -> AppCertificate {
        let all = try file.certificates()
        guard all.count > 1 else {
            let only = try AppCertificate(der: all[0], of: file)
            guard only.belongs(to: key) else {
                throw ConnectedAppError(.certificateKeyMismatch, subject: file.shownName)
            }
            return only
        }
        // Skip certificates that cannot be read: the authorities of a chain may have other kinds of keys.
        guard let own = all.lazy.compactMap({ try? AppCertificate(der: $0) }).first(where: { $0.belongs(to: key) })
        else {
            throw ConnectedAppError(
                .certificateKeyMismatch, subject: file.shownName,
                detail: "None of the file's \(all.count) certificates belongs to the key.")
        }
        return own
    }

    /// Checks that the certificate is not too large for an upload to an org, and that it is valid now.
    ///
    /// - Throws: ``ConnectedAppError``: `.certificateTooLarge` if it is larger than ``largestUpload``,
    ///   `.certificateExpired`, or `.certificateMalformed` if it is not valid yet.
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
