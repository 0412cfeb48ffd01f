public import Foundation

/// The latest download of a certificate of a connection: the file that an admin is about to upload.
public struct CertificateDownload: Codable, Sendable, Equatable {
    /// The connection's.
    public let alias: String
    /// The name of the file, without its folder; `nil` if it went to standard output.
    public let file: String?
    /// Of the certificate, in lower-case hex. It need not be the one in force.
    public let sha256: String
    public let time: Date
    public let principal: Principal
}

extension CertificateDownload: RecordValue {
    package static let kind = RecordKind.certificateDownload
    package var recordID: String { alias }
}

extension Certificates {
    /// Records that a certificate is handed out to be uploaded: in the audit record, and as the latest download.
    ///
    /// - Parameter file: The path or name under which it is kept; `nil` for standard output.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`. Then it must not be handed out.
    public func recordDownload(
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
            _ = try Found(alias, writing)
            try writing.save(download)
            try writing.append(event)
        }
    }

    /// The latest download of a certificate of this connection; `nil` if there was none.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    public func latestDownload(of alias: String, as principal: Principal) async throws -> CertificateDownload? {
        try await records.read { reading in
            _ = try Found(alias, reading)
            return try reading.find(CertificateDownload.self, alias)?.value
        }
    }
}
