import Foundation
import Testing

@testable import OrgSimulator

@Suite("A damaged archive")
struct CorruptArchiveTests {
    @Test("The base64 and the XML around it stay valid, and bytes throughout the archive differ")
    func damaged() throws {
        let archive = Array(repeating: UInt8(7), count: 6_400)
        let envelope = { (bytes: [UInt8]) in
            Array("<a><zipFile>\(Data(bytes).base64EncodedString())</zipFile></a>".utf8)
        }
        let damaged = try #require(CorruptArchive.damaged(envelope(archive)))
        var expected = archive
        for index in stride(from: 100, to: 6_400, by: 200) { expected[index] ^= 0x5A }
        #expect(damaged == envelope(expected))
    }

    @Test(
        "A reply without an archive is not damaged",
        arguments: ["", "<a/>", "<a><zipFile xsi:nil=\"true\"/></a>", "<zipFile></zipFile>", "<zipFile>AAAA"])
    func without(_ reply: String) { #expect(CorruptArchive.damaged(Array(reply.utf8)) == nil) }
}
