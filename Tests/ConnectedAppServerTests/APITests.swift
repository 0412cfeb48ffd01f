internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("The JSON API")
struct APITests {
    @Test("A connection is added, shown and changed", arguments: Wire.allCases)
    func life(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            let body = """
                {"alias":"acme","loginHost":"https://acme.my.salesforce.com","username":"integration@acme.example"}
                """
            let added = try await client.api(.post, "/connections", json: body)
            #expect(added.status == 201)
            #expect(added.headers[.location] == "/api/v1/connections/acme")
            #expect(added.headers[.eTag] == "\"1\"")
            #expect(try added.json(ConnectionView.self).consumerKey == nil)
            let changed = try await client.api(
                .patch, "/connections/acme",
                headers: [.ifMatch: "\"1\"", .contentType: "application/merge-patch+json"],
                json: "{\"consumerKey\":\"3MVG9aKey.of_the.app\"}")
            #expect(changed.status == 200)
            // One revision for the connection and one for its app, which owns the Consumer Key.
            #expect(changed.headers[.eTag] == "\"3\"")
            let shown = try await client.api(.get, "/connections/acme")
            #expect(shown.headers[.eTag] == "\"3\"")
            #expect(try shown.json(ConnectionView.self).consumerKey == "3MVG9aKey.of_the.app")
            #expect(try await client.api(.get, "/connections").json([ConnectionView].self).count == 1)
            let events = try await client.world.store.events(limit: 10)
            #expect(events.map(\.act) == [.connectionChanged, .connectionAdded])
            #expect(events.allSatisfy { $0.principal.description == "api:start token" })
        }
    }

    @Test("A list with a limit is one page, and its header leads to the next one")
    func pages() async throws {
        try await SettingsClient.run { client in
            for alias in ["a", "b", "c"] {
                let body = """
                    {"alias":"\(alias)","loginHost":"https://\(alias).my.salesforce.com","username":"i@\(alias).example"}
                    """
                #expect(try await client.api(.post, "/connections", json: body).status == 201)
            }
            let first = try await client.api(.get, "/connections?limit=2")
            #expect(try first.json([ConnectionView].self).map(\.alias) == ["a", "b"])
            #expect(first.headers[ConnectionListPage.link] == "</api/v1/connections?limit=2&after=b>; rel=\"next\"")
            let last = try await client.api(.get, "/connections?limit=2&after=b")
            #expect(try last.json([ConnectionView].self).map(\.alias) == ["c"])
            #expect(last.headers[ConnectionListPage.link] == nil)
            #expect(
                try await client.api(.get, "/connections?after=a").json([ConnectionView].self).map(\.alias) == [
                    "b", "c",
                ])
            let all = try await client.api(.get, "/connections")
            #expect(try all.json([ConnectionView].self).map(\.alias) == ["a", "b", "c"])
            #expect(all.headers[ConnectionListPage.link] == nil)
        }
    }

    @Test("A limit that is no number from 1 to 50 is rejected", arguments: ["0", "51", "x", "", "-1"])
    func limit(_ limit: String) async throws {
        try await SettingsClient.run { client in
            let reply = try await client.api(.get, "/connections?limit=\(limit)")
            #expect(reply.status == 400)
            #expect(reply.members["code"] as? String == "usage")
        }
    }

    @Test("The last connection of an app is removed only with its keys, and only at the expected revision")
    func removed() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection(consumerKey: nil)
            let path = "/connections/acme"
            #expect(try await client.api(.delete, path, headers: [.ifMatch: "\"9\""]).status == 412)
            #expect(try await client.api(.delete, path + "?destroyKeys=1", headers: [.ifMatch: "*"]).status == 400)
            let kept = try await client.api(.delete, path, headers: [.ifMatch: "*"])
            #expect(kept.status == 200)
            #expect(try !kept.json(OffboardingView.self).isRemoved)
            #expect(try await client.api(.get, path).json(ConnectionView.self).isBlocked)
            let removed = try await client.api(.delete, path + "?destroyKeys=true", headers: [.ifMatch: "*"])
            #expect(try removed.json(OffboardingView.self).keysDestroyed == 1)
            #expect(try await client.api(.get, path).status == 404)
            #expect(
                try await client.world.store.events(limit: 20).prefix(2).map(\.act) == [
                    .keyDestroyed, .connectionRemoved,
                ])
        }
    }

    @Test(
        "A request without a valid token reveals nothing",
        arguments: [nil, "", "Bearer", "Bearer ", "Bearer guess", "Basic Z3Vlc3M6eA=="])
    func unauthorized(_ field: String?) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            var headers = HTTPFields()
            headers[.authorization] = field
            for path in ["/connections", "/connections/acme", "/connections/nobody", "/openapi.yaml"] {
                let reply = try await client.get("/api/v1" + path, headers: headers)
                #expect(reply.status == 401)
                #expect(reply.headers[.contentType] == "application/problem+json")
                #expect(reply.members["code"] as? String == "signInRequired")
                #expect(!reply.text.contains("acme.example"))
            }
        }
    }

    @Test("A change for an older revision fails; one without a revision is rejected")
    func preconditions() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let json = "{\"username\":\"other@acme.example\"}"
            for method in [HTTPRequest.Method.patch, .delete] {
                let body = method == .patch ? json : nil
                let blind = try await client.api(method, "/connections/acme", json: body)
                #expect(blind.status == 428)
                #expect(blind.members["code"] as? String == "revisionMissing")
                for tag in ["\"7\"", "1", "W/\"1\"", "\"x\""] {
                    let stale = try await client.api(method, "/connections/acme", headers: [.ifMatch: tag], json: body)
                    #expect(stale.status == 412, "\(tag)")
                    #expect(stale.members["code"] as? String == "revisionMismatch")
                }
            }
            let view = try await client.api(.get, "/connections/acme").json(ConnectionView.self)
            #expect(view.username == "integration@acme.example")
            #expect(view.revision == 1)
            #expect(
                try await client.api(.patch, "/connections/acme", headers: [.ifMatch: "*"], json: json).status == 200)
        }
    }

    @Test("null removes optional members and is rejected for others")
    func mergePatch() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let set = try await client.api(
                .patch, "/connections/acme", headers: [.ifMatch: "*"],
                json: "{\"audience\":\"https://login.salesforce.com\"}")
            #expect(try set.json(ConnectionView.self).audience.url == "https://login.salesforce.com")
            let removed = try await client.api(
                .patch, "/connections/acme", headers: [.ifMatch: "*"], json: "{\"audience\":null}")
            #expect(try removed.json(ConnectionView.self).audience.url == "https://acme.my.salesforce.com")
            let refused = try await client.api(
                .patch, "/connections/acme", headers: [.ifMatch: "*"], json: "{\"consumerKey\":null}")
            #expect(refused.status == 400)
        }
    }

    @Test(
        "Each cause has its status, and the problem document has its members",
        arguments: [
            (
                "{\"alias\":\"acme\",\"loginHost\":\"https://acme.my.salesforce.com\",\"username\":\"u@acme.example\"}",
                409, "aliasTaken"
            ),
            (
                "{\"alias\":\" acme\",\"loginHost\":\"https://acme.my.salesforce.com\",\"username\":\"u@acme.example\"}",
                409, "aliasTaken"
            ),
            (
                "{\"alias\":\"-\",\"loginHost\":\"https://acme.my.salesforce.com\",\"username\":\"u@acme.example\"}",
                400, "aliasMalformed"
            ),
            (
                "{\"alias\":\"b\",\"loginHost\":\"https://evil.example\",\"username\":\"u@acme.example\"}", 403,
                "hostNotAllowed"
            ),
            (
                "{\"alias\":\"b\",\"loginHost\":\"https://acme.my.salesforce.com\",\"username\":\"005\"}", 422,
                "usernameMalformed"
            ),
            ("{\"alias\":\"b\",\"loginHost\":\"https://acme.my.salesforce.com\"}", 400, "requestMalformed"),
            ("{\"alias\":\"b\",\"loginhost\":\"x\",\"username\":\"u@acme.example\"}", 400, "requestMalformed"),
            ("{\"alias\":1}", 400, "requestMalformed"), ("{", 400, "requestMalformed"), ("[]", 400, "requestMalformed"),
        ])
    func problems(_ body: String, _ status: Int, _ code: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let reply = try await client.api(.post, "/connections", json: body)
            #expect(reply.status == status)
            #expect(reply.headers[.contentType] == "application/problem+json")
            #expect(reply.members["status"] as? Int == status)
            let view = try reply.json(ProblemView.self)
            #expect(view.code == code)
            #expect(view.instance == "/api/v1/connections")
            #expect(view.cause == Cause(rawValue: code))
            for member in ["type", "title", "detail", "remedy"] {
                #expect((reply.members[member] as? String)?.isEmpty == false, "\(member)")
            }
            if let cause = view.cause { #expect(view.exitStatus == cause.entry.exit.rawValue) }
        }
    }

    @Test("A body with a wrong type or size is rejected")
    func bodies() async throws {
        try await SettingsClient.run { client in
            let plain = try await client.api(.post, "/connections", headers: [.contentType: "text/plain"], json: "{}")
            #expect(plain.status == 415)
            let long = "{\"alias\":\"" + String(repeating: "a", count: 256 * 1024) + "\"}"
            #expect(try await client.api(.post, "/connections", json: long).status == 413)
        }
    }

    @Test("The certificate is PEM or DER, depending on Accept")
    func certificate() async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let certificate = try await client.world.service.certificates.current(
                of: "acme", as: Principal(.commandLine, name: "tester"))
            let path = "/connections/acme/certificate"
            #expect(try await client.api(.get, path).text == certificate.pem)
            let pem = try await client.api(.get, path, headers: [.accept: "text/html, */*;q=0.1"])
            #expect(pem.headers[.contentType] == "application/x-pem-file")
            let der = try await client.api(.get, path, headers: [.accept: "application/pkix-cert"])
            #expect(der.bytes == certificate.der)
            #expect(der.headers[.contentType] == "application/pkix-cert")
            #expect(try await client.api(.get, path, headers: [.accept: "text/html"]).status == 406)
            let second = try await client.api(
                .get, path, headers: [.accept: "application/x-pem-file;q=0, application/pkix-cert; q=0.5"])
            #expect(second.headers[.contentType] == "application/pkix-cert")
            #expect(try await client.api(.get, path, headers: [.accept: "*/*;q=0.0"]).status == 406)
            // A connection with the name of an operation.
            #expect(
                try await client.api(.get, "/connections/certificate", headers: [.accept: "text/html"]).status == 406)
        }
    }

    @Test("A token that is pasted in place of a name is not repeated")
    func pastedToken() async throws {
        try await SettingsClient.run { client in
            let reply = try await client.api(.get, "/connections/00D000000000001!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL")
            #expect(reply.members["code"] as? String == "unknownAlias")
            #expect(!reply.text.contains("AQcAQH0dMHZf"))
            #expect(reply.members["remedy"] as? String == "GET /api/v1/connections lists the names.")
            #expect((reply.members["instance"] as? String)?.hasPrefix("/api/v1/connections/«secret removed»") == true)
        }
    }

    @Test("A test starts, can be read while it runs, and has a result", arguments: Wire.allCases)
    func test(_ wire: Wire) async throws {
        let time = TestTime()
        var org = ScriptedOrg(now: { time.now })
        let gate = Gate()
        org.gate = gate
        try await SettingsClient.run(wire, time: time, transport: org.transport) { client in
            try await client.addConnection()
            let accepted = try await client.api(.post, "/connections/acme/test")
            #expect(accepted.status == 202)
            let location = try #require(accepted.headers[.location]).dropFirst("/api/v1".count)
            await gate.arrival()
            let running = try await client.api(.get, String(location)).json(TestRunView.self)
            #expect(running.state == .running)
            #expect(running.steps.map(\.id) == Array(TestStep.allCases.prefix(9)))
            #expect(running.result == nil)
            gate.open()
            try await client.signIn()
            _ = try await client.get("\(location)/events")
            let ended = try await client.api(.get, String(location)).json(TestRunView.self)
            #expect(ended.state == .finished)
            #expect(ended.result?.outcome == .passes)
            #expect(ended.result?.steps == ended.steps)
            let view = try await client.api(.get, "/connections/acme").json(ConnectionView.self)
            #expect(view.organizationID == "00D000000000001EAA")
        }
    }

    @Test("The metadata types of the org are listed")
    func metadataTypes() async throws {
        let time = TestTime()
        try await SettingsClient.run(time: time, transport: ScriptedOrg(now: { time.now }).transport) { client in
            try await client.addConnection()
            let reply = try await client.api(.get, "/connections/acme/metadata/types")
            #expect(reply.status == 200)
            #expect(try reply.json(MetadataTypesView.self).types.map(\.name) == ["ApexClass", "CustomObject"])
        }
    }

    @Test("A refusal by the org is 502 with its cause; a missing Consumer Key is 409")
    func refused() async throws {
        let time = TestTime()
        let org = ScriptedOrg(now: { time.now }).refusing("invalid_grant", "inactive user")
        try await SettingsClient.run(time: time, transport: org.transport) { client in
            try await client.addConnection("acme")
            try await client.addConnection("bare", consumerKey: nil)
            let refused = try await client.api(.get, "/connections/acme/metadata/types")
            #expect(refused.status == 502)
            #expect(refused.members["code"] as? String == "userInactive")
            let bare = try await client.api(.get, "/connections/bare/metadata/types")
            #expect(bare.status == 409)
            #expect(bare.members["code"] as? String == "consumerKeyMissing")
        }
    }

    @Test(
        "An unknown query parameter is rejected by name, and nothing is changed",
        arguments: [
            (.get, "/audit?limt=5", "limt"), (.get, "/audit?limit=5&order=asc", "order"),
            (.get, "/connections?limt=5", "limt"), (.delete, "/connections/acme?destroykeys=true", "destroykeys"),
            (.put, "/connections/acme/block?dryRun=true", "dryRun"), (.get, "/openapi.yaml?v=1", "v"),
        ] as [(HTTPRequest.Method, String, String)])
    func unknownQuery(_ method: HTTPRequest.Method, _ path: String, _ name: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let reply = try await client.api(method, path, json: method == .put ? #"{"reason":"drill"}"# : nil)
            #expect(reply.status == 400)
            #expect(reply.members["code"] as? String == "requestMalformed")
            #expect((reply.members["detail"] as? String)?.contains("\"\(name)\"") == true)
            let view = try await client.api(.get, "/connections/acme").json(ConnectionView.self)
            #expect(!view.isBlocked)
        }
    }

    @Test(
        "Reads are 406 for clients that accept no JSON; a block is carried out whatever the client accepts",
        arguments: [
            ("application/json;q=0, text/csv", 406), ("text/csv", 406), ("text/html, text/csv;q=0.5", 406),
            ("*/*", 200), ("text/csv, */*;q=0.1", 200),
            ("application/json", 200), ("application/*", 200), ("Application/JSON; charset=utf-8", 200),
        ])
    func accept(_ accept: String, _ status: Int) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            for path in ["/connections", "/audit", "/connections/acme/budget"] {
                let reply = try await client.api(.get, path, headers: [.accept: accept])
                #expect(reply.status == status, "\(path)")
                if status == 406 { #expect(reply.members["code"] as? String == "notAcceptable") }
            }
            #expect(try await client.api(.get, "/openapi.yaml", headers: [.accept: accept]).status == 200)
            let block = try await client.api(
                .put, "/connections/acme/block", headers: [.accept: accept], json: #"{"reason":"drill"}"#)
            #expect(block.status == 200)
        }
    }

    @Test("Health checks need no token, and readiness fails if the store fails", arguments: Wire.allCases)
    func health(_ wire: Wire) async throws {
        try await SettingsClient.run(wire) { client in
            try await client.addConnection()
            #expect(try await client.get("/livez").members["status"] as? String == "live")
            #expect(try await client.get("/readyz").status == 200)
            try await client.world.store.write { writing in
                try writing.remove(RecordKey(.connection, "acme"))
            }
            let reply = try await client.get("/readyz")
            #expect(reply.status == 503)
            #expect(reply.members["code"] as? String == "recordAltered")
            #expect(!reply.text.contains("acme"))
            #expect(try await client.get("/livez").status == 200)
        }
    }

    @Test(
        "An unknown member of a body is reported with the known ones, even if another is missing",
        arguments: [
            ("/connections", "alias, allowedHosts, allowsTokens, appKind"), ("/connections/acme/app/check", "approve."),
            ("/connections/acme/app/bundle", "allowedSets, appName, certificateEncoding, contactEmail."),
            ("/connections/acme/change", "isNewApp."), ("/connections/acme/report", "showNames."),
            ("/connections/acme/repin", "organizationID."), ("/assertions/inspect", "assertion, certificate."),
            ("/connections/acme/rotation", "appKind, certificateDays, keySize, keyStore, secondApp."),
            ("/connections/acme/rotation/upload", "consumerKey."),
            ("/connections/acme/compromise", "consumerKey, fact, reason, secondApp."),
        ])
    func unknownMember(_ path: String, _ known: String) async throws {
        try await SettingsClient.run { client in
            try await client.addConnection()
            let reply = try await client.api(.post, path, json: #"{"nonsense":1}"#)
            expectProblem(reply, 400, "requestMalformed")
            let detail = try #require(reply.members["detail"] as? String)
            #expect(detail.hasPrefix("The member \"nonsense\" is unknown. Known members: \(known)"))
        }
    }

    @Test(
        "A cause's status follows from its exit status, except if HTTP has a more precise one",
        arguments: Cause.allCases)
    func statusOfCause(_ cause: Cause) {
        let own: [Cause: Int] = [
            .unknownAlias: 404, .notBlocked: 404, .compromiseNotReported: 404, .aliasTaken: 409, .recordChanged: 409,
            .consumerKeyMissing: 409, .noticeChannelMissing: 409, .timedOut: 504, .retrieveTimedOut: 504,
            .notPulled: 404, .accountUnknown: 404, .apiTokenUnknown: 404, .accountTaken: 409, .apiTokenTaken: 409,
            .clientUnknown: 404, .clientTaken: 409, .trustPolicyUnknown: 404, .trustPolicyTaken: 409,
            .lastAdmin: 409,
        ]
        let byExit: [ConnectedApp.ExitStatus: Int] = [
            .usage: 400, .malformed: 422, .noInput: 422, .refused: 502, .unreachable: 502, .busy: 503,
            .notPermitted: 403, .bug: 500, .cannotCreate: 500, .inputOutput: 500, .configuration: 500,
        ]
        #expect(cause.httpStatus.code == own[cause] ?? byExit[cause.entry.exit])
    }

    @Test("No cause has a success status, and only failures of aprity have 500", arguments: Cause.allCases)
    func statusTable(_ cause: Cause) {
        let status = cause.httpStatus.code
        #expect((400..<600).contains(status))
        let isOurs: Set<ConnectedApp.ExitStatus> = [.bug, .cannotCreate, .inputOutput, .configuration]
        #expect(
            (status == 500)
                == (isOurs.contains(cause.entry.exit) && ![.consumerKeyMissing, .noticeChannelMissing].contains(cause)))
        if cause.entry.retry { #expect(status != 400 && status != 404) }
    }
}
