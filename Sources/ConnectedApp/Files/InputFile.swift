internal import FileSystem
internal import Foundation
internal import SystemPackage

/// A file that somebody named on the command line or in a setting.
///
/// It may be a pipe: `<(…)`, a FIFO that nobody writes to yet, or `-` for standard input. Reading waits for the writer, and
/// ends if the task is cancelled.
package struct InputFile: Sendable {
    let path: String

    package init(_ path: String) { self.path = path }

    /// What messages call it.
    package var shownName: String { path == "-" ? OpenInput.standardInput : path }

    /// Reads to the end.
    ///
    /// - Parameter limit: Bytes; a larger file is refused, since none of ours is.
    /// - Throws: ``ConnectedAppError`` with `.fileMissing` or `.fileUnreadable`.
    package func read(atMost limit: Int) throws(ConnectedAppError) -> [UInt8] {
        try read(atMost: limit) { _ in }
    }

    /// The same, for a file that is used only if its status passes `check`. The status is `nil` if it cannot be read.
    func read(
        atMost limit: Int, checking check: (FileStatus?) throws(ConnectedAppError) -> Void
    ) throws(ConnectedAppError) -> [UInt8] {
        let file = try OpenInput(named: path)
        try check(file.status)
        return try file.content(atMost: limit, waits: true)
    }
}

extension InputFile {
    /// What names a file, and its path.
    package typealias Option = (name: String, path: String?)

    /// Standard input can be read only once.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if two are `-`.
    package static func checkStandardInputIsOnce(_ options: [Option]) throws(ConnectedAppError) {
        let names = options.filter { $0.path == "-" }.map(\.name)
        guard names.count > 1 else { return }
        throw ConnectedAppError(
            .usage, detail: "Only one file can come from standard input, not both \(names.joined(separator: " and ")).")
    }
}

/// A file that nobody named, such as one that aprity made. A pipe in its place is refused, so that nobody can make aprity
/// wait.
package struct RegularFile: Sendable {
    let path: String

    package init(_ path: String) { self.path = path }

    /// - Throws: ``ConnectedAppError`` with `.fileMissing` or `.fileUnreadable`.
    package func read(atMost limit: Int) throws(ConnectedAppError) -> [UInt8] {
        let file = try OpenInput(path)
        guard file.status.map({ $0.kind == .regularFile }) ?? true else {
            throw ConnectedAppError(.fileUnreadable, subject: path, detail: "This is not a regular file.")
        }
        return try file.content(atMost: limit, waits: false)
    }
}

/// A file that is open for reading.
private struct OpenInput: ~Copyable {
    static let standardInput = "standard input"

    private let path: String
    private let file: OpenFile

    /// A file that somebody named; `-` is standard input.
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

    /// Of the open file, which nobody can replace between the check and the read; `nil` if it cannot be read.
    var status: FileStatus? { try? FileStatus(ofDescriptor: file.descriptor.rawValue) }

    /// - Parameter waits: Whether to wait for a pipe's writer.
    func content(atMost limit: Int, waits: Bool) throws(ConnectedAppError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try piece(atMost: 65_536, waits: waits, hasBegun: !bytes.isEmpty) {
            bytes += piece
            guard bytes.count <= limit else {
                throw ConnectedAppError(
                    .fileUnreadable, subject: path, detail: "The file is larger than \(limit) bytes.",
                    remedy: "Check that it is the file that you mean.")
            }
        }
        return bytes
    }

    /// - Parameter hasBegun: Whether something was read before; for messages.
    /// - Returns: `nil` at the end.
    func piece(atMost count: Int, waits: Bool, hasBegun: Bool) throws(ConnectedAppError) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            if waits { try waitForContent(hasBegun: hasBegun) }
            do throws(Errno) {
                let count = try buffer.read(from: file.descriptor)
                return count > 0 ? buffer.prefix(count) : nil
            } catch {
                switch error {
                // Another process read what poll had announced.
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

    /// Waits until there is something to read, or the last writer is gone.
    private func waitForContent(hasBegun: Bool) throws(ConnectedAppError) {
        var waiting = pollfd(fd: file.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 100) <= 0 {
            guard !Task.isCancelled else {
                throw ConnectedAppError(
                    .fileUnreadable, subject: path,
                    detail: hasBegun
                        ? "It was not at its end when the command was interrupted."
                        : "Nothing came from it before the command was interrupted.",
                    remedy: "Give a file, or a pipe whose writer ends.")
            }
        }
    }
}

/// Reads a file that somebody named piece by piece.
struct PieceReader: ~Copyable {
    private let file: OpenInput
    private var hasBegun = false

    /// - Parameter path: As of ``InputFile``.
    /// - Throws: ``ConnectedAppError`` with `.fileMissing` or `.fileUnreadable`.
    init(_ path: String) throws(ConnectedAppError) { file = try OpenInput(named: path) }

    /// - Returns: `count` bytes, fewer at the end, `nil` after it.
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
