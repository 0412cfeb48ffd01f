internal import Foundation
internal import JWTBearer

/// Shows, requests, imports and replaces the certificates and keys of connections.
package struct Certificates: ConnectionService {
    let targets: Targets
    let shown: ShownConnections
    let newCredentials: NewCredentials
    let keyDestruction: KeyDestruction

    /// The key stores in which this home can create keys, the default first.
    package var keyStoreKinds: [KeyStoreKind] { keys.kinds }

    /// The certificate in use. Before returning it for an upload, call ``recordDownload(of:for:into:as:)``.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    package func current(of alias: String, as principal: Principal) async throws -> AppCertificate {
        try await records.read { reading in try FoundConnection(alias, reading).credential.value.certificate() }
    }

    /// The next certificate of a rotation. Before returning it for an upload, call
    /// ``recordDownload(of:for:into:as:)``.
    ///
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, or `.rotationRefused` if there is none.
    package func next(of alias: String, as principal: Principal) async throws -> AppCertificate {
        try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            guard found.rotation?.rotation.state.next != nil else {
                let remedy = found.rotation.map { $0.rotation.remedy(insteadOf: nil) } ?? .begin
                throw ConnectedAppError(
                    .rotationRefused, connection: alias,
                    detail: "No rotation waits for an upload, so there is no next certificate.",
                    remedy: remedy?.inCommands, remedyOnPage: remedy?.onPage,
                    evidence: ["state": (found.rotation?.rotation.state.name ?? .steady).rawValue])
            }
            guard let credential = found.nextCredential else { throw ConnectedAppError(.storeDamaged, subject: alias) }
            return try credential.certificate()
        }
    }

    /// Replaces the key and the certificate of a connection's app with imported ones. The former key is destroyed, and
    /// tokens that it obtained are no longer used. Expiry of the certificate is not checked.
    ///
    /// - Parameters:
    ///   - key: A key in PKCS#1 or PKCS#8, possibly encrypted.
    ///   - passphrase: The passphrase of the key; `nil` if it has none.
    ///   - certificate: A certificate, or a chain in any order. The certificate of the key is used.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.rotationRefused` during a rotation, and the causes of keys
    ///   and certificates; then nothing is changed. Also the cause why the former key could not be destroyed yet; then
    ///   the new key is in use nevertheless.
    package func importCredential(
        for alias: String, key: CredentialFile, passphrase: [UInt8]?, certificate: CredentialFile,
        as principal: Principal
    ) async throws -> ConnectionView {
        let keys = try RSAKey.all(in: key) { () throws(ConnectedAppError) in passphrase }
        let pair = try AppCertificate.pair(of: keys, in: certificate, beside: key)
        return try await install(pair.key, pair.certificate, for: alias, as: principal)
    }

    /// Replaces key and certificate with those in a PKCS#12 file. Otherwise as
    /// ``importCredential(for:key:passphrase:certificate:as:)``.
    ///
    /// - Parameters:
    ///   - keyName: The name of the key in the file. Required if the file contains several keys.
    ///   - passphrase: The passphrase of the file. It may be empty.
    package func importCredential(
        for alias: String, pkcs12: CredentialFile, keyName: String? = nil, passphrase: [UInt8],
        as principal: Principal
    ) async throws -> ConnectionView {
        let bundle = try await PKCS12.read(pkcs12, keyName: keyName, passphrase: passphrase)
        return try await install(bundle.key, bundle.certificate, for: alias, as: principal)
    }

    /// Replaces the certificate with one for the same key, such as that of a certificate authority. Key and tokens
    /// stay. While a rotation waits for the upload of its next certificate, this replaces that certificate; otherwise
    /// the one in use.
    ///
    /// - Parameter file: A certificate, or a chain in any order. The certificate of aprity's key is used.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.certificateKeyMismatch` if none matches that key,
    ///   `.recordChanged` if the key was replaced meanwhile, the causes of ``AppCertificate/check(at:)``, and those of
    ///   key stores.
    package func replace(
        for alias: String, file: CredentialFile, as principal: Principal
    ) async throws -> ConnectionView {
        let now = surroundings.now()
        let (credential, present) = try await requestingCredential(alias)
        let key = try await keys.publicKey(of: credential.key, purpose: credential.purpose)
        let certificate = try Self.issued(for: key, in: file, alias, credential.state, present)
        try certificate.check(at: now)
        try await records.write { writing in
            let found = try FoundConnection(alias, writing)
            guard var stored = try writing.find(CredentialRecord.self, credential.id)?.value,
                stored.appID == found.app.value.id
            else { throw ConnectedAppError(.recordChanged, subject: alias) }
            stored.certificateDER = Data(certificate.der)
            try writing.save(stored)
            if stored.state == .active {
                var app = found.app.value
                app.changes(.certificate, at: now)
                try writing.save(app)
            }
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .certificateReplaced, connection: alias,
                    facts: ["sha256": certificate.sha256, "issuer": certificate.issuer]))
        }
        return try await shown.named(alias)
    }

    /// Returns the certificate of aprity's key.
    ///
    /// - Throws: ``ConnectedAppError``. If no certificate is for this key, it says which key was meant, and how to import
    ///   another one.
    private static func issued(
        for key: RSAPublicKey, in file: CredentialFile, _ alias: String, _ state: CredentialRecord.State,
        _ present: AppCertificate
    ) throws(ConnectedAppError) -> AppCertificate {
        do { return try AppCertificate.of(key, in: file) } catch {
            guard error.cause == .certificateKeyMismatch else { throw error }
            let role = state == .active ? "the key in use" : "the next key of the rotation"
            throw ConnectedAppError(
                .certificateKeyMismatch, connection: alias,
                detail: "The file has no certificate for aprity's own key of this connection, \(role).",
                remedy:
                    "Give the certificate that an authority issued for the request of `aprity certificate request ALIAS`. "
                    + "For a key of your own, give both: `aprity certificate import ALIAS --key FILE --certificate FILE`.",
                remedyOnPage:
                    "Give the certificate that an authority issued for the request that this page makes. For a key of your "
                    + "own, use one of the two forms that replace key and certificate.",
                evidence: ["presentSHA256": present.sha256])
        }
    }

    /// Creates a PKCS#10 request, with which a certificate authority can issue a certificate for aprity's key. While a
    /// rotation waits for the upload of its next certificate, this is the next key; otherwise the one in use.
    ///
    /// - Parameter subject: A name in the form of RFC 4514, such as `CN=acme,O=Example`; `nil`: that of the key's
    ///   present certificate.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, and the causes of a malformed subject and of key stores.
    package func request(
        for alias: String, subject: String?, as principal: Principal
    ) async throws -> CertificateRequest {
        let (credential, certificate) = try await requestingCredential(alias)
        let request = try await CertificateRequest.create(
            subject: subject ?? certificate.subject,
            publicKey: keys.publicKey(of: credential.key, purpose: credential.purpose),
            signer: StoredKeySigner(store: keys, reference: credential.key, purpose: credential.purpose))
        try await record(
            .certificateRequested, alias, principal,
            facts: ["subject": request.subject, "publicKeySHA256": request.publicKeySHA256])
        return request
    }

    /// The credential whose certificate is requested and replaced: that of a rotation's next certificate until its
    /// upload is confirmed, or else the active one.
    private func requestingCredential(_ alias: String) async throws -> (CredentialRecord, AppCertificate) {
        try await records.read { reading in
            let found = try FoundConnection(alias, reading)
            let next = found.rotation?.rotation.state.name == .prepared ? found.otherCredential : nil
            let credential = next ?? found.credential.value
            return (credential, try credential.certificate())
        }
    }

    /// Stores an imported key and its certificate, and schedules the destruction of the former key, in one transaction.
    private func install(
        _ key: RSAKey, _ certificate: AppCertificate, for alias: String, as principal: Principal
    ) async throws -> ConnectionView {
        guard certificate.der.count <= AppCertificate.largestUpload else {
            throw ConnectedAppError(.certificateTooLarge)
        }
        let now = surroundings.now()
        let appID = try await records.read { reading in try FoundConnection(alias, reading).app.value.id }
        let purpose = KeyPurpose(appID: appID, credentialID: surroundings.randomHex(bytes: 16))
        let reference = try await keys.adopt(key, purpose: purpose)
        let credential = CredentialRecord(
            id: purpose.credentialID, appID: appID, state: .active, origin: .imported,
            certificateDER: Data(certificate.der), key: reference, createdAt: now)
        try await newCredentials.destroyingKeyOnError((reference, purpose)) {
            try await records.write { writing in
                let found = try FoundConnection(alias, writing)
                guard found.app.value.id == appID else { throw ConnectedAppError(.recordChanged, subject: alias) }
                try found.checkNoRotation()
                if let rotation = found.rotation { try writing.remove(rotation) }
                var app = found.app.value
                app.activeCredentialID = credential.id
                app.lineage = credential.id
                app.changes(.certificate, at: now)
                try writing.save(credential)
                try writing.save(app)
                try writing.scheduleDestruction(found.credential.value, alias: alias, at: now)
                try writing.append(
                    AuditEvent(
                        time: now, principal: principal, act: .credentialImported, connection: alias,
                        facts: ["sha256": certificate.sha256]))
            }
        }
        try await keyDestruction.destroy(as: principal)
        return try await shown.named(alias)
    }
}
