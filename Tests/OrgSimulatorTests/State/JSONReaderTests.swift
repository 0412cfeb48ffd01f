import Foundation
import Testing

@testable import OrgSimulator

@Suite("JSON reader")
struct JSONReaderTests {
    private static func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test("Each kind of value is read")
    func values() throws {
        let text =
            #" {"s":"a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00é","i":-9223372036854775808,"n":-1.5e-3,"w":1.0e2,"a":[ ],"#
            + #""o":{},"t":[true,false,null,0]} "#
        #expect(
            try Self.value(text) == [
                "a": [], "i": .integer(.min), "n": .number(-0.0015), "o": [:],
                "s": .string("a\"\\/\u{8}\u{C}\n\r\tA😀é"), "t": [true, false, .null, 0], "w": 100,
            ])
        #expect(try Self.value("99999999999999999999") == .number(1e20))
    }

    @Test(
        "Anything but one JSON value is rejected",
        arguments: [
            "", " ", "{", "[1,]", "[,1]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "[1 2]", "01", "+1", "1.", ".5", "1e",
            "--1",
            "1e400", "NaN", "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\\ud800\"", "\"\\udc00\"",
            "\"\\ud800\\u0041\"", "\"a\nb\"", "1 2", "{}{}", "// x\n1", "\u{FEFF}1", "'a'",
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"[{"b":{"a":1,"a":1}}]"#,
        ])
    func refused(_ text: String) {
        #expect(throws: JSONReader.Failure.self) { try Self.value(text) }
    }

    @Test(
        "Text that is not UTF-8 is rejected",
        arguments: [String.Encoding.utf16, .utf16BigEndian, .utf16LittleEndian, .utf32, .utf32BigEndian, .isoLatin1])
    func encodings(_ encoding: String.Encoding) throws {
        let bytes = Array(try #require(#"{"sub":"é"}"#.data(using: encoding)))
        #expect(throws: JSONReader.Failure.self) { try JSONValue(parsing: bytes) }
    }

    @Test(
        "An assertion with a duplicate claim in UTF-16 or UTF-32 is refused",
        arguments: [String.Encoding.utf16, .utf32])
    func assertion(_ encoding: String.Encoding) throws {
        func part(_ text: String, _ encoding: String.Encoding) throws -> String {
            try #require(text.data(using: encoding)).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let header = try part(#"{"alg":"RS256"}"#, .utf8)
        #expect(try OrgSimulator.Assertion(compact: "\(header).\(part(#"{"sub":"a"}"#, .utf8)).AA") != nil)
        let twice = try part(#"{"sub":"a","sub":"b"}"#, encoding)
        #expect(OrgSimulator.Assertion(compact: "\(header).\(twice).AA") == nil)
        let once = try part(#"{"sub":"a"}"#, encoding)
        #expect(OrgSimulator.Assertion(compact: "\(header).\(once).AA") == nil)
    }

    @Test("Values may be nested up to the limit; deeper nesting is rejected quickly", .timeLimit(.minutes(1)))
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try Self.value(nested(JSONReader.depthLimit))
        for depth in [JSONReader.depthLimit + 1, 500, 1_000_000] {
            #expect(throws: JSONReader.Failure.self) { try Self.value(nested(depth)) }
        }
        // The limit concerns depth, not the number of values.
        _ = try Self.value("[" + Array(repeating: "[[]]", count: 1000).joined(separator: ",") + "]")
    }
}

@Suite("Request history")
struct RequestHistoryTests {
    private static func record(_ path: String) -> RequestRecord {
        RequestRecord(
            wallTime: .distantPast, orgTime: .distantPast, host: "h", server: 1, method: "GET", path: path,
            operation: "o", verdict: .other, reason: "r", status: 404, synthetic: false)
    }

    @Test("The oldest records are dropped if there are too many, or if they take too many bytes")
    func bounds() {
        var history = RequestHistory()
        for _ in 0..<10_010 { history.add(Self.record("/")) }
        #expect(history.requests.count == 10_000)
        #expect(history.requests.first?.id == 11)
        let long = String(repeating: "x", count: 1 << 20)
        for _ in 0..<40 { history.add(Self.record(long)) }
        #expect(history.requestLog.bytes <= BoundedLog<RequestRecord>.byteLimit)
        #expect((1...16).contains(history.requests.count))
        #expect(history.requests.last?.id == 10_050)
    }
}
