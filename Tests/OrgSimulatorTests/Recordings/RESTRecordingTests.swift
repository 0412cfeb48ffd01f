import Foundation
import Testing

@testable import OrgSimulator

/// Compares headers, errors and lists of the REST API with recordings that each test names.
@Suite("Recordings of REST")
struct RESTRecordingTests {
    private static let limitsPath = "/services/data/v67.0/limits"

    @Test(
        "A 200 has the headers of a My Domain host behind Salesforce Edge (openstax/accounts spec/cassettes, 2024)"
    )
    func headers() async throws {
        let answer = await (try await RecordedOrg()).get(Self.limitsPath)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/json;charset=UTF-8")
        #expect(answer.isChunked)
        #expect(answer.keepsAlive)
        let expected = [
            "Strict-Transport-Security": "max-age=63072000; includeSubDomains", "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private", "X-Robots-Tag": "none",
            "Sforce-Limit-Info": "api-usage=1/100000", "Vary": "Accept-Encoding", "Server": "sfdcedge",
            "X-Sfdc-Edge-Cache": "MISS",
        ]
        for (name, value) in expected { #expect(answer.values(name) == [value], "\(name)") }
        for name in ["Expires", "X-XSS-Protection", "X-ReadOnlyMode"] { #expect(answer.values(name) == [], "\(name)") }
        let ids = answer.values("X-SFDC-Request-Id") + answer.values("X-Request-Id")
        try #require(ids.count == 2)
        #expect(ids[0] == ids[1])
        #expect(ids[0].wholeMatch(of: /[0-9a-f]{32}/) != nil)
        #expect(answer.cookies.count == 3)
        #expect(answer.cookies[1].hasPrefix("CookieConsentPolicy=0:1;"))
    }

    @Test("SOAP has Vary, Cache-Control and one cookie, and no Sforce-Limit-Info (their values are not recorded)")
    func soap() async throws {
        let answer = await (try await RecordedOrg()).org.send("POST", "/services/Soap/m/67.0")
        #expect(answer.values("Vary") == ["Accept-Encoding"])
        #expect(answer.values("Cache-Control") == ["no-cache,must-revalidate,max-age=0,no-store,private"])
        #expect(answer.values("Sforce-Limit-Info") == [])
        #expect(answer.cookies.map { $0.prefix(10) } == ["BrowserId="])
    }

    @Test("A 400 and a 404 have Sforce-Limit-Info and no Vary (heroku/sf-functions-python tests/wiremock/mappings)")
    func refusals() async throws {
        let recorded = try await RecordedOrg()
        for path in [TestOrg.queryPath("SELEKT"), "/services/data/v67.0/nothing"] {
            let answer = await recorded.get(path)
            #expect(answer.values("Sforce-Limit-Info").count == 1, "\(path)")
            #expect(answer.values("Vary") == [], "\(path)")
            #expect(answer.values("Server") == ["sfdcedge"])
        }
    }

    @Test("NOT_FOUND has the code first (heroku/sf-functions-python create-unknown-object.json)")
    func notFound() async throws {
        let recorded = try await RecordedOrg()
        let answer = await recorded.org.send(
            "POST", "/services/data/v67.0/sobjects/PlayingCard__c", token: recorded.token)
        #expect(answer.status == 404)
        #expect(
            answer.text == #"[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]"#)
    }

    @Test("A 401 has the message first, WWW-Authenticate and no Sforce-Limit-Info (mars/jsforce-patient-bulk-op, 2016)")
    func sessionInvalid() async throws {
        let answer = await (try await RecordedOrg()).org.send("GET", Self.limitsPath, token: "no")
        #expect(answer.status == 401)
        #expect(
            answer.text == #"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#)
        #expect(answer.values("WWW-Authenticate") == ["Token"])
        #expect(answer.values("Sforce-Limit-Info") == [])
    }

    @Test("A session that is not for REST gets a 401 without WWW-Authenticate (jsforce/jsforce#1301)")
    func notForREST() async throws {
        let recorded = try await RecordedOrg { $0.state.orgs[0].apps[0].blockedByAPIAccessControl = true }
        let answer = await recorded.get(Self.limitsPath)
        #expect(answer.error == "INVALID_SESSION_ID: This session is not valid for use with the REST API")
        #expect(answer.values("WWW-Authenticate") == [])
        #expect(answer.values("Sforce-Limit-Info") == [])
    }

    @Test("A wrong method is reported with the allowed ones (omniphx/forrest#191, #59)")
    func methods() async throws {
        let recorded = try await RecordedOrg()
        for path in ["/services/data/", "/services/data/v67.0/", Self.limitsPath, "/services/data/v67.0/query"] {
            let answer = await recorded.org.send("PATCH", path, token: recorded.token)
            #expect(answer.status == 405, "\(path)")
            #expect(
                answer.text == #"[{"errorCode":"METHOD_NOT_ALLOWED","message":"HTTP Method 'PATCH' not allowed. "#
                    + #"Allowed are HEAD,GET"}]"#)
            #expect(answer.values("Allow") == ["HEAD,GET"])
        }
    }

    @Test("HEAD is answered like GET, without the body")
    func head() async throws {
        try await RunningOrg.run { org in
            let answer = try await RawConnection.exchange(
                try RunningOrg.port(org.addresses.url),
                "HEAD /services/data/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            ).text
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test("A long address is refused as HTML (simple-salesforce/simple-salesforce#271, jsforce/jsforce#1134)")
    func longAddress() async throws {
        let recorded = try await RecordedOrg()
        let path = "/services/data/v67.0/query?q="
        let longest = await recorded.get(path + String(repeating: "x", count: 16_384 - path.utf8.count))
        #expect(longest.status == 400)
        let answer = await recorded.get(path + String(repeating: "x", count: 16_385 - path.utf8.count))
        #expect(answer.status == 414)
        #expect(answer.text == "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>")
        #expect(answer.contentType?.hasPrefix("text/html") == true)
    }

    @Test(
        "Every answer sets BrowserId, also in SOAP (grouparoo/grouparoo fixtures, ejholmes/metaforce#69)",
        arguments: ["/services/Soap/m/67.0", "/services/data/", "/services/oauth2/userinfo", "/id/keys", "/", "/no"])
    func browserID(_ path: String) async throws {
        let answer = await (try await RecordedOrg()).org.send(
            path.hasPrefix("/services/Soap") ? "POST" : "GET", path)
        #expect(answer.cookies.first?.hasPrefix("BrowserId=…; domain=.salesforce.com; path=/;") == true)
        if path.hasPrefix("/services/Soap") {
            #expect(answer.cookies.count == 1)
            #expect(answer.values("Sforce-Limit-Info") == [])
            #expect(!answer.isChunked)
        }
    }

    @Test("Authorization: OAuth is accepted too (openstax/accounts spec/cassettes, 2024)")
    func oauthScheme() async throws {
        let recorded = try await RecordedOrg()
        var request = OrgRequest(
            method: "GET", target: Self.limitsPath, host: "harbour-bikes.my.salesforce.com", body: [],
            sourceAddress: "192.0.2.7")
        request.authorization = "OAuth \(recorded.token)"
        #expect(await recorded.org.simulation.answer(request).answer.status == 200)
    }

    // MARK: Lists

    @Test("Versions ascend, and the label of 42.0 has a different apostrophe (datahub-project/datahub mock_files)")
    func versions() async throws {
        let answer = await (try await RecordedOrg()).get("/services/data/")
        guard case .array(let versions)? = answer.value, case .object(let first)? = versions.first else {
            Issue.record("no list")
            return
        }
        #expect(first.map(\.key) == ["label", "url", "version"])
        let numbers = versions.compactMap { $0["version"]?.string.flatMap(Double.init) }
        #expect(numbers == (31...67).map(Double.init))
        let odd = versions.filter { $0["label"]?.string?.contains("'") != true }
        #expect(odd.map { $0["label"] } == ["Spring \u{2019}18"])
        #expect(odd.map { $0["version"] } == ["42.0"])
    }

    @Test("The resources of a version are those of the REST API Developer Guide; identity has its full URL")
    func resources() async throws {
        let recorded = try await RecordedOrg()
        let answer = await recorded.get("/services/data/v67.0/")
        #expect(answer.memberNames.count == 46)
        #expect(answer.memberNames.prefix(3) == ["tooling", "metadata", "eclair"])
        #expect(answer.value?["query"] == "/services/data/v67.0/query")
        let identity = try #require(answer.value?["identity"]?.string)
        #expect(identity.hasPrefix("http"))
        #expect(identity.hasSuffix("/id/\(recorded.state.id)/\(recorded.state.users[1].id)"))
    }

    @Test(
        "Limits come in alphabetical order, each with Max and Remaining (mike4aday/SwiftlySalesforce MockLimits.json)")
    func limits() async throws {
        let answer = await (try await RecordedOrg()).get(Self.limitsPath)
        let names = answer.memberNames
        try #require(names == names.sorted())
        #expect((45...60).contains(names.count))
        let everywhere = [
            "ConcurrentAsyncGetReportInstances", "ConcurrentSyncReportRuns", "DailyApiRequests",
            "DailyAsyncApexExecutions", "DailyBulkApiRequests", "DataStorageMB", "FileStorageMB",
            "HourlyTimeBasedWorkflow",
        ]
        #expect(Set(names).isSuperset(of: everywhere))
        for name in names {
            guard case .object(let members)? = answer.value?[name] else { continue }
            #expect(members.map(\.key) == ["Max", "Remaining"])
        }
        #expect(answer.value?["DailyApiRequests"] == ["Max": 100_000, "Remaining": 99_999])
    }
}
