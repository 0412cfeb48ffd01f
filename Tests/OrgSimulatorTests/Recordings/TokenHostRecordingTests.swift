import Foundation
import Testing

@testable import OrgSimulator

/// Compares headers and forms of the token host with recordings: openstax/accounts `spec/cassettes/**/sf_setup.yml`
/// (2024) and heroku/jsforce-connection `index-test.js` (2016).
@Suite("Recordings of the token host")
struct TokenHostRecordingTests {
    @Test("A token answer has exactly the headers of openstax/accounts sf_setup.yml")
    func headers() async throws {
        let request = try TokenCase()
        let org = try TestOrg(request.state)
        let good = await org.signIn(request, assertion: try await request.assertion())
        let bad = await org.signIn(request, assertion: "no")
        for answer in [good, bad] {
            #expect(answer.contentType == "application/json;charset=UTF-8")
            #expect(answer.values("Strict-Transport-Security") == ["max-age=63072000; includeSubDomains"])
            #expect(answer.values("X-Content-Type-Options") == ["nosniff"])
            #expect(answer.values("Cache-Control") == ["no-cache,must-revalidate,max-age=0,no-store,private"])
            #expect(answer.values("Expires") == ["Thu, 01 Jan 1970 00:00:00 GMT"])
            #expect(answer.values("X-ReadOnlyMode") == ["false"])
            #expect(answer.values("Vary") == ["Accept-Encoding"])
            #expect(answer.isChunked)
            for name in ["Server", "Sforce-Limit-Info", "X-XSS-Protection", "X-Robots-Tag"] {
                #expect(answer.values(name) == [], "\(name)")
            }
        }
        #expect(good.text.hasSuffix(#""token_type":"Bearer"}"#))
    }

    @Test("A token answer sets three cookies, as in openstax/accounts sf_setup.yml")
    func cookies() async throws {
        let request = try TokenCase()
        let answer = await (try TestOrg(request.state)).signIn(request, assertion: "no")
        #expect(
            answer.cookies == [
                "BrowserId=…; domain=.salesforce.com; path=/; expires=…; Max-Age=31536000; secure; SameSite=None",
                "CookieConsentPolicy=0:0; path=/; expires=…; Max-Age=31536000; secure",
                "LSKey-c$CookieConsentPolicy=0:0; path=/; expires=…; Max-Age=31536000; secure",
            ])
        #expect(answer.values("Set-Cookie")[0].contains("expires=Tue, 21-Sep-2027 14:13:20 GMT;"))
    }

    @Test("An armed refusal has the headers of the endpoint; a prepared answer has only its own")
    func faults() async throws {
        let org = try TestOrg(try TokenCase().state)
        let path = "/services/oauth2/token"
        try await org.save(#"{"faults":[{"kind":"refusal","path":"\#(path)","row":19},{"path":"\#(path)"}]}"#)
        let refusal = await org.send("POST", path, form: [])
        #expect(refusal.values("X-ReadOnlyMode") == ["false"])
        #expect(refusal.cookies.count == 3)
        let prepared = await org.send("POST", path, form: [])
        #expect(prepared.status == 503)
        #expect(prepared.headers.isEmpty)
    }

    @Test("X-PrettyPrint: 1 gives two spaces of indent and \" : \" (heroku/jsforce-connection index-test.js)")
    func pretty() async throws {
        let org = try TestOrg(try TokenCase().state)
        let answer = await org.send("POST", "/services/oauth2/token", form: [], pretty: true)
        #expect(
            answer.text == """
                {
                  "error" : "unsupported_grant_type",
                  "error_description" : "grant type not supported"
                }
                """)
    }

    @Test("Lists stay on one line, as in SFDO-Tooling/CumulusCI TestCountSObjects.test_count_sobjects__errors.yaml")
    func prettyLists() {
        let value: JSONValue = ["a": [["b": [:], "c": []], 1]]
        #expect(value.prettyText == "{\n  \"a\" : [ {\n    \"b\" : { },\n    \"c\" : [ ]\n  }, 1 ]\n}")
    }

    @Test("On the wire the answer is chunked, and compressed if asked for (heroku/jsforce-connection index-test.js)")
    func wire() async throws {
        try await RunningOrg.run { org in
            let port = try RunningOrg.port(org.addresses.url)
            func answer(_ encodings: String, to path: String) async throws -> String {
                try await RawConnection.exchange(
                    port,
                    "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Accept-Encoding: \(encodings)\r\n\r\n"
                ).text
            }
            let plain = try await answer("identity, gzip;q=0", to: "/services/oauth2/token")
            #expect(plain.contains(/Transfer-Encoding: chunked\r\n/.ignoresCase()))
            #expect(!plain.contains(/Content-Length|Content-Encoding/.ignoresCase()))
            #expect(plain.contains("\r\nSet-Cookie: LSKey-c$CookieConsentPolicy=0:0;"))
            #expect(RawConnection.chunkedBody(of: plain).text.hasPrefix(#"{"error":"unsupported_grant_type""#))
            for path in ["/services/oauth2/token", "/services/data/"] {
                let packed = try await answer("gzip;q=1.0,deflate;q=0.6,identity;q=0.3", to: path)
                #expect(packed.contains("\r\nContent-Encoding: gzip\r\n"))
                #expect(packed.contains(/Transfer-Encoding: chunked\r\n/.ignoresCase()))
            }
            let page = try await answer("gzip", to: "/")
            #expect(!page.contains("Content-Encoding"))
        }
    }

    @Test("Python's gzip unpacks the body")
    func gzip() async throws {
        let text = String(repeating: "Harbour Bikes ", count: 500)
        let packed = try #require(GZip.compress(Array(text.utf8)))
        #expect(packed.count < text.utf8.count / 10)
        let script = "import base64, gzip, sys; print(gzip.decompress(base64.b64decode(sys.argv[1])).decode() + '.')"
        let unpacked = try await TestPython.output(["-c", script, Data(packed).base64EncodedString()])
        #expect(unpacked == text + ".")
        #expect(GZip.compress([]) != nil)
    }

    @Test(
        "Gzip is used only if the header names it with a weight",
        arguments: [
            ("gzip", true), ("deflate, GZIP;q=0.5", true), ("gzip; q=1.0", true), ("gzip;q=0", false),
            ("gzip ; q=0.000", false), ("br", false), ("", false), ("x-gzip", false),
        ])
    func acceptance(_ header: String, _ isAccepted: Bool) {
        #expect(GZip.isAccepted(by: header) == isAccepted)
    }

    // MARK: Identity and keys

    @Test("The identity URL has the members of mike4aday/SwiftlySalesforce MockIdentity.json, in their order")
    func identity() async throws {
        let recorded = try await RecordedOrg()
        let (org, user) = (recorded.state, recorded.state.users[1])
        let answer = await recorded.get("/id/\(org.id)/\(user.id)")
        #expect(
            answer.memberNames == [
                "id", "asserted_user", "user_id", "organization_id", "username", "nick_name", "display_name", "email",
                "email_verified", "first_name", "last_name", "timezone", "photos", "addr_street", "addr_city",
                "addr_state", "addr_country", "addr_zip", "mobile_phone", "mobile_phone_verified",
                "is_lightning_login_user", "status", "urls", "active", "user_type", "language", "locale", "utcOffset",
                "last_modified_date", "is_app_installed",
            ])
        #expect(answer.members["last_modified_date"]?.string?.wholeMatch(of: /[\d-]{10}T[\d:]{8}Z/) != nil)
        let urls = try #require(answer.value?["urls"])
        guard case .object(let members) = urls else { return }
        #expect(
            members.map(\.key) == [
                "enterprise", "metadata", "partner", "rest", "sobjects", "search", "query", "recent", "tooling_soap",
                "tooling_rest", "profile", "feeds", "groups", "users", "feed_items", "feed_elements", "custom_domain",
            ])
        for name in ["enterprise", "metadata", "partner"] {
            #expect(urls[name]?.string?.hasSuffix("/{version}/\(org.id.prefix(15))") == true)
        }
        #expect(answer.values("X-ReadOnlyMode") == ["false"])
    }

    @Test("Without a My Domain there is no custom_domain")
    func noMyDomain() async throws {
        let recorded = try await RecordedOrg {
            $0.state.orgs[0].myDomain = ""
            $0.host = "127.0.0.1:7412"
            $0.audience = "\"http://127.0.0.1:7412\""
        }
        let path = "/id/\(recorded.state.id)/\(recorded.state.users[1].id)"
        let answer = await recorded.org.send("GET", path, host: "127.0.0.1:7412", token: recorded.token)
        #expect(answer.value?["urls"]?["feed_elements"] != nil)
        #expect(answer.value?["urls"]?["custom_domain"] == nil)
    }

    @Test("Eight keys are published; the first is not the one in use (coreos/go-oidc, recorded 2016)")
    func keys() async throws {
        let org = try TestOrg(try TokenCase().state)
        let answer = await org.send("GET", "/id/keys")
        guard case .array(let keys)? = answer.value?["keys"] else {
            Issue.record("no keys")
            return
        }
        #expect(keys.count == 8)
        let identifiers = keys.compactMap { $0["kid"]?.string }
        #expect(identifiers != identifiers.sorted())
        #expect(Set(identifiers).count == 8)
        #expect(identifiers.allSatisfy { Int($0) != nil })
        #expect(identifiers.firstIndex(of: OrgSigningKey.identifier) == 3)
        for key in keys {
            guard case .object(let members) = key else { continue }
            #expect(members.map(\.key) == ["kty", "n", "e", "alg", "use", "kid"])
        }
        #expect(answer.values("Cache-Control") == ["no-cache, no-store"])
    }
}
