import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import OrgSimulator

@Suite("The management port")
struct ManagementTests {
    /// Sends the same requests in memory or over a socket.
    private static let setups: [TestingSetup] = [.router, .live]

    private func application(_ org: TestOrg) -> some ApplicationProtocol {
        Application(
            router: ManagementRouter(simulation: org.simulation).router(),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)))
    }

    private func json(_ response: TestResponse) -> JSONValue {
        (try? JSONValue(parsing: [UInt8](buffer: response.body))) ?? .null
    }

    @Test("State, clock, propagation and history are read and changed", arguments: 0..<2)
    func walk(_ setup: Int) async throws {
        let org = try TestOrg(.harbourBikes)
        try await application(org).test(Self.setups[setup]) { client in
            let patch = #"{"orgs":[{"name":"Harbour Bikes","apps":[{"name":"Aprity"}]}]}"#
            try await client.execute(uri: "/state", method: .patch, body: ByteBuffer(string: patch)) { response in
                #expect(response.status == .ok)
                #expect(String(buffer: response.body).contains("\"3MVG9"))
            }
            try await client.execute(uri: "/propagation", method: .get) { response in
                guard case .array(let pending)? = json(response)["pending"] else {
                    Issue.record("pending is not a list")
                    return
                }
                #expect(pending.map { $0["change"] } == ["created"])
            }
            try await client.execute(uri: "/clock", method: .post, body: ByteBuffer(string: #"{"step":1800}"#)) {
                #expect($0.status == .ok)
            }
            try await client.execute(uri: "/propagation", method: .get) { response in
                #expect(json(response)["pending"] == .array([]))
            }
            try await client.execute(uri: "/clock", method: .get) { response in
                #expect(json(response)["orgTime"] == "2026-09-21T14:43:20.000Z")
                #expect(json(response)["wallTime"] == "2026-09-21T14:13:20.000Z")
            }
            try await client.execute(uri: "/state", method: .get) { response in
                let again = try await client.execute(uri: "/state", method: .put, body: response.body)
                #expect(again.body == response.body)
            }
            _ = await org.send("GET", "/services/data/")
            try await client.execute(uri: "/history", method: .get) { response in
                guard case .array(let requests)? = json(response)["requests"] else {
                    Issue.record("requests is not a list")
                    return
                }
                #expect(requests.map { $0["operation"] } == ["versions"])
            }
            try await client.execute(uri: "/history", method: .delete) { #expect($0.status == .noContent) }
            #expect(await org.simulation.history.requests.isEmpty)
            try await client.execute(uri: "/reset", method: .post) { response in
                #expect(!String(buffer: response.body).contains("3MVG9"))
            }
        }
    }

    @Test("The truth about the metadata is read for a user", arguments: 0..<2)
    func truth(_ setup: Int) async throws {
        let org = try await ConditionedOrg { $0.retrieve.rotten = [RottenComponent("Role", "Boss")] }
        try await application(org.org).test(Self.setups[setup]) { client in
            let path = "/orgs/Harbour%20Bikes/metadata?username=\(TokenCase.username)"
            try await client.execute(uri: path, method: .get) { response in
                #expect(response.status == .ok)
                guard case .array(let components)? = json(response)["components"] else {
                    Issue.record("components is not a list")
                    return
                }
                let boss = try #require(components.first { $0["fullName"] == "Boss" })
                #expect(boss["outcome"] == "rotten")
                #expect(boss["answer"] == "unknownException")
            }
            try await client.execute(uri: "/orgs/Nowhere/metadata", method: .get) {
                #expect($0.status == .badRequest)
            }
        }
    }

    @Test("Mail is JSON for programs and a page for people")
    func mail() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let path = SetupPlace.appManager.path(try await client.app.id, "consumer")
        _ = await client.post(path)
        let code = await client.mailedCode
        try await application(client.org).test(.router) { http in
            try await http.execute(uri: "/mail", method: .get) { response in
                #expect(response.headers[.contentType] == "application/json")
                guard case .array(let mails)? = json(response)["mails"] else {
                    Issue.record("mails is not a list")
                    return
                }
                #expect(mails.map { $0["to"] } == ["admin@harbour-bikes.example"])
                #expect(mails.map { $0["code"] } == [.string(code)])
            }
            let accept: HTTPFields = [.accept: "text/html,application/xhtml+xml,*/*;q=0.8"]
            try await http.execute(uri: "/mail", method: .get, headers: accept) { response in
                #expect(response.headers[.contentType] == "text/html; charset=utf-8")
                #expect(String(buffer: response.body).contains("Verification code: \(code)"))
            }
        }
    }

    @Test(
        "An error is a problem document",
        arguments: [
            ("PUT", "/state", #"{"orgz":[]}"#, 400, "orgz: the key is not known."),
            ("PATCH", "/state", "[]", 400, "The patch is not a JSON object."),
            ("PATCH", "/state", #"{"orgs":[{"id":"x"}]}"#, 400, "orgs[1].name is missing."),
            ("POST", "/clock", "{}", 400, "Give step, speed or frozen."),
            ("POST", "/clock", #"{"step":-1}"#, 400, "step must be from 0 to 10000000000 seconds."),
            ("POST", "/clock", #"{"jump":1}"#, 400, "jump: the key is not known."),
            ("GET", "/nothing", "", 404, "No operation has this path and method."),
            ("DELETE", "/state", "", 404, "No operation has this path and method."),
        ])
    func problems(_ method: String, _ path: String, _ body: String, _ status: Int, _ detail: String) async throws {
        let org = try TestOrg(.harbourBikes)
        let method = try #require(HTTPRequest.Method(method))
        try await application(org).test(.router) { client in
            try await client.execute(uri: path, method: method, body: ByteBuffer(string: body)) { response in
                #expect(response.status.code == status)
                #expect(response.headers[.contentType] == "application/problem+json")
                #expect(json(response)["detail"]?.string == detail)
            }
        }
    }

    @Test(
        "A document that names a member twice or has a trailing comma is rejected",
        arguments: [
            ("/clock", HTTPRequest.Method.post, #"{"step":1,"step":2}"#), ("/clock", .post, #"{"step":1,}"#),
            ("/state", .patch, #"{"orgs":[{"name":"A","name":"B"}]}"#), ("/state", .put, #"{"orgs":[],"orgs":[]}"#),
        ])
    func strict(_ path: String, _ method: HTTPRequest.Method, _ body: String) async throws {
        let org = try TestOrg(.harbourBikes)
        let before = await org.simulation.document()
        try await application(org).test(.router) { client in
            try await client.execute(uri: path, method: method, body: ByteBuffer(string: body)) { response in
                #expect(response.status == .badRequest)
                #expect(json(response)["detail"]?.string?.hasPrefix("The document ") == true)
            }
        }
        #expect(await org.simulation.document() == before)
    }

    @Test("A request with a foreign Host, or from a page of another origin, is refused")
    func foreignHost() async throws {
        let org = try TestOrg(.harbourBikes)
        let (host, origin) = ("foreign-host", "foreign-origin")
        let cases: [(host: String, origin: String?, code: String?)] = [
            ("evil.example", nil, host), ("127.0.0.1.evil.example", nil, host), ("127.0.0.1.evil:7413", nil, host),
            ("127.0.0.1:7413", "https://evil.example", origin), ("127.0.0.1:7413", "null", origin),
            ("127.0.0.1:7413", "http://127.0.0.1:9999", origin), ("127.0.0.1:7413", "http://127.0.0.1", origin),
            ("127.0.0.1:7413", "https://127.0.0.1:7413", origin), ("127.0.0.1:7413", "http://localhost:7413", origin),
            ("localhost:7413", "http://[::1]:7413", origin), ("localhost:7413", "", origin),
            ("127.0.0.1:7413", nil, nil), ("localhost", nil, nil), ("[::1]:7413", nil, nil),
            ("localhost:7413", "http://localhost:7413", nil), ("LOCALHOST:7413", "http://localhost:7413", nil),
            ("[::1]:7413", "http://[::1]:7413", nil),
        ]
        try await application(org).test(.live) { client in
            try await TestClient.withClient(host: "127.0.0.1", port: try #require(client.port)) { client in
                for (host, origin, code) in cases {
                    let headers: HTTPFields = origin.map { [.origin: $0] } ?? [:]
                    let response = try await client.execute(
                        .init("/clock", method: .get, authority: host, headers: headers))
                    #expect(response.status.code == (code == nil ? 200 : 403), "\(host) \(origin ?? "-")")
                    let body = String(buffer: try #require(response.body))
                    #expect(code == nil || body.contains("\"\(code ?? "")\""), "\(host) \(origin ?? "-"): \(body)")
                }
            }
        }
    }

    @Test("The OpenAPI document and the router have the same paths and methods")
    func openAPI() throws {
        let org = try TestOrg(.harbourBikes)
        let routes = ManagementRouter(simulation: org.simulation).router().routes
        let served = Set(routes.map { "\($0.method.rawValue) \($0.path)" })
        let file = TestFiles.package.appending(path: "docs/simulator-management.openapi.yaml")
        var described: Set<String> = []
        var path = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("components:") { break }
            if let match = line.wholeMatch(of: #/\ {2}(/\S*):/#) { path = String(match.1) }
            if let match = line.wholeMatch(of: #/\ {4}(get|put|post|patch|delete):/#) {
                described.insert("\(match.1.uppercased()) \(path)")
            }
        }
        #expect(served == described)
        #expect(served.count == 13)
    }
}
