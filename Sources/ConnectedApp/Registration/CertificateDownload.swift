package import Foundation

/// The latest download of a certificate of a connection. An admin probably uploads that file next.
///
/// Stored as a record; the names of properties must not change.
package struct CertificateDownload: Codable, Sendable, Equatable {
    /// The alias of the connection.
    let alias: String
    /// The name of the file, without its folder; `nil`: standard output.
    package let file: String?
    /// SHA-256 of the certificate, in lower-case hex. It can be a certificate other than the one in use.
    package let sha256: String
    package let time: Date
    package let principal: Principal
}

extension CertificateDownload: RecordValue {
    package static let kind = RecordKind.certificateDownload
    package var recordID: String { alias }
}

extension Certificates {
    /// Records a download of a certificate, in the audit record and as the latest download.
    ///
    /// Call this before the certificate is returned to anybody.
    ///
    /// - Parameter file: The path or name of the file; only its last component is stored. `nil`: standard output.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, and the causes of the store. The caller must not return
    ///   the certificate then.
    package func recordDownload(
        of certificate: AppCertificate, for alias: String, into file: String?, as principal: Principal
    ) async throws {
        let name = file.map { URL(filePath: $0).lastPathComponent }
        let download = CertificateDownload(
            alias: alias, file: name, sha256: certificate.sha256, time: surroundings.now(), principal: principal)
        var facts = ["sha256": download.sha256]
        facts["file"] = name
        let event = AuditEvent(
            time: download.time, principal: principal, act: .certificateDownloaded, connection: alias, facts: facts)
        try await records.write { writing in
            _ = try FoundConnection(alias, writing)
            try writing.save(download)
            try writing.append(event)
        }
    }

    /// The latest download of a certificate of this connection; `nil` if there was none.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    func latestDownload(of alias: String, as principal: Principal) async throws -> CertificateDownload? {
        try await records.read { reading in
            _ = try FoundConnection(alias, reading)
            return try reading.find(CertificateDownload.self, alias)?.value
        }
    }
}
