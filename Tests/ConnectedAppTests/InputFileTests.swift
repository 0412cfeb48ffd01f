import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Files that the user names")
struct InputFileTests {
    private static func fifo(_ folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        return path
    }

    /// Opens a FIFO for writing once it has a reader.
    private static func openForWriting(_ path: String) async -> Int32 {
        while true {
            // ENXIO: there is no reader yet.
            let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            if descriptor >= 0 { return descriptor }
            await Task.yield()
        }
    }

    @Test("Reading a FIFO waits for a writer that comes later and writes in pieces", .timeLimit(.minutes(1)))
    func lateWriter() async throws {
        let folder = try TemporaryFolder()
        let path = try Self.fifo(folder)
        let reading = Task.detached { try InputFile(path).read(atMost: 100) }
        let descriptor = await Self.openForWriting(path)
        for piece in ["hel", "lo"] {
            _ = Array(piece.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
        close(descriptor)
        #expect(try await reading.value == Array("hello".utf8))
    }

    @Test("A reader that waits for a writer can be interrupted", .timeLimit(.minutes(1)))
    func interrupted() async throws {
        let folder = try TemporaryFolder()
        let path = try Self.fifo(folder)
        let reading = Task.detached { try InputFile(path).read(atMost: 100) }
        let descriptor = await Self.openForWriting(path)
        defer { close(descriptor) }
        reading.cancel()
        let error = await thrownByAwaiting { try await reading.value }
        #expect(error?.cause == .fileUnreadable)
        #expect(error?.subject == path)
        #expect(error?.detail == "The command was interrupted before any data came.")
        #expect(error?.remedy == "Give a file, or a pipe whose writer closes it.")
    }

    @Test("The error for an unreadable file has the right remedy")
    func hints() throws {
        let folder = try TemporaryFolder()
        let large = try folder.file("large", "hello")
        #expect(thrown { try InputFile(folder.path).read(atMost: 9) }?.remedy == "Name a file inside it.")
        #expect(thrown { try InputFile(large).read(atMost: 4) }?.remedy == "Check that you named the right file.")
    }

    @Test("A FIFO in place of a file that aprity created is rejected without waiting", .timeLimit(.minutes(1)))
    func ownFile() throws {
        let folder = try TemporaryFolder()
        let path = try Self.fifo(folder)
        let error = thrown { try RegularFile(path).read(atMost: 100) }
        #expect(error?.cause == .fileUnreadable)
        #expect(error?.detail == "This is not a regular file.")
    }

    @Test("Only one file can come from standard input")
    func standardInput() {
        #expect(throws: Never.self) {
            try InputFile.checkStandardInputIsOnce([("--key", "-"), ("--certificate", "a.crt")])
        }
        let error = thrown { try InputFile.checkStandardInputIsOnce([("--key", "-"), ("--certificate", "-")]) }
        #expect(error?.cause == .usage)
        #expect(error?.detail == "Only one file can come from standard input, not both --key and --certificate.")
    }
}
