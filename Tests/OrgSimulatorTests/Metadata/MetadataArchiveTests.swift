import Foundation
import Testing

@testable import OrgSimulator

@Suite("Archives")
struct MetadataArchiveTests {
    static let entries: [(path: String, content: [UInt8])] = [
        ("a.txt", Array(repeating: 65, count: 100_000)),
        ("empty", []),
        ("Grüße/ö – ü.txt", Array("ü".utf8)),
        ("noise.bin", (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 2_654_435_761 >> 13) }),
    ]

    @Test("Python's zipfile reads every entry and confirms the checksums", arguments: [false, true])
    func roundTrip(streamed: Bool) throws {
        let date = Date(timeIntervalSince1970: 1_767_225_600)
        let archive = try ZIPArchive.pack(Self.entries, date: date, streamed: streamed)
        let read = try PythonJudge.unpacked(archive)
        #expect(read.count == Self.entries.count)
        for entry in Self.entries { #expect(read[entry.path] == entry.content) }
        #expect(archive.count < 80_000)
    }

    @Test("Names are flagged as UTF-8, sizes are in the local headers, and the date is written in UTC")
    func headers() throws {
        let date = Date(timeIntervalSince1970: 1_767_225_600 + 3_723)
        let archive = try ZIPArchive.pack(Self.entries, date: date)
        let script = """
            import json, sys, zipfile
            infos = zipfile.ZipFile(sys.argv[1]).infolist()
            print(json.dumps([[i.flag_bits, i.compress_type, *i.date_time] for i in infos]))
            """
        let infos = try PythonJudge.run(script, on: archive, as: [[Int]].self)
        #expect(infos.map { $0[0] } == [0x800, 0x800, 0x800, 0x800])
        #expect(infos.map { $0[1] }.prefix(2) == [8, 0])
        #expect(infos.allSatisfy { $0[2...] == [2026, 1, 1, 1, 2, 2] })
    }

    @Test("A streamed archive begins like the archives of real orgs")
    func streamed() throws {
        let archive = try ZIPArchive.pack(Self.entries, date: .now, streamed: true)
        #expect(Data(archive.prefix(9)).base64EncodedString() == "UEsDBBQACAgI")
    }

    @Test("More entries than the format allows are rejected")
    func tooMany() throws {
        let entries = (0...65_535).map { (path: "\($0)", content: [UInt8]()) }
        #expect(throws: ZIPArchive.Failure.self) { try ZIPArchive.pack(entries, date: .now) }
    }
}
