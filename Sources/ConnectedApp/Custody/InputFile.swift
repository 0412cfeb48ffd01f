internal import FileSystem
internal import Foundation

/// A file that somebody named on the command line or in a setting.
///
/// It may be a pipe: `<(…)`, a FIFO that nobody writes to yet, or `-` for standard input. Reading waits for the writer, and
/// ends if the task is cancelled.
package struct InputFile: Sendable {
    let path: String

    package init(_ path: String) { self.path = path }

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
        // Opening a FIFO without O_NONBLOCK would wait for the writer, and could not be cancelled.
        let file =
            path == "-"
            ? try OpenFile("standard input", fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3))
            : try OpenFile(path, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
        try check(file.status)
        return try file.content(atMost: limit) { () throws(ConnectedAppError) in try file.waitForContent() }
    }
}

extension InputFile {
    /// Standard input can be read only once.
    ///
    /// - Parameter options: What names each file, and its path.
    /// - Throws: ``ConnectedAppError`` with `.usage` if two are `-`.
    package static func checkStandardInputIsOnce(_ options: (name: String, path: String?)...) throws(ConnectedAppError)
    {
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
        let file = try OpenFile(path, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
        guard file.status.map({ $0.kind == .regularFile }) ?? true else {
            throw ConnectedAppError(.fileUnreadable, subject: path, detail: "This is not a regular file.")
        }
        return try file.content(atMost: limit) {}
    }
}

/// A file that is open for reading.
private struct OpenFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// - Parameter descriptor: What opening returned; negative if it failed.
    init(_ path: String, _ descriptor: Int32) throws(ConnectedAppError) {
        guard descriptor >= 0 else {
            throw ConnectedAppError(errno == ENOENT ? .fileMissing : .fileUnreadable, subject: path)
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Of the open file, which nobody can replace between the check and the read; `nil` if it cannot be read.
    var status: FileStatus? { try? FileStatus(ofDescriptor: descriptor) }

    /// - Parameter wait: Called before each read.
    func content(
        atMost limit: Int, wait: () throws(ConnectedAppError) -> Void
    ) throws(ConnectedAppError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            try wait()
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            // Another process read what poll had announced.
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else {
                let isFolder = errno == EISDIR
                throw ConnectedAppError(
                    .fileUnreadable, subject: path, detail: isFolder ? "This is a folder, not a file." : nil)
            }
            bytes += buffer.prefix(count)
            guard bytes.count <= limit else {
                throw ConnectedAppError(
                    .fileUnreadable, subject: path, detail: "The file is larger than \(limit) bytes.")
            }
        }
    }

    /// Waits until there is something to read, or the last writer is gone.
    func waitForContent() throws(ConnectedAppError) {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&waiting, 1, 100) <= 0 {
            guard !Task.isCancelled else {
                throw ConnectedAppError(
                    .fileUnreadable, subject: path, detail: "Nobody wrote to it before the command was interrupted.")
            }
        }
    }
}

/// Reads a file piece by piece.
struct PieceReader: ~Copyable {
    private let descriptor: Int32

    /// - Throws: ``ConnectedAppError`` with `.fileMissing` or `.fileUnreadable`.
    init(_ path: String) throws(ConnectedAppError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ConnectedAppError(errno == ENOENT ? .fileMissing : .fileUnreadable, subject: path)
        }
    }

    deinit { close(descriptor) }

    /// - Returns: `count` bytes, fewer at the end, `nil` after it.
    mutating func next(_ count: Int) throws(ConnectedAppError) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var buffer = [UInt8](repeating: 0, count: count - bytes.count)
            let read = Glibc.read(descriptor, &buffer, buffer.count)
            guard read >= 0 else {
                let isFolder = errno == EISDIR
                throw ConnectedAppError(
                    .fileUnreadable, detail: isFolder ? "This is a folder, not a file." : nil)
            }
            if read == 0 { break }
            bytes += buffer.prefix(read)
        }
        return bytes.isEmpty ? nil : bytes
    }
}
