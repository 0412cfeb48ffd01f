import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Login host")
struct LoginHostTests {
    @Test(
        "Each form of host is recognised by its name, and written in one way",
        arguments: [
            ("https://login.salesforce.com", .login, "https://login.salesforce.com"),
            ("login.salesforce.com", .login, "https://login.salesforce.com"),
            ("HTTPS://LOGIN.SalesForce.COM", .login, "https://login.salesforce.com"),
            ("https://login.salesforce.com/", .login, "https://login.salesforce.com"),
            ("https://login.salesforce.com.", .login, "https://login.salesforce.com"),
            ("https://login.salesforce.com.:443/", .login, "https://login.salesforce.com"),
            ("https://login.salesforce.com:443", .login, "https://login.salesforce.com"),
            ("test.salesforce.com", .test, "https://test.salesforce.com"),
            ("https://acme.my.salesforce.com", .production, "https://acme.my.salesforce.com"),
            ("https://ACME-9.my.salesforce.com", .production, "https://acme-9.my.salesforce.com"),
            ("https://acme--uat.sandbox.my.salesforce.com", .sandbox, "https://acme--uat.sandbox.my.salesforce.com"),
            (
                "https://acme-dev-ed.develop.my.salesforce.com", .developer,
                "https://acme-dev-ed.develop.my.salesforce.com"
            ),
            (
                "https://business-velocity-1234.scratch.my.salesforce.com", .scratch,
                "https://business-velocity-1234.scratch.my.salesforce.com"
            ),
            ("https://x.demo.my.salesforce.com", .program, "https://x.demo.my.salesforce.com"),
            ("https://x.patch.my.salesforce.com", .program, "https://x.patch.my.salesforce.com"),
            ("https://x.trailblaze.my.salesforce.com", .program, "https://x.trailblaze.my.salesforce.com"),
            ("https://acme.my.salesforce.mil", .military, "https://acme.my.salesforce.mil"),
            ("https://acme--uat.sandbox.my.salesforce.mil", .military, "https://acme--uat.sandbox.my.salesforce.mil"),
            ("https://x.develop.my.salesforce.mil", .military, "https://x.develop.my.salesforce.mil"),
            ("https://x.scratch.my.salesforce.mil", .military, "https://x.scratch.my.salesforce.mil"),
            // Government Cloud under .com has the same names as other orgs.
            ("https://agency.my.salesforce.com", .production, "https://agency.my.salesforce.com"),
            (
                "https://agency--uat.sandbox.my.salesforce.com", .sandbox,
                "https://agency--uat.sandbox.my.salesforce.com"
            ),
            ("http://127.0.0.1:7412", .loopback, "http://127.0.0.1:7412"),
            ("http://127.255.255.254", .loopback, "http://127.255.255.254"),
            ("http://127.0.0.1:80", .loopback, "http://127.0.0.1"),
            ("https://127.0.0.1:7412/", .loopback, "https://127.0.0.1:7412"),
            ("http://LocalHost:7412", .loopback, "http://localhost:7412"),
            ("http://localhost.:1", .loopback, "http://localhost:1"),
            ("http://[::1]:7412", .loopback, "http://[::1]:7412"),
            ("[::1]", .loopback, "https://[::1]"),
        ] as [(String, LoginHost.Form, String)])
    func forms(_ text: String, _ form: LoginHost.Form, _ written: String) throws {
        let host = try LoginHost(text)
        #expect(host.form == form)
        #expect(host.description == written)
        #expect(try LoginHost(host.description) == host)
        #expect(host.namesOneOrg == (form != .login && form != .test))
    }

    @Test(
        "A host that is not Salesforce's is rejected, however much it looks like one",
        arguments: [
            "https://login.salesforce.com.evil.com", "https://evil-login.salesforce.com", "https://salesforce.com",
            "https://www.salesforce.com", "https://login-salesforce.com", "https://login.salesforce.co",
            "https://xlogin.salesforce.com", "https://login.salesforce.com.my.salesforce.com.evil.com",
            "https://my.salesforce.com", "https://acme.salesforce.com", "https://acme.my.salesforce.com.evil.com",
            "https://acmemy.salesforce.com", "https://acme.my-salesforce.com", "https://a.b.my.salesforce.com",
            "https://acme.lightning.force.com", "https://acme.my.salesforce-setup.com", "https://acme.my.site.com",
            "https://acme--uat.my.salesforce.com", "https://acme.sandbox.my.salesforce.com",
            "https://acme--a--b.sandbox.my.salesforce.com", "https://acme.other.my.salesforce.com",
            "https://a.b.develop.my.salesforce.com", "https://xn--acme-xyz.my.salesforce.com",
            "https://xn--acme-xyz.develop.my.salesforce.com", "https://xn--lgin-pqa.salesforce.com",
            "https://acme.lightning.crmforce.mil", "https://login.salesforce.mil", "https://acme.salesforce.mil",
            "https://acme--uat.my.salesforce.mil", "https://acme.my.salesforce.mil.evil.com",
            "https://acme.my.salesforce.mil:8443",
            "https://127.0.0.1.evil.com", "https://localhost.evil.com", "https://evil.localhost",
            "https://10.0.0.1", "https://169.254.169.254", "https://128.0.0.1", "https://0.0.0.0", "https://[::]",
            "https://[fe80::1]", "https://[::ffff:7f00:1]", "https://[0:0:0:0:0:0:0:1]",
            "https://login.salesforce.com:8443", "https://acme.my.salesforce.com:80",
            "https://acme.my.salesforce.com:1",
            "http://acme.my.salesforce.com:443",
        ])
    func foreign(_ text: String) {
        #expect(thrown { try LoginHost(text) }?.cause == .hostNotAllowed)
    }

    @Test(
        "A text that two parsers could read differently is not a host",
        arguments: [
            "", " ", "https://", "https:///", "https:login.salesforce.com", "https:/login.salesforce.com",
            "//login.salesforce.com", "ftp://login.salesforce.com", "javascript://login.salesforce.com",
            "file:///etc/passwd", "https://https://login.salesforce.com",
            // user information
            "https://user@login.salesforce.com", "https://x.my.salesforce.com@evil.com",
            "https://evil.com@x.my.salesforce.com", "https://user:pw@login.salesforce.com",
            "https://@login.salesforce.com",
            // more than a host
            "https://login.salesforce.com/services", "https://login.salesforce.com//", "https://login.salesforce.com?x",
            "https://login.salesforce.com#x", "https://login.salesforce.com\\@evil.com",
            "https:\\\\login.salesforce.com",
            "https://login.salesforce.com%2eevil.com", "https://login%2esalesforce.com",
            "https://evil.com%00.my.salesforce.com",
            // white space and control characters
            " https://login.salesforce.com", "https://login.salesforce.com ", "https://login .salesforce.com",
            "https://login.salesforce.com\n", "https://login.salesforce.com\t", "https://login.salesforce.com\u{0}",
            // Unicode that is normalised to something else
            "https://login。salesforce.com", "https://login．salesforce.com", "https://login｡salesforce.com",
            "https://lоgin.salesforce.com", "https://ⓛogin.salesforce.com", "https://login.salesforce.com\u{200B}",
            "https://acme.my.ſalesforce.com", "https://①27.0.0.1",
            // labels
            "https://login..salesforce.com", "https://.login.salesforce.com", "https://login.salesforce.com..",
            "https://--uat.sandbox.my.salesforce.com", "https://acme--.sandbox.my.salesforce.com",
            "https://-acme.my.salesforce.com", "https://acme-.my.salesforce.com", "https://ac_me.my.salesforce.com",
            "https://ac+me.my.salesforce.com", "https://*.my.salesforce.com",
            "https://\(String(repeating: "a", count: 64)).my.salesforce.com",
            "https://\(String(repeating: "a.", count: 130))my.salesforce.com",
            // numbers that some parsers read as addresses
            "http://127.1", "http://0x7f.1", "http://0x7f.0.0.1", "http://0x7f000001", "http://2130706433",
            "http://017700000001", "http://0177.0.0.1", "http://127.0.0.01", "http://127.0.0.256", "http://127.0.0.1.1",
            "http://127.0.0.+1", "http://127.0.0.0x1", "http://1.2.3",
            // ports
            "https://login.salesforce.com:", "https://login.salesforce.com:0", "https://login.salesforce.com:65536",
            "https://login.salesforce.com:0443", "https://login.salesforce.com:+443",
            "https://login.salesforce.com:443x",
            "https://login.salesforce.com:443:443", "https://login.salesforce.com:-1",
            "https://login.salesforce.com:٤٤٣",
            "https://:443",
            // brackets
            "https://::1", "https://[::1", "https://::1]", "https://[::1]443", "https://[::1]:", "https://[]",
            "https://[login.salesforce.com]", "https://[127.0.0.1]", "https://[::1%lo]", "https://[1::2::3]",
            "https://[:::1]", "https://[12345::]", "https://[1:2:3:4:5:6:7]", "https://[1:2:3:4:5:6:7:8:9]",
            "https://[:1]", "https://[::1.]",
        ])
    func malformed(_ text: String) {
        #expect(thrown { try LoginHost(text) }?.cause == .loginHostMalformed)
    }

    @Test(
        "Plain http goes to this machine only",
        arguments: [
            "http://login.salesforce.com", "http://acme.my.salesforce.com", "http://acme.my.salesforce.com:80",
            "http://allowed.example", "http://allowed.example:80",
        ])
    func clearText(_ text: String) throws {
        let allowed = [try AllowedHost("allowed.example"), try AllowedHost("allowed.example:80")]
        #expect(thrown { try LoginHost(text, allowing: allowed) }?.cause == .clearTextRefused)
    }

    @Test(
        "An allowed host is allowed by its exact name and port",
        arguments: [
            ("org.example", "https://org.example", true), ("org.example", "https://ORG.example.", true),
            ("org.example", "https://org.example:443", true), ("org.example:443", "https://org.example", true),
            ("ORG.Example:8443", "https://org.example:8443", true), ("10.0.0.1:8443", "https://10.0.0.1:8443", true),
            ("[fe80::1]:8443", "https://[fe80::1]:8443", true),
            ("xn--kse-qla.example", "https://xn--kse-qla.example", true),
            ("acme.my.salesforce.com:8443", "https://acme.my.salesforce.com:8443", true),
            ("org.example", "https://org.example:8443", false), ("org.example:8443", "https://org.example", false),
            ("org.example", "https://sub.org.example", false), ("org.example", "https://xorg.example", false),
            ("sub.org.example", "https://org.example", false), ("org.example", "https://org.example.evil.com", false),
        ])
    func allowed(_ allowed: String, _ text: String, _ isAllowed: Bool) throws {
        let hosts = [try AllowedHost(allowed)]
        if isAllowed {
            #expect(try LoginHost(text, allowing: hosts).form == .allowed)
        } else {
            #expect(thrown { try LoginHost(text, allowing: hosts) }?.cause == .hostNotAllowed)
        }
    }

    @Test(
        "A stored allowed host is read back, also one that a former version stored without brackets",
        arguments: [
            ("org.example", "org.example"), ("org.example:8443", "org.example:8443"), ("10.0.0.1", "10.0.0.1"),
            ("[2001:db8::1]:8443", "[2001:db8::1]:8443"), ("[::1]", "[::1]"), ("2001:db8::1", "[2001:db8::1]"),
            ("2001:db8::1:18443", "[2001:db8::1]:18443"), ("1:2:3:4:5:6:7:8:443", "[1:2:3:4:5:6:7:8]"),
            ("2001:db8::1:8443", "[2001:db8::1:8443]"),
        ])
    func stored(_ text: String, _ expected: String) throws {
        let read = try JSONDecoder().decode([AllowedHost].self, from: JSONEncoder().encode([text]))
        #expect(read.map(\.description) == [expected])
        let again = try JSONDecoder().decode([AllowedHost].self, from: JSONEncoder().encode(read))
        #expect(again == read)
    }

    @Test("A Salesforce host keeps its form even if the operator allows it")
    func allowedSalesforce() throws {
        let allowed = [try AllowedHost("acme.my.salesforce.com")]
        #expect(try LoginHost("acme.my.salesforce.com", allowing: allowed).form == .production)
    }

    @Test(
        "A host is not allowed by pattern, URL or half a name",
        arguments: [
            "*", "*.example", "org.*", "https://org.example", "org.example/", "org.example/x", "user@org.example", "",
            "org example", "org.example:0", "org.example:port", "127.1", "org..example", "käse.example",
        ])
    func notAllowable(_ text: String) {
        #expect(thrown { try AllowedHost(text) }?.cause == .loginHostMalformed)
    }

    @Test(
        "An error never shows the username or the password of a URL",
        arguments: [
            ("https://user:hunter2@login.salesforce.com", "https://«secret removed»@login.salesforce.com"),
            ("user:hunter2@login.salesforce.com", "«secret removed»@login.salesforce.com"),
            ("https://user:hunt/er2@acme.my.salesforce.com", "https://«secret removed»@acme.my.salesforce.com"),
            ("https://us@er:hunter2@acme.my.salesforce.com/x", "https://«secret removed»@acme.my.salesforce.com/x"),
            ("https://user:hünter2@acme.my.salesforce.com", "https://«secret removed»@acme.my.salesforce.com"),
        ])
    func userInformation(_ text: String, _ shown: String) throws {
        let errors = [
            thrown { try LoginHost(text) }, thrown { try LoginHost(anyHost: text) }, thrown { try HostText(text) },
        ]
        for error in errors {
            #expect(error?.cause == .loginHostMalformed)
            #expect(error?.subject == shown)
            #expect(error?.debugDescription.contains("er2") == false)
        }
        let allowed = thrown { try AllowedHost(text) }
        #expect(allowed?.cause == .loginHostMalformed)
        #expect(allowed?.subject?.hasSuffix(shown) == true)
    }
}
