import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("A backup's file")
struct BackupFileTests {
    private static let passphrase = Array("correct horse battery".utf8)
    private static let chunk = BackupCipher.chunkSize + BackupCipher.tagSize

    private func content(_ size: Int) -> BackupContent {
        BackupContent(
            madeAt: Date(timeIntervalSince1970: 1_790_000_000), lastAuditRecord: 7,
            store: SeededRandom(seed: 3).bytes(size), masterKey: Array("the master key's file\n".utf8), auditKey: [],
            auditCheckpoints: Array("{}\n".utf8))
    }

    /// - Returns: The file's bytes.
    private func written(_ size: Int, _ folder: TemporaryFolder, _ name: String = "b") throws -> [UInt8] {
        try content(size).write(
            to: folder.path + "/" + name, passphrase: Self.passphrase, randomBytes: SeededRandom(seed: 5).bytes,
            costExponent: 10)
        return [UInt8](try Data(contentsOf: URL(filePath: folder.path + "/" + name)))
    }

    private func plainSize(_ file: [UInt8]) -> Int {
        let sealed = file.count - BackupCipher.headSize
        return sealed - BackupCipher.tagSize * ((sealed + Self.chunk - 1) / Self.chunk)
    }

    @Test("The written content is read back, at every size around the end of a chunk")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let overhead = plainSize(try written(60_000, folder, "probe")) - 60_000
        let whole = BackupCipher.chunkSize - overhead
        for (number, size) in [0, 1, whole - 1, whole, whole + 1, 200_000].enumerated() {
            let file = try written(size, folder, "\(number)")
            if size == whole { #expect(plainSize(file) == BackupCipher.chunkSize) }
            let path = folder.path + "/\(number)"
            let read = try BackupContent(file: path, passphrase: Self.passphrase)
            #expect(read.store == content(size).store)
            #expect(read.masterKey == content(size).masterKey)
            #expect(read.auditKey.isEmpty)
            #expect(read.auditCheckpoints == Array("{}\n".utf8))
            #expect(read.lastAuditRecord == 7)
            #expect(read.madeAt == content(size).madeAt)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(Data(file).range(of: Data("master key".utf8)) == nil)
        }
    }

    private func cause(of file: [UInt8], _ folder: TemporaryFolder, _ passphrase: [UInt8] = passphrase) throws -> Cause?
    {
        let path = try folder.file("damaged", file)
        return thrown { try BackupContent(file: path, passphrase: passphrase) }?.cause
    }

    @Test("A backup that a former version made with a byte order mark in its passphrase still opens")
    func formerPassphrase() throws {
        let folder = try TemporaryFolder()
        let file = SecretFile(path: try folder.file("pass", [0xEF, 0xBB, 0xBF] + Self.passphrase), flag: "--flag")
        for (name, passphrase) in [("new", try file.firstLine()), ("former", [0xEF, 0xBB, 0xBF] + Self.passphrase)] {
            let path = folder.path + "/" + name
            try content(9).write(
                to: path, passphrase: passphrase, randomBytes: SeededRandom(seed: 5).bytes, costExponent: 10)
            #expect(try BackupContent(file: path, passphrases: file.firstLineReadings()).store == content(9).store)
        }
        let path = folder.path + "/new"
        #expect(try BackupContent(file: path, passphrase: Self.passphrase).store == content(9).store)
        let error = thrown { try BackupContent(file: path, passphrases: [[1], [2]]) }
        #expect(error?.cause == .backupPassphraseWrong)
    }

    @Test("A backup is read from a pipe", .timeLimit(.minutes(1)))
    func pipe() async throws {
        let folder = try TemporaryFolder()
        let bytes = try written(200_000, folder)
        let path = folder.path + "/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        let made = try folder.file("made", bytes)
        let writing = Task.detached {
            try await OutsideTool("sh").output(["-c", "cat \"$0\" > \"$1\"", made, path])
        }
        let reading = Task.detached { try BackupContent(file: path, passphrase: Self.passphrase) }
        #expect(try await reading.value.store == content(200_000).store)
        _ = try await writing.value
    }

    @Test("A changed bit, or a missing, added or moved piece, is detected, and nothing is read")
    func damage() throws {
        let folder = try TemporaryFolder()
        let file = try written(150_000, folder)
        for index in Array(0..<BackupCipher.headSize)
            + Array(stride(from: BackupCipher.headSize, to: file.count, by: 7919))
        {
            var changed = file
            changed[index] ^= 1
            let found = try cause(of: changed, folder)
            #expect(found == .backupDamaged || (found == .backupPassphraseWrong && index < BackupCipher.headSize))
        }
        let start = BackupCipher.headSize
        let chunks = stride(from: start, to: file.count, by: Self.chunk).map {
            Array(file[$0..<min($0 + Self.chunk, file.count)])
        }
        #expect(chunks.count == 3)
        let head = Array(file[..<start])
        for size in [0, 1, start - 1, start, start + 1, start + Self.chunk, start + 2 * Self.chunk, file.count - 1] {
            #expect(try cause(of: Array(file[..<size]), folder) == .backupDamaged, "\(size)")
        }
        for pieces in [
            [chunks[1], chunks[0], chunks[2]], [chunks[1], chunks[2]], [chunks[0], chunks[2]], chunks + [chunks[2]],
            chunks + [[0]], [chunks[0], chunks[0], chunks[2]],
        ] {
            #expect(try cause(of: head + pieces.joined(), folder) == .backupDamaged)
        }
        // Pieces of another backup under the same passphrase.
        try content(150_000).write(
            to: folder.path + "/other", passphrase: Self.passphrase, randomBytes: SeededRandom(seed: 6).bytes,
            costExponent: 10)
        let other = [UInt8](try Data(contentsOf: URL(filePath: folder.path + "/other")))
        #expect(try cause(of: head + other[start...], folder) == .backupDamaged)
    }

    @Test("A wrong passphrase, another file, a folder and a missing file cause different errors")
    func notOpened() throws {
        let folder = try TemporaryFolder()
        let file = try written(100, folder)
        #expect(try cause(of: file, folder, Array("correct horse batterz".utf8)) == .backupPassphraseWrong)
        #expect(try cause(of: file, folder, []) == .backupPassphraseWrong)
        #expect(try cause(of: Array("SQLite format 3".utf8), folder) == .backupDamaged)
        var newer = file
        newer[14] = UInt8(ascii: "2")
        let path = try folder.file("newer", newer)
        let error = thrown { try BackupContent(file: path, passphrase: Self.passphrase) }
        #expect(error?.description.contains("Another version") == true)
        #expect(error?.remedy.hasPrefix("Use that version") == true)
        #expect(error?.description.contains(path) == true)
        #expect(thrown { try BackupContent(file: folder.path, passphrase: [1]) }?.cause == .fileUnreadable)
        #expect(thrown { try BackupContent(file: folder.path + "/none", passphrase: [1]) }?.cause == .fileMissing)
    }

    @Test("A file that requests more memory than any backup needs is rejected before memory is allocated")
    func hungry() throws {
        let folder = try TemporaryFolder()
        var file = try written(100, folder)
        for (offset, value) in [(0, 18), (0, 30), (0, 63), (0, 255), (0, 0), (1, 200), (2, 200)] {
            var changed = file
            changed[BackupCipher.magic.count + offset] = UInt8(value)
            #expect(try cause(of: changed, folder) == .backupDamaged)
        }
        file.removeAll()
        #expect(try cause(of: file, folder) == .backupDamaged)
    }

    @Test("No existing file is replaced, and printing a backup reveals nothing")
    func careful() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("b", "mine")
        #expect(thrown { try written(10, folder) }?.cause == .outputExists)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["b"])
        var text = ""
        dump(content(10), to: &text)
        #expect(!text.contains("the master key"))
        #expect(!"\(content(10))".contains("the master key"))
    }
}
