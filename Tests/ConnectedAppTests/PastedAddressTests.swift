import Testing

@testable import ConnectedApp

@Suite("Pasted addresses of an org")
struct PastedAddressTests {
    static let addresses = [
        "https://acme.lightning.force.com/lightning/page/home": "https://acme.my.salesforce.com",
        "https://acme.my.salesforce.com/secur/frontdoor.jsp?sid=00DSECRET!x&retURL=/": "https://acme.my.salesforce.com",
        "acme.my.salesforce-setup.com/lightning/setup/SetupOneHome/home#top": "https://acme.my.salesforce.com",
        " https://acme--dev.sandbox.lightning.force.com ": "https://acme--dev.sandbox.my.salesforce.com",
        "https://ACME.my.salesforce.com": "https://acme.my.salesforce.com",
        "https://login.salesforce.com/?locale=de": "https://login.salesforce.com",
        "http://127.0.0.1:7412/lightning/setup": "http://127.0.0.1:7412",
    ]

    @Test("The address of a page of the org leads to the org's login host", arguments: addresses)
    func loginHost(_ text: String, _ host: String) throws {
        #expect(try PastedAddress(text).loginHost.description == host)
    }

    @Test("The derivation is given only if the host is not the login host itself")
    func derivation() throws {
        #expect(try PastedAddress("https://acme.my.salesforce.com/home").derivation == nil)
        let derived = try PastedAddress("https://acme.lightning.force.com/home").derivation
        #expect(derived?.contains("the org's login host is acme.my.salesforce.com.") == true)
    }

    @Test(
        "An address that does not determine a login host is rejected without its path",
        arguments: [
            ("https://na139.salesforce.com/home?sid=SECRET", Cause.hostNotAllowed),
            ("https://acme.example/?sid=SECRET", .hostNotAllowed), ("/home?sid=SECRET", .loginHostMalformed),
            ("https://user:SECRET@acme.my.salesforce.com/", .loginHostMalformed), ("", .loginHostMalformed),
        ])
    func rejected(_ text: String, _ cause: Cause) {
        let error = #expect(throws: ConnectedAppError.self) { try PastedAddress(text) }
        #expect(error?.cause == cause)
        let text = error?.description ?? ""
        #expect(!text.contains("sid"))
    }
}
