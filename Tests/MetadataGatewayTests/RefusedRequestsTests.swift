import MetadataAPI
import Testing

@testable import MetadataGateway

/// Every request of ``RefusedRequests`` is refused.
@Suite("Requests that must be refused")
struct RefusedRequestsTests {
    @Test("No spelling of a REST call that is not allowed is accepted")
    func rest() {
        let accepted = RefusedRequests.rest.compactMap { request in
            try? RESTCall(
                method: request.method, target: request.target, hasBody: request.hasBody,
                overridesMethod: request.overridesMethod, as: .anything)
        }
        #expect(accepted == [])
    }

    @Test("The calls that these are made of are accepted")
    func reading() {
        for target in RefusedRequests.reading {
            #expect(throws: Never.self) {
                try RESTCall(method: "GET", target: target, hasBody: false, overridesMethod: false, as: .anything)
            }
        }
    }

    @Test("No place of a query lets a secret out")
    func queries() {
        for endpoint in [QueryEndpoint.data, .tooling] {
            let accepted = RefusedRequests.queries.filter { (try? ReadableQuery($0, at: endpoint)) != nil }
            #expect(accepted == [])
        }
    }

    @Test("No cover of a SOAP call is taken for the call")
    func soap() {
        let accepted = RefusedRequests.soap.filter {
            (try? SOAPRequest(path: "/services/Soap/m/66.0", body: Array($0.utf8)).call(as: .anything)) != nil
        }
        #expect(accepted == [])
    }

    @Test("There are at least 900 of them")
    func count() {
        let rest = RefusedRequests.rest.map { "\($0.method) \($0.target) \($0.hasBody) \($0.overridesMethod)" }
        let all = rest + RefusedRequests.queries + RefusedRequests.soap
        #expect(Set(all).count >= 900)
    }

    @Test("An accepted call is accepted again in the form in which it is sent")
    func sent() throws {
        // What is sent for a page has the org's locator, which is no ticket.
        for target in RefusedRequests.reading where !target.contains("/query/") {
            let call = try RESTCall(
                method: "GET", target: target, hasBody: false, overridesMethod: false, as: .anything)
            let again = try RESTCall(
                method: "GET", target: call.target, hasBody: false, overridesMethod: false, as: .anything)
            #expect(again == call)
        }
        let bodies = [
            "<describeMetadata/>",
            "<listMetadata><queries><type>Report</type><folder>A</folder></queries></listMetadata>",
            "<retrieve><r><unpackaged><types><members>*</members><members>&lt;&amp;</members><name>ApexClass</name></types></unpackaged></r></retrieve>",
        ]
        for body in bodies {
            let request = try SOAPRequest(
                path: "/services/Soap/m/66.0", body: Array(RefusedRequests.envelope(body).utf8))
            let call = try request.call(as: .anything)
            let again = try SOAPRequest(
                path: SOAPEnvelope.path(request.version), body: SOAPEnvelope(call.call).body(sessionID: "x"))
            #expect(try again.call(as: .anything) == call)
            #expect(again.version == request.version)
        }
    }
}
