import ConnectedAppTesting
import FileSystem
import Foundation
import Testing

@testable import ConnectedApp

/// Only root can give files away.
@Suite("Owner of files that root creates", .enabled(if: geteuid() == 0, "needs root"))
struct FileOwnerTests {
    /// Creates a folder of the user 1 and returns its path.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try #require(chown(folder.path, 1, 1) == 0)
        return folder
    }

    private func owner(_ path: String) throws -> UInt32 { try FileStatus(of: path).owner }

    @Test("An audit key in another user's folder belongs to that user")
    func auditKey() throws {
        let folder = try folder()
        let path = folder.path + "/audit.key"
        // Root does not use a key that another user can replace, but the key's owner does.
        #expect(
            thrown { try AuditKey(path: path, randomBytes: SeededRandom(seed: 1).bytes) }?.cause == .secretFileUnsafe)
        #expect(try owner(path) == 1)
        #expect(try FileStatus(of: path).permissions == 0o600)
    }

    @Test("A checkpoint file in another user's folder belongs to that user")
    func checkpoints() async throws {
        let folder = try folder()
        let path = folder.path + "/checkpoints"
        try await CheckpointFile(path: path).append(of: nil, .test(TestTime())) { _ in ["line"] }
        #expect(try owner(path) == 1)
    }

    @Test("A block order file in another user's folder belongs to that user")
    func blockOrders() async throws {
        let folder = try folder()
        let path = folder.path + "/block-order"
        _ = try await BlockOrderFile(path: path, ring: .test(), surroundings: .test(TestTime())).createIfMissing()
        #expect(try owner(path) == 1)
    }

    @Test("Other files of root stay root's, and so does everything in root's own folders")
    func stays() throws {
        let (folder, own) = (try folder(), try TemporaryFolder())
        try OutputFile.create(folder.path + "/out", content: [1], mode: 0o600)
        #expect(try owner(folder.path + "/out") == 0)
        _ = try AuditKey(path: own.path + "/audit.key", randomBytes: SeededRandom(seed: 1).bytes)
        #expect(try owner(own.path + "/audit.key") == 0)
    }
}
