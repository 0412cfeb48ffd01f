internal import FileSystem
internal import Foundation
internal import HTTPTypes
internal import SystemPackage

/// The places outside the store to which checkpoints are exported. Somebody who controls only the store cannot remove
/// them there.
package struct AuditExports: Sendable {
    /// The path of the file to which each checkpoint is appended as a line; `nil`: no file.
    let file: String?
    let webhook: AuditWebhook?

    package init(file: String?, webhook: AuditWebhook? = nil) {
        self.file = file
        self.webhook = webhook
    }
}

/// A URL to which checkpoints are posted, in order. Each is posted again until the receiver accepts it.
package struct AuditWebhook: Sendable {
    private let receiver: WebhookReceiver

    /// - Parameters:
    ///   - url: https, or http to this machine.
    ///   - source: The setting that the URL comes from. Errors name it instead of the URL, which may contain a secret.
    /// - Throws: ``ConnectedAppError``: `.configurationMalformed` if the URL has no host or contains a user name, the
    ///   causes of ``LoginHost`` for its host, and what the transport throws.
    package init(url: String, source: String, transports: any TransportSource) throws {
        receiver = try WebhookReceiver(url: url, shownAs: source, transports: transports)
    }

    /// Posts the JSON line of a checkpoint. Returns when the receiver has accepted it.
    ///
    /// - Throws: ``ConnectedAppError``: `.answerUnintelligible` if the receiver did not accept it, or the causes of the
    ///   network.
    func post(_ line: String) async throws {
        let answer = try await receiver.post(Array(line.utf8), headers: [.contentType: "application/json"])
        guard let failure = answer.failure(of: .json) else { return }
        throw ConnectedAppError(
            .answerUnintelligible, subject: receiver.host.host,
            detail: "The webhook did not accept a checkpoint. \(failure.reply ?? "")")
    }
}

/// A file of checkpoints, one per line. Lines are only appended.
package struct CheckpointFile: Sendable {
    let path: String

    package init(path: String) { self.path = path }

    /// All lines without line breaks, of any store; empty if there is no file yet.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`, also if the file has more than 1 GiB or is not a regular
    ///   file.
    func lines() throws(ConnectedAppError) -> [String] {
        do { return Self.lines(in: try RegularFile(path).read(atMost: Self.limit)) } catch {
            guard error.cause == .fileMissing else { throw error }
            return []
        }
    }

    /// The lines of a copy that the user named. It may be a pipe.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileMissing` or `.fileUnreadable`.
    func linesOfInput() throws(ConnectedAppError) -> [String] {
        Self.lines(in: try InputFile(path).read(atMost: Self.limit))
    }

    /// The maximum size of a file that is read, in bytes.
    private static let limit = 1 << 30

    private static func lines(in bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Appends the lines of a store that the file lacks. When it returns, they are on disk.
    ///
    /// Only one process appends at a time; others wait for at most two seconds. Several stores may share a file.
    ///
    /// - Parameters:
    ///   - history: The store's history id; see ``CheckedReading/historyID``.
    ///   - missing: Returns the store's lines after a sequence number, in order. 0 means all lines.
    /// - Throws: ``ConnectedAppError``: `.storeBusy` if another process still holds the lock,
    ///   `.outputCannotBeCreated`, `.fileUnreadable`, `.diskFull`, `.inputOutput`; `CancellationError` while it waits
    ///   for the lock; and what `missing` throws.
    func append(
        of history: String?, _ surroundings: Surroundings, after missing: (Int) async throws -> [String]
    ) async throws {
        try OutputFile.makeFolder(FolderPath.above(path))
        let file: OpenFile
        do throws(Errno) {
            file = try OpenFile(path, .readWrite, [.append, .create], permissions: .ownerReadWrite)
        } catch { throw ConnectedAppError(.outputCannotBeCreated, subject: path) }
        // What is written to a device or a pipe cannot be read again.
        guard let status = try? FileStatus(ofDescriptor: file.descriptor.rawValue), status.kind == .regularFile else {
            throw RegularFile.otherKind(path)
        }
        if status.size == 0 { FileOwner.ofFolder.apply(to: file.descriptor, at: path) }
        try await lock(file.descriptor, surroundings)
        let end = try Self.end(file.descriptor, of: history)
        let lines: [String]
        if let last = end.last {
            lines = try await missing(last.sequence)
        } else {
            let present = Set(try self.lines())
            lines = try await missing(0).filter { !present.contains($0) }
        }
        var text = lines.map { $0 + "\n" }.joined()
        guard !text.isEmpty else { return }
        // A process that crashed while writing left part of a line.
        if !end.isWhole { text = "\n" + text }
        do throws(Errno) { try file.descriptor.writeWhole(Array(text.utf8)) } catch {
            throw ConnectedAppError(error == .noSpace ? .diskFull : .inputOutput, subject: path)
        }
        do throws(Errno) { try file.descriptor.syncIfOnDisk() } catch {
            throw ConnectedAppError(.inputOutput, subject: path)
        }
        // Closing the file releases the lock.
        _ = consume file
    }

    private func lock(_ file: FileDescriptor, _ surroundings: Surroundings) async throws {
        let end = surroundings.uptime() + Self.lockTimeout
        while !(try tryLock(file)) {
            guard surroundings.uptime() < end else {
                throw ConnectedAppError(
                    .storeBusy, subject: path, detail: "Another process holds the lock on the checkpoint file.")
            }
            try await surroundings.sleep(.milliseconds(20))
        }
    }

    private func tryLock(_ file: FileDescriptor) throws(ConnectedAppError) -> Bool {
        do throws(Errno) { return try file.tryLock() } catch {
            throw ConnectedAppError(.inputOutput, subject: path, evidence: .system(error))
        }
    }

    private static let lockTimeout: Duration = .seconds(2)
    /// How many bytes at the end of the file to search for the last checkpoint. Even a checkpoint with a thousand
    /// chains is shorter.
    private static let tail = 1 << 18

    /// The last checkpoint of any history; `nil` if there is none or no file.
    ///
    /// The signature is not checked.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`.
    func last() throws -> AuditCheckpoint? {
        try lines().reversed().lazy.compactMap { SignedCheckpoint.read($0)?.checkpoint }.first
    }

    /// The last checkpoint of a history that the key signed.
    ///
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`.
    package func last(of history: String, signedBy key: AuditPublicKey) throws -> AuditCheckpoint? {
        try lines().reversed().lazy.compactMap { SignedCheckpoint.read($0) }
            .first { $0.checkpoint.history == history && $0.isSigned(by: key) }?.checkpoint
    }

    /// Reads the end of the file.
    ///
    /// - Returns: The last checkpoint of the history; `nil` if the last ``tail`` bytes contain none. Whether the file
    ///   ends with a whole line.
    private static func end(
        _ file: FileDescriptor, of history: String?
    ) throws -> (last: AuditCheckpoint?, isWhole: Bool) {
        let size = (try? file.seek(offset: 0, from: .end)) ?? 0
        guard size > 0 else { return (nil, true) }
        var buffer = [UInt8](repeating: 0, count: min(Int(size), tail))
        let count = try buffer.read(from: file, at: Int(size) - buffer.count)
        guard count == buffer.count else { throw ConnectedAppError(.inputOutput) }
        let lines = String(decoding: buffer, as: UTF8.self).split(separator: "\n")
        let last = lines.reversed().lazy.compactMap { SignedCheckpoint.read($0)?.checkpoint }
            .first { $0.history == history }
        return (last, buffer.last == UInt8(ascii: "\n"))
    }
}
