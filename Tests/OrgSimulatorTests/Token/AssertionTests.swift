import Testing

@testable import OrgSimulator

@Suite("Reading an assertion")
struct AssertionTests {
    @Test(
        "Only strict base64url is read",
        arguments: ["A", "AB=", "AB==", "A B", "A+8", "A/8", "AB", "AAF", "Äa"])
    func notBase64URL(_ text: String) {
        #expect(Base64URL.decode(text[...]) == nil)
    }

    @Test("The vectors of RFC 4648 without padding are read")
    func vectors() {
        let vectors = ["": "", "Zg": "f", "Zm8": "fo", "Zm9v": "foo", "Zm9vYg": "foob", "Zm9vYmE": "fooba"]
        for (text, plain) in vectors { #expect(Base64URL.decode(text[...]) == Array(plain.utf8)) }
        #expect(Base64URL.decode("-_8") == [0xFB, 0xFF])
    }

    @Test(
        "Anything but a JWS of two objects and a signature is not an assertion",
        arguments: ["", "e30.e30", "e30.e30.AA.AA", "e30.W10.AA", "e30.e3.AA", "e30.e30.A", "e30.e30.AA\n"])
    func malformed(_ text: String) {
        #expect(Assertion(compact: text) == nil)
    }

    @Test("Two objects and a signature are an assertion")
    func minimal() throws {
        let assertion = try #require(Assertion(compact: "e30.e30.AA"))
        #expect(assertion.expiry == .missing)
        #expect(assertion.algorithm == nil)
    }
}
