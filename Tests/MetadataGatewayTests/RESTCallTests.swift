import Testing

@testable import MetadataGateway

/// What the gateway forwards of REST, and in which form.
@Suite("REST calls of clients")
struct RESTCallTests {
    private static func target(_ method: String, _ target: String) -> Result<String, Refusal> {
        Result { () throws(Refusal) in
            try RESTCall(method: method, target: target, hasBody: false, overridesMethod: false, as: .anything).target
        }
    }

    private static func code(_ method: String, _ target: String) -> Refusal.Code? {
        guard case .failure(let refusal) = self.target(method, target) else { return nil }
        return refusal.code
    }

    @Test(
        "A call that reads is forwarded in one form",
        arguments: [
            ("/services/data", "/services/data/"), ("/services/data/", "/services/data/"),
            ("/services/data/v66.0", "/services/data/v66.0/"), ("/services/data/v60.0/", "/services/data/v60.0/"),
            ("/services/data/v66.0/limits", "/services/data/v66.0/limits"),
            ("/services/data/v66.0/limits/", "/services/data/v66.0/limits"),
            ("/services/data/v66.0/sobjects", "/services/data/v66.0/sobjects"),
            ("/services/data/v66.0/sobjects/Account/describe", "/services/data/v66.0/sobjects/Account/describe"),
            ("/services/data/v66.0/sobjects/Bike__c/describe/", "/services/data/v66.0/sobjects/Bike__c/describe"),
            ("/services/data/v66.0/tooling/sobjects", "/services/data/v66.0/tooling/sobjects"),
            (
                "/services/data/v66.0/tooling/sobjects/ApexClass/describe",
                "/services/data/v66.0/tooling/sobjects/ApexClass/describe"
            ),
            (
                "/services/data/v66.0/query?q=select+Id%2CName%20from+ApexClass",
                "/services/data/v66.0/query?q=SELECT%20Id%2C%20Name%20FROM%20ApexClass"
            ),
            (
                "/services/data/v66.0/tooling/query/?q=SELECT+c.Metadata+FROM+CustomField+c+WHERE+Id%3D'00N1'",
                "/services/data/v66.0/tooling/query?q=SELECT%20Metadata%20FROM%20CustomField%20WHERE%20Id%20%3D%20%2700N1%27"
            ),
            (
                "/services/data/v66.0/query/" + Ticket(.sample).text(for: "01gD0000002HU6KIAW-2000", .page),
                "/services/data/v66.0/query/01gD0000002HU6KIAW-2000"
            ),
        ])
    func forwarded(_ given: String, _ sent: String) {
        #expect(Self.target("GET", given) == .success(sent))
    }

    @Test(
        "Every other method is refused, whatever its address",
        arguments: [
            "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "GET ", "QUERY", "",
        ])
    func methods(_ method: String) {
        #expect(Self.code(method, "/services/data/") == .readOnly)
        #expect(Self.code(method, "/services/data/v66.0/sobjects/Account") == .readOnly)
    }

    @Test("A body, and a header that asks for another method, are refused")
    func bodies() {
        let target = "/services/data/v66.0/limits"
        #expect(throws: Refusal.self) {
            try RESTCall(method: "GET", target: target, hasBody: true, overridesMethod: false, as: .anything)
        }
        #expect(throws: Refusal.self) {
            try RESTCall(method: "GET", target: target, hasBody: false, overridesMethod: true, as: .anything)
        }
    }

    @Test(
        "An address that is not known is refused",
        arguments: [
            "", "/", "*", "services/data/", "http://acme.my.salesforce.com/services/data/", "/services",
            "/services/Soap/u/66.0",
            "/services/oauth2/token", "/services/oauth2/revoke?token=x", "/secur/frontdoor.jsp?sid=x",
            "/services/apexrest/Bikes", "/services/data/v66.0/sobjects/Account",
            "/services/data/v66.0/sobjects/Account/001000000000001AAA", "/services/data/v66.0/sobjects/Account/updated",
            "/services/data/v66.0/sobjects/Account/describe/layouts", "/services/data/v66.0/sobjects/Account/Describe",
            "/services/data/v66.0/search?q=FIND", "/services/data/v66.0/queryAll?q=SELECT+Id+FROM+ApexClass",
            "/services/data/v66.0/parameterizedSearch", "/services/data/v66.0/composite",
            "/services/data/v66.0/composite/batch", "/services/data/v66.0/jobs/query",
            "/services/data/v66.0/tooling/executeAnonymous?anonymousBody=delete",
            "/services/data/v66.0/tooling/executeAnonymous/", "/services/data/v66.0/tooling/runTestsAsynchronous",
            "/services/data/v66.0/tooling/runTestsSynchronous", "/services/data/v66.0/tooling/limits",
            "/services/data/v66.0/tooling/tooling/query?q=SELECT+Id+FROM+ApexClass",
            "/services/data/v66.0/metadata/deployRequest", "/services/data/v66.0/analytics/reports",
            "/services/data/v66.0/ui-api/records", "/services/data/v66.0/connect/organization",
            "/services/data/v66.0/chatter/users/me", "/services/data/v66.0/recent", "/services/data/v66.0/actions",
            "/services/data/v66.0/wave", "/services/data/v66.0/limits/recordCount",
            "/services/data/v66.0/limits?_HttpMethod=DELETE", "/services/data/v66.0/sobjects?x=1",
            "/services/data//v66.0/limits", "//services/data/", "/services/data/v66.0/limits//",
            "/services/data/v66.0/./limits", "/services/data/v66.0/../v66.0/limits", "/services/data/v66.0/%6cimits",
            "/services/data/v66.0/limits%2f", "/services/data/v66.0/limits;x", "/services/data/v66.0\\limits",
            "/services/data/v66.0/limits#x", "/services/data/v66.0/limits%00", "/services/data/v66.0/limits\u{0}",
            "/Services/Data/v66.0/limits", "/services/data/V66.0/limits", "/services/data/v66/limits",
            "/services/data/v066.0/limits", "/services/data/66.0/limits", "/services/data/v66.1/limits",
            "/services/data/v66.0/query/../sobjects/Account", "/services/data/v66.0/sobjects/1x/describe",
            "/services/data/v66.0/sobjects/a-b/describe",
            "/services/data/v66.0/sobjects/\(String(repeating: "a", count: 81))/describe",
        ])
    func unknown(_ target: String) {
        #expect(Self.code("GET", target) == .readOnly)
    }

    @Test("Versions that were not looked at are refused", arguments: ["v30.0", "v68.0", "v100.0", "v999.0"])
    func versions(_ version: String) {
        #expect(Self.code("GET", "/services/data/\(version)/limits") == .notAllowed)
    }

    @Test(
        "A query has one parameter, q",
        arguments: [
            "", "?", "?Q=SELECT+Id+FROM+ApexClass", "?q", "?q=SELECT+Id+FROM+ApexClass&q=SELECT+Id+FROM+Account",
            "?q=SELECT+Id+FROM+ApexClass&_HttpMethod=PATCH", "?_HttpMethod=PATCH&q=SELECT+Id+FROM+ApexClass",
            "?q=SELECT+Id+FROM+ApexClass&", "?&q=SELECT+Id+FROM+ApexClass", "?q=%zz", "?q=%2", "?q=%ff%fe",
            "?explain=SELECT+Id+FROM+ApexClass",
        ])
    func parameters(_ parameters: String) {
        #expect(Self.code("GET", "/services/data/v66.0/query\(parameters)") != nil)
    }

    @Test("A refusal shows nothing of the request but names")
    func messages() {
        guard case .failure(let refusal) = Self.target("GET", "/services/data/v66.0/query?q=SELECT+Id+FROM+Secret__c")
        else {
            Issue.record("The query was forwarded.")
            return
        }
        #expect(refusal == Refusal(.notAllowed, "Clients may not query the object Secret__c here."))
        #expect(Refusal.shown("<script>") == "(a text that is no name)")
        #expect(Refusal.shown(String(repeating: "a", count: 81)) == "(a text that is no name)")
    }

    @Test(
        "A page whose address is no ticket of the client is refused",
        arguments: [
            "01g", "01gD0000002HU6KIAW-x", "01gD0000002HU6KIAW-2000",
            Ticket(.other).text(for: "01gD0000002HU6KIAW-2000", .page),
            Ticket(.sample).text(for: "09S000000000001AAA", .retrieve),
        ])
    func pages(_ locator: String) {
        #expect(Self.code("GET", "/services/data/v66.0/query/\(locator)") == .notAllowed)
    }
}
