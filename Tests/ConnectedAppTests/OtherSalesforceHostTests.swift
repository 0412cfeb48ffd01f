import ConnectedAppTesting
import Testing

@testable import ConnectedApp

@Suite("Salesforce hosts that are not login hosts")
struct OtherSalesforceHostTests {
    typealias Kind = OtherSalesforceHost.Kind

    static let determiningNames: [(host: String, kind: Kind, loginHost: String)] = [
        ("acme.lightning.force.com", .lightning, "https://acme.my.salesforce.com"),
        ("acme-dev-ed.lightning.force.com", .lightning, "https://acme-dev-ed.my.salesforce.com"),
        ("acme--dev.sandbox.lightning.force.com", .lightning, "https://acme--dev.sandbox.my.salesforce.com"),
        ("acme-dev-ed.develop.lightning.force.com", .lightning, "https://acme-dev-ed.develop.my.salesforce.com"),
        ("acme-1.scratch.lightning.force.com", .lightning, "https://acme-1.scratch.my.salesforce.com"),
        ("acme.demo.lightning.force.com", .lightning, "https://acme.demo.my.salesforce.com"),
        ("acme.patch.lightning.force.com", .lightning, "https://acme.patch.my.salesforce.com"),
        ("acme.trailblaze.lightning.force.com", .lightning, "https://acme.trailblaze.my.salesforce.com"),
        ("acme.my.salesforce-setup.com", .setup, "https://acme.my.salesforce.com"),
        ("acme--dev.sandbox.my.salesforce-setup.com", .setup, "https://acme--dev.sandbox.my.salesforce.com"),
        ("acme-dev-ed.develop.my.salesforce-setup.com", .setup, "https://acme-dev-ed.develop.my.salesforce.com"),
        ("acme--c.vf.force.com", .visualforce, "https://acme.my.salesforce.com"),
        ("acme--apttus-config.vf.force.com", .visualforce, "https://acme.my.salesforce.com"),
        ("acme--dev--pkg.sandbox.vf.force.com", .visualforce, "https://acme--dev.sandbox.my.salesforce.com"),
        ("acme-dev-ed--c.develop.vf.force.com", .visualforce, "https://acme-dev-ed.develop.my.salesforce.com"),
        ("acme--c.container.force.com", .containerComponent, "https://acme.my.salesforce.com"),
        (
            "acme--dev--c.sandbox.container.force.com", .containerComponent,
            "https://acme--dev.sandbox.my.salesforce.com"
        ),
        ("acme.file.force.com", .content, "https://acme.my.salesforce.com"),
        ("acme--dev.sandbox.file.force.com", .content, "https://acme--dev.sandbox.my.salesforce.com"),
        ("acme.lightning.crmforce.mil", .lightning, "https://acme.my.salesforce.mil"),
        ("acme--dev.sandbox.lightning.crmforce.mil", .lightning, "https://acme--dev.sandbox.my.salesforce.mil"),
        ("acme.lightning.force.mil", .lightning, "https://acme.my.salesforce.mil"),
        ("acme.my.salesforce-setup.mil", .setup, "https://acme.my.salesforce.mil"),
    ]

    @Test("A name that determines the My Domain leads to it, in the form of its org", arguments: determiningNames)
    func determined(_ row: (host: String, kind: Kind, loginHost: String)) throws {
        let other = try #require(OtherSalesforceHost(row.host))
        #expect(other.kind == row.kind)
        #expect(other.loginHost?.description == row.loginHost)
    }

    static let otherNames: [(host: String, kind: Kind)] = [
        // an instance, or an older form with one
        ("eu5.lightning.force.com", .lightning), ("na139.lightning.force.com", .lightning),
        ("acme.eu5.lightning.force.com", .lightning), ("usa2s.my.salesforce-setup.com", .setup),
        ("na139--c.vf.force.com", .visualforce),
        // no sandbox without its name, no name without its form
        ("acme--dev.lightning.force.com", .lightning), ("acme.sandbox.lightning.force.com", .lightning),
        ("acme--a--b.sandbox.lightning.force.com", .lightning), ("acme.other.lightning.force.com", .lightning),
        ("a.b.develop.lightning.force.com", .lightning), ("xn--acme-xyz.lightning.force.com", .lightning),
        ("acme--dev.my.salesforce-setup.com", .setup),
        // a package too many or too few
        ("acme.vf.force.com", .visualforce), ("acme--dev--c.vf.force.com", .visualforce),
        ("acme--dev.sandbox.vf.force.com", .visualforce), ("acme--dev--c--d.sandbox.vf.force.com", .visualforce),
        ("acme---c.vf.force.com", .visualforce), ("xn--c.vf.force.com", .visualforce),
        // names of other rules
        ("acme--c.visualforce.com", .visualforce), ("acme--c.na139.visual.force.com", .visualforce),
        ("c.na139.visual.force.com", .visualforce), ("acme--c.visualforce.mil", .visualforce),
        ("acme--c.vf.force.mil", .visualforce), ("acme--c.container.lightning.com", .containerComponent),
        ("acme--c.documentforce.com", .content), ("acme--c.na139.content.force.com", .content),
        ("acme.my.site.com", .experienceCloud), ("acme--dev.sandbox.my.site.com", .experienceCloud),
        ("acme.force.com", .experienceCloud), ("dev-acme.cs77.force.com", .experienceCloud),
        ("acme.experience.crmforce.mil", .experienceCloud),
        ("acme.builder.salesforce-experience.com", .experienceBuilder), ("acme.live.siteforce.com", .experienceBuilder),
        ("acme.my.salesforce-sites.com", .salesforceSites), ("acme.secure.force.com", .salesforceSites),
        ("na139.salesforce.com", .instance), ("cs77.salesforce.com", .instance),
        ("usa2s.sfdc-abc123.salesforce.com", .instance),
        ("acme--dev.my.salesforce.com", .unknownMyDomain), ("acme--dev.cs77.my.salesforce.com", .unknownMyDomain),
        ("acme.other.my.salesforce.mil", .unknownMyDomain),
    ]

    @Test("A name that does not determine the My Domain leads to none", arguments: otherNames)
    func undetermined(_ row: (host: String, kind: Kind)) throws {
        let other = try #require(OtherSalesforceHost(row.host))
        #expect(other.kind == row.kind)
        #expect(other.loginHost == nil)
    }

    static let lookAlikes = [
        "acme.lightning.force.com.evil.example", "acme.my.salesforce-setup.com.evil.example",
        "lightning.force.com.evil",
        "acme.lightning-force.com", "acmelightning.force.com.example", "acme.notlightning.force.com",
        "acme.lightning.force.co", "acme.my.notsalesforce-setup.com", "acme.notvisualforce.com", "notforce.com",
        "acme.vf.force.com.mcas.ms", "lightning.force.com", "my.salesforce.com", "my.site.com", "visualforce.com",
        "force.com", "salesforce.com", "www.salesforce.com", "evil-login.salesforce.com", "acme.salesforce.com",
        "na139.acme.salesforce.com", "login.salesforce.mil", "evil.example", "10.0.0.1", "",
    ]

    @Test("A look-alike stays unknown, and so does a host that serves no org", arguments: lookAlikes)
    func foreign(_ host: String) { #expect(OtherSalesforceHost(host) == nil) }

    @Test("A site whose name contains the name of another kind of host is a site, and leads to no login host")
    func siteNamedLikeAService() {
        #expect(OtherSalesforceHost("notlightning.force.com")?.kind == .experienceCloud)
        #expect(OtherSalesforceHost("notlightning.force.com")?.loginHost == nil)
    }

    @Test("The rows above contain each kind of host, and each kind has its own text")
    func complete() {
        let hosts = (Self.determiningNames.map(\.host) + Self.otherNames.map(\.host)).compactMap(
            OtherSalesforceHost.init)
        #expect(Set(hosts.map(\.kind)).count == Kind.allCases.count)
        #expect(Set(hosts.map(\.detail)).count == Kind.allCases.count)
    }

    // MARK: Errors

    @Test(
        "The error says what the host is and names the My Domain, for any spelling of the address",
        arguments: [
            "acme.lightning.force.com", "https://ACME.lightning.force.com./", "http://acme.lightning.force.com",
            "https://acme.lightning.force.com:443",
        ])
    func offered(_ text: String) {
        let error = thrown { try LoginHost(text) }
        #expect(error?.cause == .hostNotAllowed)
        #expect(
            error?.description
                == "acme.lightning.force.com: This host serves Lightning Experience. It is not a login host, so aprity "
                + "sends nothing to it.")
        #expect(
            error?.remedy
                == "Use the org's My Domain as login host. Judging by this name, it is https://acme.my.salesforce.com; check it in "
                + "Setup > Quick Find: My Domain > Current My Domain URL.")
    }

    @Test("If the name does not determine the My Domain, the error says where Setup shows it")
    func asked() {
        let error = thrown { try LoginHost("https://acme.my.site.com") }
        #expect(error?.cause == .hostNotAllowed)
        #expect(
            error?.remedy
                == "Use the org's My Domain as login host. It is shown in Setup > Quick Find: My Domain > Current My Domain URL."
        )
    }

    @Test("If the host may be a My Domain of an older form, the error says how to allow it")
    func olderForm() {
        let error = thrown { try LoginHost("https://acme--dev.cs77.my.salesforce.com") }
        #expect(error?.cause == .hostNotAllowed)
        #expect(
            error?.remedy
                == "Use the org's My Domain as login host. It is shown in Setup > Quick Find: My Domain > Current My Domain URL. "
                + "If exactly this host is shown there, allow it with --allow-host and set --audience.")
    }

    @Test("A foreign host is rejected with the text of the table")
    func unknown() {
        let error = thrown { try LoginHost("https://acme.lightning.force.com.evil.example") }
        #expect(error?.cause == .hostNotAllowed)
        #expect(error?.detail == nil)
        #expect(error?.remedy == Cause.hostNotAllowed.entry.remedy)
    }

    @Test("A login host with a port is rejected for the port")
    func port() {
        let error = thrown { try LoginHost("https://acme.my.salesforce.com:8443") }
        #expect(error?.cause == .hostNotAllowed)
        #expect(error?.remedy == "Omit the port: https://acme.my.salesforce.com.")
    }

    @Test("A host that the operator allows is used, whatever it serves")
    func allowed() throws {
        let allowed = [try AllowedHost("acme.lightning.force.com")]
        #expect(try LoginHost("https://acme.lightning.force.com", allowing: allowed).form == .allowed)
    }
}
