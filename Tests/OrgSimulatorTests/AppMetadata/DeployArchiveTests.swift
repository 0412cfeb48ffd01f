import Foundation
import Testing

@testable import OrgSimulator

@Suite("Deploy: the archive")
struct DeployArchiveTests {
    private static let entries = [
        (path: "package.xml", content: Array("<Package/>".utf8)),
        (path: "externalClientApps/A.eca", content: [UInt8](repeating: 65, count: 10_000)),
        (path: "empty", content: []),
    ]

    private func packed(_ streamed: Bool = false) throws -> [UInt8] {
        try ZIPArchive.pack(Self.entries, date: Date(), streamed: streamed)
    }

    @Test("Stored and deflated entries are read, with their sizes before or after them", arguments: [false, true])
    func reads(_ streamed: Bool) throws {
        let read = try ZIPReader.entries(of: try packed(streamed))
        #expect(read.map(\.path) == Self.entries.map(\.path))
        #expect(read.map(\.content) == Self.entries.map(\.content))
    }

    @Test("An archive written by Python, with a folder and a comment, is read")
    func python() throws {
        let script = """
            import base64, io, json, zipfile
            data = io.BytesIO()
            with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("folder/", "")
                archive.writestr("folder/a.txt", "hello " * 100)
                archive.comment = b"a comment"
            print(json.dumps(base64.b64encode(data.getvalue()).decode()))
            """
        let archive = try PythonJudge.run(script, on: [], as: Data.self)
        let read = try ZIPReader.entries(of: [UInt8](archive))
        #expect(read.map(\.path) == ["folder/a.txt"])
        #expect(read.first?.content.count == 600)
    }

    @Test(
        "With any byte changed, the reader returns or throws; with its end missing, it throws",
        arguments: [false, true])
    func damage(_ streamed: Bool) throws {
        let archive = try packed(streamed)
        for index in archive.indices {
            var damaged = archive
            damaged[index] ^= 0xFF
            _ = try? ZIPReader.entries(of: damaged)
            #expect(throws: ZIPReader.Failure.self) { try ZIPReader.entries(of: Array(archive[..<index])) }
        }
    }

    @Test(
        "A path outside the archive's root is rejected", arguments: ["../a", "/a", "a//b", "a/./b", "a\\b", "a\u{1}"])
    func paths(_ path: String) throws {
        let archive = try ZIPArchive.pack([(path, [1])], date: Date())
        #expect(throws: ZIPReader.Failure.self) { try ZIPReader.entries(of: archive) }
    }

    @Test("Two entries with one name are rejected, and so are more entries than the limit")
    func limits() throws {
        let twice = try ZIPArchive.pack([("a", [1]), ("a", [2])], date: Date())
        #expect(throws: ZIPReader.Failure.self) { try ZIPReader.entries(of: twice) }
        let large = try ZIPArchive.pack(
            [("a", [UInt8](repeating: 0, count: ZIPReader.sizeLimit + 1))], date: Date())
        #expect(throws: ZIPReader.Failure.self) { try ZIPReader.entries(of: large) }
    }
}
