import Foundation

@testable import OrgSimulator

/// An admin who uses Setup without a browser.
struct SetupClient: Sendable {
    static let host = "harbour-bikes.my.salesforce.com"

    let org: TestOrg

    init(_ change: (inout SimulatorState) throws -> Void = { _ in }) throws {
        var state = SimulatorState.harbourBikes
        try change(&state)
        org = try TestOrg(state)
    }

    /// Returns a client of an org with one app of the kind, as the guides set it up.
    static func withApp(_ kind: App.Kind) throws -> SetupClient {
        try SetupClient { state in
            var app = try App.approved()
            app.kind = kind
            app.contactEmail = "owner@harbour-bikes.example"
            app.callbackURL = "https://login.salesforce.com/services/oauth2/callback"
            state.orgs[0].apps = [app]
            state.switches.propagation = .instant
        }
    }

    func get(_ path: String, host: String = host) async -> OrgAnswer { await org.send("GET", path, host: host) }

    /// Sends a form with the token of its page.
    func post(
        _ path: String, _ fields: [(String, String)] = [], origin: String? = "https://\(host)", token: String? = nil
    ) async -> OrgAnswer {
        let token = await given(token)
        let pairs = ([(SetupForm.tokenField, token)] + fields).map { "\($0)=\(TestOrg.escaped($1))" }
        return await send(
            path, Array(pairs.joined(separator: "&").utf8), "application/x-www-form-urlencoded", origin: origin)
    }

    /// Sends a form with a file field, as browsers do.
    ///
    /// - Parameter isChosen: Whether the user chose a file; `nil` means that one is chosen if it has any bytes.
    func upload(
        _ path: String, _ fields: [(String, String)], file: [UInt8], isChosen: Bool? = nil
    ) async -> OrgAnswer {
        var body: [UInt8] = []
        for (name, value) in [(SetupForm.tokenField, await given(nil))] + fields {
            body += Array("--edge\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        let name = isChosen ?? !file.isEmpty ? "a.crt" : ""
        let head = "--edge\r\nContent-Disposition: form-data; name=\"certificate\"; filename=\"\(name)\"\r\n\r\n"
        body += Array(head.utf8) + file + Array("\r\n--edge--\r\n".utf8)
        return await send(path, body, "multipart/form-data; boundary=edge", origin: nil)
    }

    private func given(_ token: String?) async -> String {
        if let token { return token }
        return await org.simulation.setupDesk.formToken
    }

    private func send(_ path: String, _ body: [UInt8], _ type: String, origin: String?) async -> OrgAnswer {
        var request = OrgRequest(
            method: "POST", target: path, host: Self.host, body: body, sourceAddress: "192.0.2.7")
        request.contentType = type
        request.origin = origin
        return await org.simulation.answer(request).answer
    }

    var state: Org { get async { await org.simulation.state.orgs[0] } }

    /// The app named `Aprity`, or the only one.
    var app: App {
        get async throws {
            guard let app = await state.apps.first else { throw StateProblem("There is no app.") }
            return app
        }
    }

    /// The code in the newest mail.
    var mailedCode: String { get async { await org.simulation.setupDesk.mailbox.mails.last?.code ?? "" } }

    /// Signs in with the assertion of `TokenCase` and returns the answer of the token endpoint.
    func signIn(_ kind: App.Kind, key: String = "first") async throws -> String {
        var request = try TokenCase()
        request.key = key
        request.issuer = try await app.consumerKey
        if kind == .connectedApp { request.audience = "\"https://login.salesforce.com\"" }
        let answer = await org.signIn(request, assertion: try await request.assertion())
        return answer.status == 200 ? "token" : answer.refusal
    }
}

extension OrgAnswer {
    var text: String { String(decoding: body, as: UTF8.self) }
    var location: String { headers.first { $0.name == "Location" }?.value ?? "" }

    /// The sentence of a refusal that a page shows.
    var problem: String {
        let parts = text.components(separatedBy: "role=\"alert\">")
        return parts.count == 2 ? parts[1].components(separatedBy: "</p>")[0] : ""
    }
}
