import ConnectedAppTesting
import Testing

@testable import ConnectedApp

@Suite("Audience")
struct AudienceTests {
    enum Answer: Sendable {
        case audience(String)
        case cause(Cause)
    }

    /// Every form of host, with the audience for each kind of app, or the reason why it is undecided.
    static let rows: [(host: String, client: Answer, connected: Answer)] = [
        ("https://login.salesforce.com", .cause(.hostUnfitForAppKind), .audience(login)),
        ("https://test.salesforce.com", .cause(.hostUnfitForAppKind), .audience(test)),
        ("https://acme.my.salesforce.com", .audience("https://acme.my.salesforce.com"), .audience(login)),
        (
            "https://acme--uat.sandbox.my.salesforce.com", .audience("https://acme--uat.sandbox.my.salesforce.com"),
            .audience(test)
        ),
        (
            "https://acme-dev-ed.develop.my.salesforce.com", .audience("https://acme-dev-ed.develop.my.salesforce.com"),
            .audience(login)
        ),
        ("https://x.scratch.my.salesforce.com", .audience("https://x.scratch.my.salesforce.com"), .audience(test)),
        ("https://x.demo.my.salesforce.com", .audience("https://x.demo.my.salesforce.com"), .cause(.audienceUndecided)),
        ("https://acme.my.salesforce.mil", .cause(.audienceUndecided), .cause(.audienceUndecided)),
        (
            "https://acme--uat.sandbox.my.salesforce.mil", .cause(.audienceUndecided), .cause(.audienceUndecided)
        ),
        ("http://127.0.0.1:7412", .audience("http://127.0.0.1:7412"), .cause(.audienceUndecided)),
        ("https://allowed.example", .cause(.audienceUndecided), .cause(.audienceUndecided)),
    ]
    private static let login = "https://login.salesforce.com"
    private static let test = "https://test.salesforce.com"

    @Test("Form of host and kind of app determine the audience, or the error says that they cannot", arguments: rows)
    func reasoned(_ row: (host: String, client: Answer, connected: Answer)) throws {
        let host = try LoginHost(row.host, allowing: [AllowedHost("allowed.example")])
        for (kind, expected) in [(AppKind.externalClientApp, row.client), (.connectedApp, row.connected)] {
            switch expected {
            case .audience(let url):
                let audience = try Audience.reasoned(host: host, appKind: kind, given: nil)
                #expect(audience.url == url)
                #expect(!audience.reason.isEmpty)
            case .cause(let cause):
                #expect(thrown { try Audience.reasoned(host: host, appKind: kind, given: nil) }?.cause == cause)
            }
        }
    }

    @Test("The rows above name every form of host")
    func complete() throws {
        let forms = try Self.rows.map { try LoginHost($0.host, allowing: [AllowedHost("allowed.example")]).form }
        #expect(Set(forms).count == 10)
    }

    @Test("An explicit port 443 does not become part of the audience")
    func defaultPort() throws {
        let host = try LoginHost("https://acme.my.salesforce.com:443/")
        #expect(
            try Audience.reasoned(host: host, appKind: .externalClientApp, given: nil).url
                == "https://acme.my.salesforce.com")
    }

    @Test(
        "A given audience takes precedence",
        arguments: AppKind.allCases,
        ["https://login.salesforce.com", "https://acme.my.site.com/customers", "http://127.0.0.1:7412"])
    func given(_ kind: AppKind, _ given: String) throws {
        for row in Self.rows {
            let host = try LoginHost(row.host, allowing: [AllowedHost("allowed.example")])
            #expect(try Audience.reasoned(host: host, appKind: kind, given: given).url == given)
        }
    }

    @Test(
        "A malformed audience is rejected",
        arguments: [
            "", "login.salesforce.com", "https://", "https://login.salesforce.com/", "http://login.salesforce.com",
            "https://user@login.salesforce.com", "https://login .salesforce.com", "https://käse.example",
            "ftp://login.salesforce.com", "https://login.salesforce.com?x", "https:/x/login.salesforce.com",
            "https://site.example/\(String(repeating: "a", count: 255))",
        ])
    func malformed(_ given: String) throws {
        let host = try LoginHost("https://acme.my.salesforce.com")
        #expect(
            thrown { try Audience.reasoned(host: host, appKind: .externalClientApp, given: given) }?.cause
                == .audienceMalformed)
    }

    @Test("An error never shows the password in an audience")
    func userInformation() {
        let error = thrown {
            try Audience.reasoned(
                host: LoginHost("https://acme.my.salesforce.com"), appKind: .externalClientApp,
                given: "https://user:hunter2@acme.my.salesforce.com")
        }
        #expect(error?.cause == .audienceMalformed)
        #expect(error?.debugDescription.contains("hunter2") == false)
    }
}
