import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import MetadataAPI
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Texts of an org, cleaned for output and storage")
struct OrgWordsTests {
    private static let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIzTVZHOSJ9.c2lnbmF0dXJl"
    private static let token = "00D000000000001!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL"

    static let hidden: [(text: String, shown: String)] = [
        ("a \(jwt) b", "a «secret removed» b"), ("[\(jwt)]", "[«secret removed»]"),
        ("a \(token) b", "a «secret removed» b"), ("00D000000000001AAA!abc", "«secret removed»"),
        ("<Authorization: Bearer \(token)>", "<Authorization: Bearer «secret removed»>"),
        ("Bearer abcdefghijklmnopqrstuvwxyz", "Bearer «secret removed»"),
        ("https://a.example/?access_token=abc&x=1", "https://a.example/?access_token=«secret removed»&x=1"),
        ("ASSERTION=abc", "ASSERTION=«secret removed»"), ("assertion%3Dabc", "assertion%3D«secret removed»"),
        (#"{"access_token":"abc"}"#, #"{"access_token":"«secret removed»"}"#),
        ("id%20=00D000000000001%21abc", "id%20=«secret removed»"),
        ("x -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- y", "x «secret removed» y"),
        ("x -----BEGIN PRIVATE KEY----- MII", "x «secret removed»"),
    ]

    @Test("Text in the form of a secret is removed, and the rest is unchanged", arguments: hidden)
    func forms(_ row: (text: String, shown: String)) {
        #expect(OrgWords().clean(row.text) == row.shown)
        #expect(OrgWords.withoutSecrets(row.text) == row.shown)
        #expect(OrgWords.withoutSecrets(row.shown) == row.shown)
    }

    @Test(
        "Other text is unchanged",
        arguments: [
            "", "invalid assertion", "user hasn't approved this consumer", "assertion: expired", "assertion=",
            "00D000000000001", "00D000000000001AAA", "expired access/refresh token", "eyJ", "bearer token missing",
            "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", "a\u{300}\u{1F600}", "https://a.example/eyJ",
        ])
    func verbatim(_ text: String) { #expect(OrgWords().clean(text) == text) }

    @Test("A part of a sent secret is removed too, if it has sixteen characters")
    func parts() {
        let secret = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let words = OrgWords(hiding: [secret])
        #expect(words.clean("<\(secret)>") == "<«secret removed»>")
        #expect(words.clean("<\(secret.prefix(20))> <\(secret.suffix(16))>") == "<«secret removed»> <«secret removed»>")
        #expect(words.clean("<\(secret.prefix(15))>") == "<\(secret.prefix(15))>")
        #expect(OrgWords(hiding: ["short"]).clean("a short text") == "a «secret removed» text")
    }

    @Test("A sent secret is removed in Base64 too, wherever it begins", arguments: 0..<4)
    func base64(_ offset: Int) {
        let secret = "00D000000000001!AQcAQH0dMHZfz972?>Szmpkb58urFRkgeBGsxL"
        let words = OrgWords(hiding: [secret])
        let text = Data((String(repeating: "x", count: offset) + secret + "y").utf8).base64EncodedString()
        let url = text.replacing("+", with: "-").replacing("/", with: "_")
        for text in [text, url] {
            let shown = words.clean("<\(text)>")
            #expect(shown.contains("«secret removed»"))
            #expect(shown.utf8.count < 50)
        }
        #expect(words.clean(Data("00D000000000001".utf8).base64EncodedString()).count > 0)
    }

    @Test("A long subject of an error is cut")
    func longSubject() {
        let error = ConnectedAppError(.unknownAlias, subject: String(repeating: "x", count: 100_000))
        #expect(error.description.contains("«cut: 100000 characters in all»"))
        #expect(error.description.utf8.count < 3_000)
    }

    @Test("A long text is cut, with a note of its full length")
    func cut() {
        let text = String(repeating: "x", count: 900_000)
        #expect(OrgWords().clean(text) == String(repeating: "x", count: 2000) + " «cut: 900000 characters in all»")
        #expect(OrgWords().clean(String(repeating: "x", count: 2000)).count == 2000)
        #expect(OrgWords().clean("xyz", atMost: 2) == "xy «cut: 3 characters in all»")
    }

    @Test("An error shows no secret, in whatever member it is")
    func error() {
        let error = ConnectedAppError(
            .usage, subject: Self.token, detail: "Unknown: \(Self.jwt)", evidence: ["detail": "Bearer \(Self.token)"])
        #expect(!error.debugDescription.contains("AQcAQH0dMHZf"))
        #expect(!error.debugDescription.contains("eyJ"))
    }

    // MARK: An org that echoes secrets

    /// What the org echoes, and in which answer.
    enum Echo: String, CaseIterable, Sendable {
        case restPage, restMessage, soapFault, refusal, redirect, scope, instance
    }

    /// The secret parts of a request.
    private static func secrets(of request: OutgoingRequest) -> (header: String, assertion: String, session: String) {
        let body = String(decoding: request.body, as: UTF8.self)
        let session = body.firstMatch(of: /sessionId>([^<]*)</).map { String($0.1) }
        let assertion = body.firstMatch(of: /assertion=(.*)/).map { String($0.1) }
        return (request.head.headerFields[.authorization] ?? "", assertion ?? "", session ?? "")
    }

    private static func answer(_ echo: Echo, to request: OutgoingRequest) -> ScriptedAnswer? {
        let path = request.head.path ?? ""
        let sent = secrets(of: request)
        let (isToken, isLimits) = (path == "/services/oauth2/token", path.hasSuffix("/limits"))
        switch echo {
        case .restPage where isLimits: return .json("<html><body>Bad: \(sent.header)</body></html>", status: 502)
        case .restMessage where isLimits:
            let message = "x \(sent.header.suffix(20)) y"
            return .json(#"[{"errorCode":"NOT_FOUND","message":"\#(message)"}]"#, status: 404)
        case .soapFault where path.hasPrefix("/services/Soap/"):
            return .xml(
                """
                <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope \
                xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault>\
                <faultcode>sf:OTHER</faultcode><faultstring>\(sent.session) \
                \(Data(sent.session.utf8).base64EncodedString())</faultstring></soapenv:Fault>\
                </soapenv:Body></soapenv:Envelope>
                """, status: 500)
        case .refusal where isToken:
            return .json(#"{"error":"invalid_grant","error_description":"bad \#(sent.assertion)"}"#, status: 400)
        case .redirect where isToken:
            var answer = ScriptedAnswer.json("", status: 302)
            answer.headers[.location] = "https://evil.example/?x=\(sent.assertion)"
            return answer
        case .scope where isToken, .instance where isToken:
            let host = "https://acme.my.salesforce.com"
            let instance = echo == .instance ? "https://evil.example/\(sent.assertion)" : host
            return .json(
                """
                {"access_token":"00D000000000001!\(mark)abcdefghijkl","scope":"api \(sent.assertion)",\
                "instance_url":"\(instance)","id":"\(host)/id/00D000000000001EAA/005000000000001AAA"}
                """)
        case .restPage, .restMessage, .soapFault, .refusal, .redirect, .scope, .instance: return nil
        }
    }

    private static let mark = "AQcAQtokenmark"

    @Test("No secret that an org echoes appears in a test's view or in the store", arguments: Echo.allCases)
    func echoed(_ echo: Echo) async throws {
        let time = TestTime()
        let org = ScriptedOrg { time.now }
        let sent = Mutex<Set<String>>([])
        let transport = ScriptedTransport { request in
            let secrets = Self.secrets(of: request)
            sent.withLock { sent in
                for secret in [secrets.header, secrets.assertion, secrets.session] where secret.count > 20 {
                    sent.insert(String(secret.suffix(20)))
                }
            }
            if let answer = Self.answer(echo, to: request) { return answer }
            let response = try await org.transport.send(request, within: .answer)
            return try await ScriptedAnswer(response)
        }
        let world = try await TestWorld.connected(time: time, transport: transport)
        let me = Principal(.commandLine, name: "me")
        let view = try await world.service.diagnosis.test("prod", as: me) { _ in }
        #expect(view.outcome != .passes)
        let shown = String(decoding: try ViewJSON.encode(view), as: UTF8.self)
        let stored = try await world.store.read { reading in
            try RecordKind.allCases.flatMap { try reading.records(of: $0) }.map {
                String(decoding: $0.body, as: UTF8.self)
            }
        }.joined()
        #expect(sent.withLock { $0.count } > 0)
        for secret in sent.withLock({ $0 }).union([Self.mark]) {
            #expect(!shown.contains(secret))
            #expect(!stored.contains(secret))
        }
    }

    @Test("Of a description of a megabyte, only a part is stored")
    func longDescription() async throws {
        let time = TestTime()
        let org = ScriptedOrg { time.now }.refusing("invalid_grant", String(repeating: "x", count: 900_000))
        let world = try await TestWorld.connected(time: time, transport: org.transport)
        let me = Principal(.commandLine, name: "me")
        let view = try await world.service.diagnosis.test("prod", as: me) { _ in }
        let words = view.steps.first { $0.outcome == .fails }?.evidence["errorDescription"]
        #expect(words?.hasSuffix("x «cut: 900000 characters in all»") == true)
        #expect(try ViewJSON.encode(view).count < 100_000)
    }

    @Test("Implausible numbers make an answer unintelligible and do not crash the process")
    func numbers() async throws {
        for limits in [(Int.max, Int.max), (Int.min, 1), (1, Int.min)] {
            let api = OrgAPI(
                transport: ScriptedTransport(answers: [
                    .json("{\"DailyApiRequests\":{\"Max\":\(limits.0),\"Remaining\":\(limits.1)}}")
                ]),
                tokens: TokenSource {
                    GrantedToken(
                        token: AccessToken(
                            secret: "t", scope: "api", instanceURL: "", identityURL: nil, tokenType: nil),
                        instance: try LoginHost("https://acme.my.salesforce.com"),
                        organizationID: try #require(OrganizationID("00D000000000001")))
                })
            let version = try #require(APIVersion("67.0"))
            #expect(await thrownByAwaiting { try await api.dailyAPIRequests(version) }?.cause == .answerUnintelligible)
        }
    }
}
