import Foundation
import JWTBearer
import Testing

@Suite("Org id")
struct OrganizationIDTests {
    /// The checksums were computed by hand from the positions of the upper-case letters.
    static let pairs = [
        ("00Dxx0000001gPL", "00Dxx0000001gPLEAY"), ("00D2E000000ncKP", "00D2E000000ncKPUAY"),
        ("00D1N000002EPj7", "00D1N000002EPj7UAG"), ("00D000000000001", "00D000000000001EAA"),
        ("00DAAAAAAAAAAAA", "00DAAAAAAAAAAAA255"), ("00Daaaaaaaaaaaa", "00DaaaaaaaaaaaaEAA"),
    ]

    @Test("Both forms of an id are equal, and the 18-character form is shown", arguments: pairs)
    func forms(_ short: String, _ long: String) throws {
        let fromShort = try #require(OrganizationID(short))
        let fromLong = try #require(OrganizationID(long))
        #expect(fromShort == fromLong)
        #expect(fromShort.hashValue == fromLong.hashValue)
        #expect(fromShort.description == long)
        #expect(fromLong.short == short)
    }

    @Test(
        "A text that is not an org id is rejected",
        arguments: [
            "", "00D", "00D00000000000", "00D0000000000001", "00D000000000001EA", "00D000000000001EAAA",  // length
            "005000000000001", "00d000000000001", " 00D00000000000",  // not an org's prefix
            "00D00000000000-", "00D00000000000é", "00D0000000000!1",  // alphabet
            "00D000000000001EAB", "00D000000000001eaa", "00Dxx0000001gplEAY",  // checksum
        ])
    func refused(_ text: String) {
        #expect(OrganizationID(text) == nil)
    }

    @Test("Ids that differ in the case of one letter are different orgs")
    func caseMatters() throws {
        let (upper, lower) = (
            try #require(OrganizationID("00D2E000000ncKP")), try #require(OrganizationID("00D2E000000nckP"))
        )
        #expect(upper != lower)
    }

    @Test("JSON has the 18-character form, and is rejected if it is not an org id")
    func json() throws {
        let id = try #require(OrganizationID("00D2E000000ncKP"))
        #expect(String(decoding: try JSONEncoder().encode([id]), as: UTF8.self) == #"["00D2E000000ncKPUAY"]"#)
        #expect(try JSONDecoder().decode([OrganizationID].self, from: Data(#"["00D2E000000ncKP"]"#.utf8)) == [id])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([OrganizationID].self, from: Data(#"["00D2E000000ncKPAAA"]"#.utf8))
        }
    }
}
