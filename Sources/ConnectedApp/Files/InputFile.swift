internal import FileSystem
internal import Foundation
internal import SystemPackage

/// A file that the user named on the command line or in a setting.
///
/// It may be a pipe: `<(…)`, a FIFO without a writer yet, or `-` for standard input. Reading waits for the writer and
/// stops if the task is cancelled.
package struct InputFile: Sendable {
    let path: String

    package init(_ path: String) { self.path = path }

    /// The file's name for messages.
    package var shownName: String { path == "-" ? OpenInput.standardInput : path }

    /// Reads the whole file.
    ///
    /// - Parameter limit: The maximum size in bytes.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`; `.fileUnreadable`, also if the file is a folder or larger than
    ///   the limit, or if the task was cancelled.
    package func read(atMost limit: Int) throws(ConnectedAppError) -> [UInt8] {
        try read(atMost: limit) { _ in }
    }

    /// Reads the whole file after `check` accepted its status, which is `nil` if it cannot be read.
    ///
    /// - Throws: What ``read(atMost:)`` and `check` throw.
    func read(
        atMost limit: Int, checking check: (FileStatus?) throws(ConnectedAppError) -> Void
    ) throws(ConnectedAppError) -> [UInt8] {
        let file = try OpenInput(named: path)
        try check(file.status)
        return try file.content(atMost: limit, waits: true)
    }
}

extension InputFile {
    /// The name of an option, and the path that the user gave with it.
    package typealias Option = (name: String, path: String?)

    /// Checks that at most one file is standard input, which can be read only once.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if several paths are `-`.
    package static func checkStandardInputIsOnce(_ options: [Option]) throws(ConnectedAppError) {
        let names = options.filter { $0.path == "-" }.map(\.name)
        guard names.count > 1 else { return }
        throw ConnectedAppError(
            .usage, detail: "Only one file can come from standard input, not both \(names.joined(separator: " and ")).")
    }
}

/// A file that the user did not name, such as one that aprity created. Anything else at its path is rejected, because
/// reading a pipe could block.
package struct RegularFile: Sendable {
    let path: String

    package init(_ path: String) { self.path = path }

    /// Reads the whole file. Follows links.
    ///
    /// - Parameter limit: The maximum size in bytes.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`; `.fileUnreadable`, also if the file is larger than the limit or
    ///   not a regular file.
    package func read(atMost limit: Int) throws(ConnectedAppError) -> [UInt8] {
        let file = try OpenInput(path)
        guard file.status.map({ $0.kind == .regularFile }) ?? true else {
            throw Self.otherKind(path)
        }
        return try file.content(atMost: limit, waits: false)
    }

    /// The error for a path that leads to something else, such as a pipe or a device.
    static func otherKind(_ path: String) -> ConnectedAppError {
        ConnectedAppError(.fileUnreadable, subject: path, detail: "This is not a regular file.")
    }
}

/// A file that is open for reading.
private struct OpenInput: ~Copyable {
    static let standardInput = "standard input"

    private let path: String
    private let file: OpenFile

    /// Opens a file that the user named; `-` is standard input.
    init(named path: String) throws(ConnectedAppError) {
        guard path == "-" else {
            try self.init(path)
            return
        }
        try self.init(Self.standardInput) { () throws(Errno) in try OpenFile(duplicating: .standardInput, from: 3) }
    }

    /// Opening a FIFO without `nonBlocking` would wait for the writer, and could not be cancelled.
    init(_ path: String) throws(ConnectedAppError) {
        try self.init(path) { () throws(Errno) in try OpenFile(path, .readOnly, .nonBlocking) }
    }

    private init(_ path: String, _ open: () throws(Errno) -> OpenFile) throws(ConnectedAppError) {
        do throws(Errno) { file = try open() } catch {
            throw ConnectedAppError(error == .noSuchFileOrDirectory ? .fileMissing : .fileUnreadable, subject: path)
        }
        self.path = path
    }

    /// The status of the open file, which cannot be replaced between the check and the read; `nil` if it cannot be
    /// read.
    var status: FileStatus? { try? FileStatus(ofDescriptor: file.descriptor.rawValue) }

    /// Reads the whole content.
    ///
    /// - Parameters:
    ///   - limit: The maximum size in bytes.
    ///   - waits: Whether to wait for a pipe's writer.
    func content(atMost limit: Int, waits: Bool) throws(ConnectedAppError) -> [UInt8] {
        var bytes: [UInt8] = []
        // One byte more than the size of a small file shows that this is its end. Some files of the kernel have no size.
        let most = status.map { $0.kind == .regularFile ? min(max($0.size + 1, 4_096), 65_536) : 65_536 } ?? 65_536
        while let piece = try piece(atMost: most, waits: waits, hasBegun: !bytes.isEmpty) {
            bytes += piece
            guard bytes.count <= limit else {
                throw ConnectedAppError(
                    .fileUnreadable, subject: path, detail: "The file is larger than \(limit) bytes.",
                    remedy: "Check that you named the right file.")
            }
        }
        return bytes
    }

    /// Reads the next piece.
    ///
    /// - Parameters:
    ///   - count: The maximum size in bytes.
    ///   - waits: Whether to wait for a pipe's writer.
    ///   - hasBegun: Whether an earlier call returned data; for messages.
    /// - Returns: At least one byte; `nil` at the end.
    func piece(atMost count: Int, waits: Bool, hasBegun: Bool) throws(ConnectedAppError) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            if waits { try waitForContent(hasBegun: hasBegun) }
            do throws(Errno) {
                let count = try buffer.read(from: file.descriptor)
                return count > 0 ? buffer.prefix(count) : nil
            } catch {
                switch error {
                // Another process may have read the data that poll announced.
                case .resourceTemporarilyUnavailable: continue
                case .isDirectory:
                    throw ConnectedAppError(
                        .fileUnreadable, subject: path, detail: "This is a folder, not a file.",
                        remedy: "Name a file inside it.")
                default: throw ConnectedAppError(.fileUnreadable, subject: path)
                }
            }
        }
    }

    /// Waits until there is data or the last writer has closed the pipe.
    private func waitForContent(hasBegun: Bool) throws(ConnectedAppError) {
        var waiting = pollfd(fd: file.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 100) <= 0 {
            guard !Task.isCancelled else {
                throw ConnectedAppError(
                    .fileUnreadable, subject: path,
                    detail: hasBegun
                        ? "The command was interrupted before it had read everything."
                        : "The command was interrupted before any data came.",
                    remedy: "Give a file, or a pipe whose writer closes it.")
            }
        }
    }
}

/// Reads a file in pieces. The user named the file, so it may be a pipe; see ``InputFile``.
struct PieceReader: ~Copyable {
    private let file: OpenInput
    private var hasBegun = false

    /// - Parameter path: See ``InputFile``.
    /// - Throws: ``ConnectedAppError`` with `.fileMissing` or `.fileUnreadable`.
    init(_ path: String) throws(ConnectedAppError) { file = try OpenInput(named: path) }

    /// - Returns: `count` bytes, or fewer at the end of the file; `nil` after the end.
    /// - Throws: ``ConnectedAppError`` with `.fileUnreadable`.
    mutating func next(_ count: Int) throws(ConnectedAppError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count,
            let piece = try file.piece(atMost: count - bytes.count, waits: true, hasBegun: hasBegun)
        {
            hasBegun = true
            bytes += piece
        }
        return bytes.isEmpty ? nil : bytes
    }
}
