import ConnectedAppTesting
import Testing

@testable import ConnectedApp

@Suite("Proxy settings")
struct ProxySettingsTests {
    @Test(
        "HTTPS_PROXY names the proxy, in either case of letters",
        arguments: [
            (["HTTPS_PROXY": "http://proxy.example:3128"], "proxy.example", 3128),
            (["https_proxy": "http://proxy.example:3128/"], "proxy.example", 3128),
            (["HTTPS_PROXY": "http://upper.example:1", "https_proxy": "http://lower.example:2"], "upper.example", 1),
            (["HTTPS_PROXY": "proxy.example:8080"], "proxy.example", 8080),
            (["HTTPS_PROXY": "http://proxy.example"], "proxy.example", 80),
            (["HTTPS_PROXY": "http://10.0.0.1:3128"], "10.0.0.1", 3128),
            (["HTTPS_PROXY": "http://me:pa%3Ass@proxy.example:3128"], "proxy.example", 3128),
            (["HTTPS_PROXY": "http://proxy.example:443"], "proxy.example", 443),
        ] as [([String: String], String, Int)])
    func server(_ environment: [String: String], _ host: String, _ port: Int) throws {
        let server = try #require(try ProxySettings(environment: environment).server)
        #expect(server.host == host && server.port == port)
    }

    @Test("No proxy is none", arguments: [[:], ["HTTPS_PROXY": ""], ["HTTP_PROXY": "http://proxy.example"]])
    func none(_ environment: [String: String]) throws {
        #expect(try ProxySettings(environment: environment) == .none)
    }

    @Test(
        "Name and password of the proxy are taken from its URL, escapes undone",
        arguments: [
            ("http://me:secret@proxy.example", "me", "secret"), ("http://me@proxy.example", "me", ""),
            ("http://me:a:b@proxy.example", "me", "a:b"), ("http://me:p%40ss%3a%25@proxy.example", "me", "p@ss:%"),
            ("http://d%5Cme:x@proxy.example", "d\\me", "x"), ("http://me:100%@proxy.example", "me", "100%"),
        ])
    func authorization(_ url: String, _ user: String, _ password: String) throws {
        let authorization = try #require(
            try ProxySettings(environment: ["HTTPS_PROXY": url]).server?.basicAuthorization)
        #expect(authorization.user == user && authorization.password == password)
    }

    @Test(
        "What is no http proxy is refused, and never quoted",
        arguments: [
            "https://me:hidden@proxy.example", "socks5://me:hidden@proxy.example", "http://me:hidden@",
            "http://me:hidden@proxy.example/x", "http://me:hidden@proxy.example:0", "http://me:hidden@127.1:3128",
            "http://me:hidden@proxy example", "hidden://", "http://",
        ])
    func refused(_ url: String) throws {
        let error = try #require(thrown { try ProxySettings(environment: ["HTTPS_PROXY": url]) })
        #expect(error.cause == .configurationMalformed && !error.debugDescription.contains("hidden"))
    }

    @Test(
        "NO_PROXY excepts hosts and domains; this machine is excepted always",
        arguments: [
            ("", "https://acme.my.salesforce.com", true), ("*", "https://acme.my.salesforce.com", false),
            ("acme.my.salesforce.com", "https://acme.my.salesforce.com", false),
            ("salesforce.com", "https://acme.my.salesforce.com", false),
            (".salesforce.com", "https://acme.my.salesforce.com", false),
            (" example.com , SalesForce.com ", "https://acme.my.salesforce.com", false),
            ("force.com", "https://acme.my.salesforce.com", true), ("acme", "https://acme.my.salesforce.com", true),
            ("my.salesforce.com.", "https://acme.my.salesforce.com", true),
            (",,", "https://acme.my.salesforce.com", true), (" ", "https://acme.my.salesforce.com", true),
            ("other.my.salesforce.com", "https://acme.my.salesforce.com", true), ("", "http://127.0.0.1:7412", false),
            ("", "http://localhost:7412", false), ("", "http://[::1]:7412", false),
        ])
    func exceptions(_ noProxy: String, _ host: String, _ isProxied: Bool) throws {
        for name in ["NO_PROXY", "no_proxy"] {
            let settings = try ProxySettings(environment: ["HTTPS_PROXY": "http://proxy.example:3128", name: noProxy])
            #expect((settings.server(for: try LoginHost(host)) != nil) == isProxied)
        }
    }

    @Test("The proxy's password is in no description")
    func hidden() throws {
        let settings = try ProxySettings(environment: ["HTTPS_PROXY": "http://me:hidden@proxy.example:3128"])
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), "\(settings.server as Any)", dumped] {
            #expect(!text.contains("hidden"))
            #expect(text.contains("proxy.example"))
        }
    }
}
