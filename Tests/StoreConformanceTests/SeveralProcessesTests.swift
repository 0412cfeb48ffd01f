import ConnectedAppSQLite
import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

/// Several processes that use one file.
@Suite("Several processes on one store")
struct SeveralProcessesTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/aprity.sqlite" }

    init() throws { folder = try TemporaryFolder() }

    /// The program that was built with these tests.
    private static var program: String? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: ".build/debug/aprity").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    private static func record(_ id: String) -> StoredRecord {
        StoredRecord(
            key: RecordKey(.connection, id), revision: 1, body: Data("body".utf8), masterKeyID: "key", tag: Data([1]))
    }

    @Test("If two processes add ten connections each, none is lost")
    func addedAtOnce() async throws {
        let program = try #require(Self.program)
        let environment = ["APRITY_HOME": folder.path, "APRITY_MASTER_KEY_FILE": folder.path + "/master.key"]
        let aprity = OutsideTool(program, environment: environment)
        _ = try await aprity.output(["init"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for process in ["a", "b"] {
                group.addTask {
                    for number in 0..<10 {
                        let arguments = [
                            "connection", "add", "\(process)\(number)", "--login-host",
                            "https://acme.my.salesforce.com", "--username", "integration@acme.example",
                        ]
                        _ = try await aprity.output(arguments + (number == 0 ? [] : ["--same-app-as", "\(process)0"]))
                    }
                }
            }
            try await group.waitForAll()
        }
        struct Connection: Decodable { let alias: String }
        let list = try await aprity.output(["connection", "list", "--json"])
        let aliases = try JSONDecoder().decode([Connection].self, from: Data(list.utf8)).map(\.alias)
        #expect(aliases.sorted() == ["a", "b"].flatMap { name in (0..<10).map { "\(name)\($0)" } })
    }

    @Test("A lock of another process is reported as busy after the time-out, and is free when that process has ended")
    func foreignLock() async throws {
        let store = try SQLiteStore(path: path, mayCreate: true, busyTimeout: .milliseconds(50))
        let statements = "BEGIN IMMEDIATE; DELETE FROM lease; SELECT 'held';\n"
        try await OutsideTool("sqlite3").whileRunning([path], input: statements) {
            await #expect { try await store.write { try $0.put(Self.record("a")) } } throws: {
                ($0 as? ConnectedAppError)?.cause == .storeBusy
            }
        }
        try await store.write { try $0.put(Self.record("a")) }
        #expect(try await store.read { try $0.records(of: .connection).map(\.key.id) } == ["a"])
        #expect(try await store.events(limit: 9).isEmpty, "what the killed process had not committed is gone")
    }
}
