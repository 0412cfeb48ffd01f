import AsyncHTTPClient
import ConnectedAppTesting
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// Clients read through `aprity serve --gateway-port` with a handle, and can do nothing else.
@Suite("Gateway") struct GatewayTests {
    /// A server with a gateway before an embedded org.
    private struct Stage: Sendable {
        let aprity: AprityProcess
        let org: ManagedOrg
        let gateway: String

        /// Sends a request, and returns the status and the body.
        func send(_ attack: GatewayAttack, to url: String, with secret: String) async throws -> (Int, String) {
            var request = HTTPClientRequest(url: url + attack.target)
            request.method = HTTPMethod(rawValue: attack.method)
            request.headers.add(name: "Content-Type", value: attack.contentType)
            if attack.contentType == "application/json" {
                request.headers.add(name: "Authorization", value: "Bearer \(secret)")
            } else {
                request.headers.add(name: "SOAPAction", value: "\"\"")
            }
            if let body = attack.body {
                request.body = .bytes(ByteBuffer(string: body.replacing("SESSION", with: secret)))
            }
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            let body = try await answer.body.collect(upTo: 32 << 20)
            return (Int(answer.status.code), String(buffer: body))
        }

        func get(_ path: String, _ handle: String) async throws -> (Int, String) {
            try await send(GatewayAttack(target: path), to: gateway, with: handle)
        }

        func add(_ name: String, _ options: [String] = []) async throws -> String {
            try await aprity.succeed(["client", "add", "bikes", "--name", name, "--expires", "1d"] + options)
                .trimmingCharacters(in: .newlines)
        }
    }

    private func onStage(
        canaries: Int = 0, serve: [String] = [], _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let aprity = try AprityProcess()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await org.makeCanaries(canaries)
            try await aprity.serving(["serve", "--port", "0", "--gateway-port", "0"] + serve) { ready in
                try await body(Stage(aprity: aprity, org: org, gateway: try #require(ready.gatewayURL)))
            }
        }
    }

    private func code(_ body: String) -> String? {
        body.firstMatch(of: #/APRITY_[A-Z_]+/#).map { String($0.output) }
    }

    private static let limits = "/services/data/v66.0/limits"

    @Test(
        "A program that knows only the address and a handle reads what it could read with a token",
        arguments: ["simple-salesforce", "aiosalesforce", "cumulusci", "requests", "curl"])
    func programs(_ client: String) async throws {
        let aprity = try AprityProcess()
        _ = try await OutsideTool.openssl.output([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", aprity.path("tls.key"), "-out",
            aprity.path("tls.crt"), "-days", "30", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
        ])
        let python = try await ForeignProgram.python(client == "cumulusci" ? client : nil)
        let serve = [
            "serve", "--port", "0", "--gateway-port", "0", "--tls-certificate", aprity.path("tls.crt"), "--tls-key",
            aprity.path("tls.key"),
        ]
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            // Without business data, an org does not describe Account.
            try await org.makeCanaries(1)
            try await aprity.serving(serve) { ready in
                let handle = try await aprity.succeed(["client", "add", "bikes", "--name", "ci", "--expires", "1d"])
                let file = try aprity.write(handle, to: "handle")
                let authority = aprity.path("tls.crt")
                let program = ForeignProgram(
                    in: aprity.home,
                    environment: [
                        "REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority, "CURL_CA_BUNDLE": authority,
                    ])
                let said = try await program.succeed(
                    python,
                    [ForeignProgram.tools + "/gateway_client.py", client, try #require(ready.gatewayURL), file])
                let result = try #require(
                    try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [String: Any])
                #expect((result["failed"] as? [[String]]) == [])
                // Together, the programs make more than 300 calls.
                #expect(try #require(result["calls"] as? Int) >= 50)
            }
        }
    }

    @Test("What succeeds with a token is refused with a handle, and the org sees none of it")
    func attacks() async throws {
        let whole = ProcessInfo.processInfo.environment["APRITY_GATEWAY_ATTACKS"] == "all"
        let attacks = GatewayAttack.all.enumerated().filter { whole || $0.offset.isMultiple(of: 4) }.map(\.element)
        #expect(Set(GatewayAttack.all).count >= 600)
        try await onStage(canaries: 3) { stage in
            let token = try await stage.aprity.succeed(["token", "bikes"]).trimmingCharacters(in: .newlines)
            var unproven: [String] = []
            for attack in attacks {
                let (status, body) = try await stage.send(attack, to: stage.org.url, with: token)
                if !(200..<300).contains(status) { unproven.append("\(status) \(attack) \(body.prefix(200))") }
            }
            #expect(unproven == [])
            let before = try await stage.org.history().last?["id"] as? Int ?? 0
            let handle = try await stage.add("attacker")
            var accepted: [String] = []
            for attack in attacks {
                let (status, body) = try await stage.send(attack, to: stage.gateway, with: handle)
                let isRefused =
                    [403, 500].contains(status) && code(body) != nil && !body.lowercased().contains("canary")
                if !isRefused { accepted.append("\(status) \(attack)") }
            }
            #expect(accepted == [])
            let harmful = try await stage.org.history().filter { request in
                (request["id"] as? Int ?? 0) > before
                    && ["touchesBusinessData", "changesMetadata"].contains(request["verdict"] as? String)
            }
            #expect(harmful.count == 0)
        }
    }

    @Test("Two questions that business data would answer differently get the same answer")
    func oracles() async throws {
        try await onStage(canaries: 3) { stage in
            let handle = try await stage.add("attacker")
            let pairs = [
                "SELECT Id FROM User WHERE Id IN (SELECT OwnerId FROM Account WHERE Name LIKE '%')",
                "SELECT Id FROM Contact WHERE Email LIKE '%'", "SELECT Id FROM User WHERE Email LIKE '%'",
                "SELECT Name FROM ApexClass WHERE CreatedBy.Email LIKE '%'",
            ]
            for query in pairs {
                let answers = try await [query, query.replacing("%", with: "0000%")].asyncMap { text in
                    try await stage.get("/services/data/v66.0/query?q=" + GatewayAttack.escaped(text), handle)
                }
                #expect(answers[0] == answers[1])
                #expect(answers[0].0 == 403)
            }
        }
    }

    @Test("A block and a revocation stop the next call; after the unblock, the client reads again")
    func stopping() async throws {
        try await onStage { stage in
            let handle = try await stage.add("ci")
            #expect(try await stage.get(Self.limits, handle).0 == 200)
            try await stage.aprity.succeed(["block", "bikes", "--reason", "lost"])
            let blocked = try await stage.get(Self.limits, handle)
            #expect(blocked.0 == 403)
            #expect(code(blocked.1) == "APRITY_BLOCKED")
            try await stage.aprity.succeed(["unblock", "bikes"])
            #expect(try await stage.get(Self.limits, handle).0 == 200)
            try await stage.aprity.succeed(["client", "revoke", "bikes", "ci"])
            let revoked = try await stage.get(Self.limits, handle)
            #expect(revoked.0 == 401)
            #expect(code(revoked.1) == "APRITY_BLOCKED")
        }
    }

    @Test("A client keeps to its types, objects, calls and addresses")
    func limits() async throws {
        try await onStage { stage in
            let narrow = try await stage.add("narrow", ["--types", "ApexClass", "--objects", "ApexTrigger"])
            let list = { (type: String) in
                GatewayAttack.soap("<listMetadata><queries><type>\(type)</type></queries></listMetadata>")
            }
            #expect(try await stage.send(list("ApexClass"), to: stage.gateway, with: narrow).0 == 200)
            #expect(
                code(try await stage.send(list("Layout"), to: stage.gateway, with: narrow).1) == "APRITY_NOT_ALLOWED")
            let query = "/services/data/v66.0/query?q=SELECT+Id+FROM+"
            #expect(try await stage.get(query + "ApexTrigger", narrow).0 == 200)
            #expect(code(try await stage.get(query + "ApexClass", narrow).1) == "APRITY_NOT_ALLOWED")

            let few = try await stage.add("few", ["--calls-per-hour", "2"])
            for _ in 1...2 { #expect(try await stage.get(Self.limits, few).0 == 200) }
            let spent = try await stage.get(Self.limits, few)
            #expect(spent.0 == 429)
            #expect(code(spent.1) == "APRITY_BUDGET")

            let elsewhere = try await stage.add("elsewhere", ["--address", "192.0.2.0/24"])
            #expect(code(try await stage.get(Self.limits, elsewhere).1) == "APRITY_NOT_ALLOWED")
            let here = try await stage.add("here", ["--address", "127.0.0.0/8"])
            #expect(try await stage.get(Self.limits, here).0 == 200)
        }
    }

    @Test("The id of a retrieve is good for the handle that started it, and for no other")
    func tickets() async throws {
        try await onStage { stage in
            let (first, second) = (try await stage.add("first"), try await stage.add("second"))
            let retrieve = GatewayAttack.soap(
                "<retrieve><r><unpackaged><types><members>*</members><name>ApexClass</name></types></unpackaged></r></retrieve>"
            )
            let started = try await stage.send(retrieve, to: stage.gateway, with: first)
            let ticket = String(try #require(started.1.firstMatch(of: #/<id>([^<]+)</id>/#)).output.1)
            let check = { (id: String) in
                GatewayAttack.soap(
                    "<checkRetrieveStatus><asyncProcessId>\(id)</asyncProcessId><includeZip>false</includeZip></checkRetrieveStatus>"
                )
            }
            #expect(try await stage.send(check(ticket), to: stage.gateway, with: first).0 == 200)
            let other = try await stage.send(check(ticket), to: stage.gateway, with: second)
            #expect(code(other.1) == "APRITY_NOT_ALLOWED")
            let raw = try await stage.send(check(String(ticket.prefix(18))), to: stage.gateway, with: first)
            #expect(code(raw.1) == "APRITY_NOT_ALLOWED")
        }
    }

    @Test("What clients did is in the audit record, also if the server stops at once; no handle and no token is in it")
    func recorded() async throws {
        let aprity = try AprityProcess()
        let handles = Handles()
        try await ManagedOrg.running(aprity) { org in
            try await aprity.connect(to: org)
            try await aprity.serving(["serve", "--port", "0", "--gateway-port", "0"]) { ready in
                let stage = Stage(aprity: aprity, org: org, gateway: try #require(ready.gatewayURL))
                let handle = try await stage.add("ci")
                await handles.add(handle)
                #expect(try await stage.get(Self.limits, handle).0 == 200)
                #expect(try await stage.get("/services/data/v66.0/search?q=x", handle).0 == 403)
            }
            let text = try await aprity.succeed(["audit", "list", "--connection", "bikes", "--json"])
            let entries = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            let ofClient = entries.filter { $0["principal"] as? String == "gateway:client ci" }
            let acts = ofClient.compactMap { $0["act"] as? String }
            #expect(acts.contains("clientRefused"))
            #expect(acts.contains("metadataRead"))
            let handle = await handles.all[0]
            #expect(!text.contains(handle.suffix(64)))
            let shown = try await aprity.run("client", "show", "bikes", "ci", "--json").json()
            #expect(shown["refusals"] as? Int == 1)
            #expect(shown["callsInLastDay"] as? Int == 2)
            #expect(shown["lastUsedFrom"] as? String == "127.0.0.1")
        }
    }

    @Test("A port that is in use stops the server, and the error names the port")
    func portTaken() async throws {
        try await onStage { stage in
            let port = try #require(URL(string: stage.gateway)?.port)
            let outcome = try await stage.aprity.run("serve", "--port", "0", "--gateway-port", "\(port)")
            #expect(outcome.status == 73)
            #expect(outcome.stderr.contains("\(port)"))
        }
    }

    private actor Handles {
        var all: [String] = []
        func add(_ handle: String) { all.append(handle) }
    }
}

extension ManagedOrg {
    /// Gives the org accounts and contacts whose texts are canaries.
    fileprivate func makeCanaries(_ count: Int) async throws {
        try await save([
            "orgs": [["name": "Harbour Bikes", "canaryAccounts": count] as [String: any Sendable]] as [any Sendable]
        ])
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
