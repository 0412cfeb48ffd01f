import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Names that a person types")
struct NamesTests {
    private static let usual = "3MVG9" + String(repeating: "aB1._", count: 16)

    @Test(
        "A Consumer Key has 8 to 256 letters, digits, dots and underscores; white space around it is cut off",
        arguments: [
            usual, "12345678", "a.b_c.d_", "Abcdefgh", String(repeating: "k", count: 256), " \(usual)\n",
            "\t3MVG9abc\r\n", String(repeating: "0", count: 21), String(repeating: "a", count: 63),
        ])
    func consumerKeys(_ text: String) throws {
        let key = try ConsumerKey(text)
        #expect(key.description == text.trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(key.hasUsualPrefix == key.description.hasPrefix("3MVG9"))
    }

    @Test(
        "A text that is not a Consumer Key is rejected and never quoted",
        arguments: [
            "", "1234567", "has space1", "with-hyphen", "with+plus1", "käse.käse", "quote\"quote", "ａｂｃｄｅｆｇｈ",
            "12345678\u{0}", "null\u{200B}width", String(repeating: "k", count: 257),
        ])
    func notConsumerKeys(_ text: String) throws {
        let error = try #require(thrown { try ConsumerKey(text) })
        #expect(error.cause == .consumerKeyMalformed)
        #expect(text.isEmpty || !error.debugDescription.contains(text))
    }

    @Test(
        "A text that looks like the Consumer Secret is rejected as such and never quoted",
        arguments: [
            String(repeating: "0123456789ABCDEF", count: 4), String(repeating: "0123456789abcdef", count: 4) + "\n",
            "1234567890", "8317264950183726495", "12345678901234567890", " 1234567890123456789 ",
        ])
    func secrets(_ text: String) throws {
        let error = try #require(thrown { try ConsumerKey(text) })
        #expect(error.cause == .consumerSecretGiven)
        #expect(error.subject == nil)
        #expect(error.detail == nil)
        #expect(error.evidence.isEmpty)
        #expect(!error.debugDescription.contains(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test("A masked Consumer Key cannot be copied")
    func masked() throws {
        #expect(try ConsumerKey("3MVG9abcdefghijklmnop").masked == "3MVG9abc…mnop")
    }

    @Test(
        "An alias has 1 to 64 letters, digits, hyphens, underscores and dots, and begins with a letter or digit",
        arguments: [
            ("a", true), ("0", true), ("Prod.EU_1-a", true), (String(repeating: "a", count: 64), true), ("", false),
            (String(repeating: "a", count: 65), false), ("-a", false), (".a", false), ("_a", false), ("..", false),
            ("a b", false), ("a/b", false), ("a\\b", false), ("a\nb", false), (" a\n", true), ("“a”", true),
            ("ä", false), ("a\u{0}", false),
            ("a:b", false), ("a%2f", false), ("--help", false), ("１", false),
        ])
    func aliases(_ text: String, _ isGood: Bool) throws {
        if isGood {
            #expect(try Alias(text).description == text.filter { !$0.isWhitespace && $0 != "“" && $0 != "”" })
        } else {
            #expect(thrown { try Alias(text) }?.cause == .aliasMalformed)
        }
    }

    @Test(
        "A username has text on both sides of one @, at most 80 characters, and no white space",
        arguments: [
            ("integration@acme.example", true), ("a@b", true), ("o'brien+api@acme.example.uat", true),
            ("jürgen@käse.example", true), (String(repeating: "a", count: 78) + "@b", true), ("", false), ("a", false),
            ("@b", false), ("a@", false), ("@", false), ("a@b@c", false), ("a b@c", false),
            ("a\u{A0}@b", false), ("a@b\u{0}", false), ("a\u{7F}@b", false), ("a@\u{2028}b", false),
            (String(repeating: "a", count: 79) + "@b", false), ("0055e000001abcdAAA", false),
        ])
    func usernames(_ text: String, _ isGood: Bool) throws {
        if isGood {
            #expect(try Username(text).description == text)
        } else {
            #expect(thrown { try Username(text) }?.cause == .usernameMalformed)
        }
    }

    @Test(
        "White space, quotes and the like around a pasted value are removed",
        arguments: [" a@b\n", "\u{FEFF}a@b", "\"a@b\"", "'a@b'", "“a@b”", "<a@b>", "\u{200B} `a@b` \t", "\u{A0}a@b"])
    func pasted(_ text: String) throws {
        #expect(try Username(text).description == "a@b")
    }

    @Test("An unpaired quote is part of the value", arguments: ["o'brien@b'", "'a@b", "a@b\""])
    func quotes(_ text: String) throws {
        #expect(try Username(text).description == text)
    }

    @Test("A name that was stored is checked again when it is read")
    func decoded() throws {
        func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
            try JSONDecoder().decode([T].self, from: Data("[\"\(text)\"]".utf8))[0]
        }
        #expect(try decode(Alias.self, "prod") == Alias("prod"))
        #expect(try decode(Username.self, "a@b") == Username("a@b"))
        #expect(try decode(AllowedHost.self, "org.example:8443") == AllowedHost("org.example:8443"))
        #expect(thrown { try decode(Alias.self, "../prod") }?.cause == .aliasMalformed)
        #expect(thrown { try decode(Username.self, "prod") }?.cause == .usernameMalformed)
        #expect(thrown { try decode(AllowedHost.self, "*") }?.cause == .loginHostMalformed)
    }

    @Test(
        "The error about a mistyped name suggests the most similar one, unless it is too different",
        arguments: [
            ("prodd", ["prod", "uat"], "prod"), ("prdo", ["prod"], "prod"), ("prod", ["prod", "prod2"], "prod"),
            ("uta", ["prod", "uat"], "uat"),
            ("Apexclass", ["ApexClass", "ApexPage"], "ApexClass"), ("x", ["production"], nil), ("a", ["b"], "b"),
            ("prod", [], nil), ("", ["a"], "a"), ("", ["abc"], nil), (String(repeating: "a", count: 101), ["a"], nil),
            ("cat", ["car", "bat"], "bat"),
        ] as [(String, [String], String?)])
    func spelling(_ word: String, _ candidates: [String], _ expected: String?) {
        #expect(Spelling.nearest(to: word, among: candidates) == expected)
    }
}
