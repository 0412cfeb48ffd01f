import Testing

@testable import OrgSimulator

@Suite("Faults in the middle of a retrieve")
struct JobInterruptionTests {
    private static let soap = "/services/Soap/m/"

    private func org(_ kind: Fault.Kind, operation: String = "checkRetrieveStatus", after: Int = 0) async throws
        -> ConditionedOrg
    {
        let org = try await ConditionedOrg()
        try await org.org.save(
            #"""
            {"faults":[{"prefix":"\#(Self.soap)","operation":"\#(operation)","kind":"\#(kind.rawValue)","after":\#(after)}]}
            """#)
        return org
    }

    @Test(
        "A status call meets the fault, the job goes on",
        arguments: [(Fault.Kind.answer, 503), (.maintenance, 503), (.html, 200)])
    func page(_ kind: Fault.Kind, _ status: Int) async throws {
        let org = try await org(kind, after: 1)
        let id = try await org.startRetrieve([("Role", ["*"])])
        #expect(try await org.status(id).content.child("result")?.value("status") == "Pending")
        let request = org.statusRequest(id)
        let answer = await org.org.simulation.answer(request).answer
        #expect(answer.status == status)
        #expect(answer.contentType == "text/html; charset=UTF-8")
        #expect(answer.operation == "checkRetrieveStatus")
        org.org.wall.advance(5)
        #expect(try await org.status(id).content.child("result")?.value("status") == "Succeeded")
    }

    @Test("The session ends before a status call; with a new token, the job goes on")
    func endedSession() async throws {
        let org = try await org(.endSession, after: 1)
        let id = try await org.startRetrieve([("Role", ["*"])])
        #expect(try await org.status(id).content.child("result")?.value("status") == "Pending")
        let (refused, answer) = try await org.status(id)
        #expect(answer.status == 500)
        #expect(refused.value("faultcode") == "sf:INVALID_SESSION_ID")
        #expect(try await org.status(id).content.value("faultcode") == "sf:INVALID_SESSION_ID")
        let record = try #require(await org.org.simulation.history.requests.dropLast().last)
        #expect(record.fault == "endSession")
        let request = try TokenCase()
        let token = await org.org.signIn(request, assertion: try await request.assertion()).accessToken
        #expect(token != org.session.token)
        let renewed = MetadataSession(org: org.org, token: token)
        org.org.wall.advance(5)
        let status = try await renewed.call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        #expect(status.content.child("result")?.value("status") == "Succeeded")
    }

    @Test("The session of a REST request ends too")
    func endedRESTSession() async throws {
        let org = try await ConditionedOrg()
        try await org.org.save(#"{"faults":[{"path":"/services/data/v67.0/limits","kind":"endSession"}]}"#)
        let token = org.session.token
        #expect(await org.org.send("GET", "/services/data/v67.0/limits", token: token).status == 401)
        #expect(await org.org.send("GET", "/services/data/v67.0/limits", token: token).status == 401)
    }

    @Test("An archive whose answer is lost has been delivered")
    func lostArchive() async throws {
        let org = try await org(.drop)
        let id = try await org.startRetrieve([("Role", ["*"])])
        org.org.wall.advance(5)
        #expect(try await org.status(id).answer.delivery.manner == .dropped)
        #expect(
            try await org.status(id).content.value("faultstring")
                == "INVALID_LOCATOR: Retrieve result has been deleted.")
    }

    @Test("A fault of one operation neither hits nor counts the others")
    func operation() async throws {
        let org = try await org(.answer, operation: "retrieve", after: 1)
        #expect(try await org.rows("Role", "Queue").count == 3)
        _ = try await org.startRetrieve([("Role", ["*"])])
        #expect(await org.org.simulation.state.faults.map(\.after) == [0])
        #expect(try await org.rows("Role").count == 2)
        #expect(await org.org.simulation.answer(org.statusRequest("x", "retrieve")).answer.status == 503)
        #expect(await org.org.simulation.state.faults.isEmpty)
    }

    @Test("An empty operation is rejected")
    func emptyOperation() async throws {
        let org = try TestOrg(.harbourBikes)
        await #expect(throws: StateProblem("faults[0].operation is empty.")) {
            try await org.save(#"{"faults":[{"path":"/","operation":""}]}"#)
        }
    }
}

extension ConditionedOrg {
    /// A request whose answer need not be XML.
    fileprivate func statusRequest(_ id: String, _ operation: String = "checkRetrieveStatus") -> OrgRequest {
        let envelope = """
            <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns="http://soap.sforce.com/2006/04/metadata">
            <e:Header><SessionHeader><sessionId>\(session.token)</sessionId></SessionHeader></e:Header>
            <e:Body><\(operation)><asyncProcessId>\(id)</asyncProcessId></\(operation)></e:Body></e:Envelope>
            """
        return OrgRequest(
            method: "POST", target: "/services/Soap/m/67.0", host: "harbour-bikes.my.salesforce.com",
            body: Array(envelope.utf8), sourceAddress: "192.0.2.7")
    }
}
