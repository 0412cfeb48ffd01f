internal import Foundation
internal import HTTPTypes
internal import JWTBearer

/// Where checkpoints go, so that somebody who has the store cannot take them back.
package struct AuditExports: Sendable {
    /// One line each, appended and forced to disk.
    let file: String?
    let webhook: AuditWebhook?

    package init(file: String?, webhook: AuditWebhook? = nil) {
        self.file = file
        self.webhook = webhook
    }
}

/// A URL that each checkpoint is posted to, in order, until it was taken.
package struct AuditWebhook: Sendable {
    private let host: LoginHost
    private let path: String
    private let transport: any HTTPTransport

    /// - Parameter url: https, or http to this machine.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`.
    package init(url: String, transports: any TransportSource) throws {
        let parts = URLComponents(string: url)
        guard let name = parts?.host, let scheme = parts?.scheme, parts?.user == nil else {
            throw ConnectedAppError(.configurationMalformed, subject: url, detail: "This is not an https URL.")
        }
        let authority = name + (parts?.port.map { ":\($0)" } ?? "")
        let allowed = name == "127.0.0.1" || name == "localhost" ? [] : [try AllowedHost(authority)]
        host = try LoginHost("\(scheme)://\(authority)", allowing: allowed)
        let query = parts?.percentEncodedQuery.map { "?" + $0 } ?? ""
        path = (parts?.percentEncodedPath.isEmpty == false ? parts?.percentEncodedPath ?? "/" : "/") + query
        transport = try transports.transport(authoritiesPEM: nil, allowedHosts: allowed)
    }

    func post(_ line: String) async throws {
        var head = HTTPRequest(method: .post, scheme: host.scheme, authority: host.authority, path: path)
        head.headerFields[.contentType] = "application/json"
        do {
            let response = try await transport.send(OutgoingRequest(head, body: Array(line.utf8)), within: .answer)
            guard (200..<300).contains(response.head.status.code) else {
                throw ConnectedAppError(
                    .answerUnintelligible, subject: host.host,
                    detail: "The receiver of checkpoints answered with status \(response.head.status.code).")
            }
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: host)
        }
    }
}

/// Checkpoints, a line each. Only ever appended to.
package struct CheckpointFile: Sendable {
    let path: String

    package init(path: String) { self.path = path }

    /// Every line; none where there is no file yet.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`.
    package func lines() throws(ConnectedAppError) -> [String] {
        do { return try linesOfExisting() } catch {
            guard error.cause == .fileMissing else { throw error }
            return []
        }
    }

    /// - Throws: ``ConnectedAppError`` with `.fileMissing` or `.fileUnreadable`.
    func linesOfExisting() throws(ConnectedAppError) -> [String] {
        let bytes = try InputFile(path).read(atMost: 1 << 30)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Appends what comes after the last line that is there, one process at a time.
    ///
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`.
    func append(after missing: (Int) async throws -> [String]) async throws {
        try OutputFile.makeFolder(FolderPath.above(path))
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ConnectedAppError(.outputCannotBeCreated, subject: path) }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw ConnectedAppError(.inputOutput, subject: path) }
        let end = try Self.end(descriptor)
        var text = try await missing(end.lastSequence).map { $0 + "\n" }.joined()
        guard !text.isEmpty else { return }
        // A process that died while it wrote left half a line.
        if !end.isWhole { text = "\n" + text }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw ConnectedAppError(errno == ENOSPC ? .diskFull : .inputOutput, subject: path) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw ConnectedAppError(.inputOutput, subject: path) }
    }

    /// More than the longest line of a checkpoint with a thousand chains.
    private static let tail = 1 << 18

    private static func end(_ descriptor: Int32) throws -> (lastSequence: Int, isWhole: Bool) {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size > 0 else { return (0, true) }
        var buffer = [UInt8](repeating: 0, count: min(Int(size), tail))
        let count = pread(descriptor, &buffer, buffer.count, size - off_t(buffer.count))
        guard count == buffer.count else { throw ConnectedAppError(.inputOutput) }
        let lines = String(decoding: buffer, as: UTF8.self).split(separator: "\n")
        let last = lines.reversed().lazy.compactMap { SignedCheckpoint.read($0)?.checkpoint.sequence }.first
        return (last ?? 0, buffer.last == UInt8(ascii: "\n"))
    }
}
