import Foundation
import Testing

@testable import JWTBearer

@Suite("base64url")
struct Base64URLTests {
    /// RFC 4648 §10 without the padding; RFC 7515 appendix C; RFC 7519 §3.1 and §6.1.
    static let vectors: [(bytes: [UInt8], text: String)] = [
        ([], ""), (Array("f".utf8), "Zg"), (Array("fo".utf8), "Zm8"), (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg"), (Array("fooba".utf8), "Zm9vYmE"), (Array("foobar".utf8), "Zm9vYmFy"),
        ([3, 236, 255, 224, 193], "A-z_4ME"),
        (Array("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}".utf8), "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"),
        (
            Array("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}".utf8),
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ),
        (Array("{\"alg\":\"none\"}".utf8), "eyJhbGciOiJub25lIn0"),
    ]

    @Test("Encoding the RFCs' examples gives the RFCs' texts", arguments: vectors)
    func encodes(_ vector: (bytes: [UInt8], text: String)) {
        #expect(Base64URL.encode(vector.bytes) == vector.text)
    }

    @Test("Decoding and encoding the RFCs' examples gives the same texts", arguments: vectors)
    func decodes(_ vector: (bytes: [UInt8], text: String)) throws {
        let bytes = try #require(Base64URL.decode(vector.text))
        #expect(bytes == vector.bytes)
        #expect(Base64URL.encode(bytes) == vector.text)
    }

    @Test("Every byte value survives a round trip, at every length up to 300")
    func roundTrip() {
        for length in 0...300 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + length) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test(
        "A text that is not base64url without padding is rejected",
        arguments: [
            "Zg==", "Zm8=", "=", "Zg=", "A+z/4ME", "A+z_4ME", "A-z/4ME",  // padding, plain base64
            " Zg", "Zg ", "Zm\n9v", "Zm9v\r\n", "Zm\t9v",  // white space
            "Z", "Zm9vY", "Zm9vYmFyZ",  // 1 mod 4
            "Zh", "Zv", "Zm9", "Zm-", "Zm9vYh", "Zm9vYmF",  // spare bits that are not zero
            "Zé8", "Zm9v\u{0}", "Z.g", "Zm9v!", "Ｚg",  // foreign characters
        ])
    func refuses(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
