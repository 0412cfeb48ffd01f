import ConnectedAppTesting
import Testing

@testable import ConnectedApp

@Suite("Proxy settings")
struct ProxySettingsTests {
    @Test(
        "HTTPS_PROXY names the proxy, in upper or lower case",
        arguments: [
            (["HTTPS_PROXY": "http://proxy.example:3128"], "proxy.example", 3128),
            (["https_proxy": "http://proxy.example:3128/"], "proxy.example", 3128),
            (["HTTPS_PROXY": "http://upper.example:1", "https_proxy": "http://lower.example:2"], "upper.example", 1),
            (["HTTPS_PROXY": "proxy.example:8080"], "proxy.example", 8080),
            (["HTTPS_PROXY": "http://proxy.example"], "proxy.example", 80),
            (["HTTPS_PROXY": "http://10.0.0.1:3128"], "10.0.0.1", 3128),
            (["HTTPS_PROXY": "http://me:pa%3Ass@proxy.example:3128"], "proxy.example", 3128),
            (["HTTPS_PROXY": "http://proxy.example:443"], "proxy.example", 443),
            (["HTTPS_PROXY": "HTTP://proxy.example:3128"], "proxy.example", 3128),
            (["HTTPS_PROXY": "", "https_proxy": "http://proxy.example:3128"], "proxy.example", 3128),
            (["ALL_PROXY": "http://proxy.example:3128"], "proxy.example", 3128),
            (["https_proxy": "", "ALL_PROXY": "", "all_proxy": "http://proxy.example:3128"], "proxy.example", 3128),
            (["https_proxy": "http://proxy.example:3128", "ALL_PROXY": "http://all.example:1"], "proxy.example", 3128),
            (["HTTPS_PROXY": "http://[fd00::1]:3128"], "fd00::1", 3128),
        ] as [([String: String], String, Int)])
    func server(_ environment: [String: String], _ host: String, _ port: Int) throws {
        let server = try #require(try ProxySettings(environment: environment).server)
        #expect(server.host == host)
        #expect(server.port == port)
    }

    @Test(
        "Without a proxy variable, there is no proxy",
        arguments: [[:], ["HTTPS_PROXY": ""], ["HTTP_PROXY": "http://proxy.example"]])
    func none(_ environment: [String: String]) throws {
        #expect(try ProxySettings(environment: environment) == .none)
    }

    @Test(
        "The username and password come from the proxy's URL, with escapes decoded",
        arguments: [
            ("http://me:secret@proxy.example", "me", "secret"), ("http://me@proxy.example", "me", ""),
            ("http://me:a:b@proxy.example", "me", "a:b"), ("http://me:p%40ss%3a%25@proxy.example", "me", "p@ss:%"),
            ("http://d%5Cme:x@proxy.example", "d\\me", "x"), ("http://me:a%23b%2Fc@proxy.example", "me", "a#b/c"),
        ])
    func authorization(_ url: String, _ user: String, _ password: String) throws {
        let authorization = try #require(
            try ProxySettings(environment: ["HTTPS_PROXY": url]).server?.basicAuthorization)
        #expect(authorization.user == user)
        #expect(authorization.password == password)
    }

    @Test(
        "If a character must be escaped in a URL, the error names it and its escape, but not the password",
        arguments: [
            ("http://me:hid#den@proxy.example", "%23"), ("http://me:hid/den@proxy.example:3128", "%2F"),
            ("http://me:hid?den@proxy.example", "%3F"), ("http://me:hid%den@proxy.example", "%25"),
            ("http://me:hidden%@proxy.example", "%25"), ("http://m#e:hidden@proxy.example", "%23"),
        ])
    func unescaped(_ url: String, _ escape: String) throws {
        for name in ["HTTPS_PROXY", "all_proxy"] {
            let error = try #require(thrown { try ProxySettings(environment: [name: url]) })
            #expect(error.cause == .configurationMalformed)
            #expect(error.subject == name)
            #expect(error.detail?.contains("Write it as \(escape) in a URL") == true)
            #expect(!error.debugDescription.contains("hid"))
            #expect(!error.debugDescription.contains("den"))
        }
    }

    @Test(
        "A value that is not an http proxy is rejected and never quoted",
        arguments: [
            "https://me:hidden@proxy.example", "socks5://me:hidden@proxy.example", "http://me:hidden@",
            "http://me:hidden@proxy.example/x", "http://me:hidden@proxy.example:0", "http://me:hidden@127.1:3128",
            "http://me:hidden@proxy example", "hidden://", "http://",
        ])
    func refused(_ url: String) throws {
        let error = try #require(thrown { try ProxySettings(environment: ["HTTPS_PROXY": url]) })
        #expect(error.cause == .configurationMalformed)
        #expect(!error.debugDescription.contains("hidden"))
    }

    @Test(
        "NO_PROXY excludes hosts and domains; this machine is always excluded",
        arguments: [
            ("", "https://acme.my.salesforce.com", true), ("*", "https://acme.my.salesforce.com", false),
            ("acme.my.salesforce.com", "https://acme.my.salesforce.com", false),
            ("salesforce.com", "https://acme.my.salesforce.com", false),
            (".salesforce.com", "https://acme.my.salesforce.com", false),
            (" example.com , SalesForce.com ", "https://acme.my.salesforce.com", false),
            ("force.com", "https://acme.my.salesforce.com", true), ("acme", "https://acme.my.salesforce.com", true),
            ("my.salesforce.com.", "https://acme.my.salesforce.com", false),
            (",,", "https://acme.my.salesforce.com", true), (" ", "https://acme.my.salesforce.com", true),
            ("*.salesforce.com", "https://acme.my.salesforce.com", false),
            ("*.SalesForce.com.", "https://acme.my.salesforce.com", false),
            (".salesforce.com:443", "https://acme.my.salesforce.com", false),
            (".salesforce.com:8443", "https://acme.my.salesforce.com", true),
            ("acme.my.salesforce.com:443", "https://acme.my.salesforce.com", false),
            ("acme.my.salesforce.com:80", "https://acme.my.salesforce.com", true),
            ("a.example salesforce.com\tb.example", "https://acme.my.salesforce.com", false),
            ("*salesforce.com", "https://acme.my.salesforce.com", true),
            ("acme.*.com", "https://acme.my.salesforce.com", true),
            ("org.example:8443", "https://org.example:8443", false), ("org.example:8443", "https://org.example", true),
            ("10.0.0.0/8", "https://10.1.2.3", false), ("10.0.0.0/8", "https://11.1.2.3", true),
            ("10.1.2.0/23", "https://10.1.3.9:8443", false), ("10.1.2.0/24", "https://10.1.3.9", true),
            ("10.1.2.3", "https://10.1.2.3", false), ("10.1.2.3:8443", "https://10.1.2.3", true),
            ("10.1.2.3:8443", "https://10.1.2.3:8443", false), ("0.0.0.0/0", "https://10.1.2.3", false),
            ("0.0.0.0/0", "https://org.example", true), ("10.0.0.0/33", "https://10.1.2.3", true),
            ("fd00::/8", "https://[fd12::1]", false), ("fd00::/8", "https://10.1.2.3", true),
            ("fd12:0::1", "https://[fd12::1]", false), ("[fd12::1]:8443", "https://[fd12::1]:8443", false),
            ("other.my.salesforce.com", "https://acme.my.salesforce.com", true), ("", "http://127.0.0.1:7412", false),
            ("", "http://localhost:7412", false), ("", "http://[::1]:7412", false),
        ])
    func exceptions(_ noProxy: String, _ host: String, _ isProxied: Bool) throws {
        for name in ["NO_PROXY", "no_proxy"] {
            let settings = try ProxySettings(environment: ["HTTPS_PROXY": "http://proxy.example:3128", name: noProxy])
            #expect((settings.server(for: try LoginHost(anyHost: host)) != nil) == isProxied)
        }
    }

    @Test("Entries in none of the forms are reported")
    func ignored() throws {
        let text = "*.a.example, *b.example,10.0.0.0/33 c.example:x,10.0.0.0/8"
        #expect(
            ProxyExceptions(environment: ["NO_PROXY": text]).ignored == ["*b.example", "10.0.0.0/33", "c.example:x"])
    }

    @Test("The route to a host has its reason")
    func route() throws {
        let settings = try ProxySettings(environment: [
            "all_proxy": "http://proxy.example:3128", "NO_PROXY": "", "no_proxy": "a.example, *.acme.example",
        ])
        func route(_ host: String) throws -> ProxySettings.Route { settings.route(to: try LoginHost(anyHost: host)) }
        guard case .proxy(let server, "all_proxy") = try route("login.salesforce.com") else {
            Issue.record("There is a proxy")
            return
        }
        #expect(server.description == "proxy.example:3128")
        #expect(try route("https://x.acme.example") == .direct(.exception("*.acme.example", source: "no_proxy")))
        #expect(try route("http://127.0.0.1:7412") == .direct(.thisMachine))
        #expect(ProxySettings.none.route(to: try LoginHost("login.salesforce.com")) == .direct(.noProxy))
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
