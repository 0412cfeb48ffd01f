internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// The embedded org of one test, configured through its management port as an administrator would through Setup.
struct ManagedOrg: Sendable {
    static let integrationUser = "integration@harbour-bikes.example"
    static let source = packageFolder + "/Examples/harbour-bikes"

    /// The package's folder.
    static let packageFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path()

    let url: String
    let management: String

    /// Runs the body with an org whose changes are in force at once.
    static func running<Value: Sendable>(
        _ aprity: AprityProcess, source: String = source, arguments: [String] = [],
        body: @Sendable (ManagedOrg) async throws -> Value
    ) async throws -> Value {
        let command = ["simulator", "--port", "0", "--management-port", "0", "--source", source] + arguments
        return try await aprity.serving(command) { ready in
            let org = ManagedOrg(url: ready.url, management: ready.managementURL ?? "")
            try await org.save(["switches": ["propagation": "instant"]])
            return try await body(org)
        }
    }

    struct Refused: Error {
        let status: UInt
        let body: String
    }

    /// Changes the org as a Save in Setup does.
    func save(_ patch: [String: any Sendable]) async throws {
        _ = try await send(.PATCH, "/state", patch)
    }

    /// Changes or creates the org's app.
    func saveApp(_ app: [String: any Sendable], name: String = "aprity") async throws {
        var app = app
        app["name"] = name
        try await save([
            "orgs": [["name": "Harbour Bikes", "apps": [app] as [any Sendable]] as [String: any Sendable]]
                as [any Sendable]
        ])
    }

    /// Creates the app as the admin guide describes.
    ///
    /// - Returns: Its Consumer Key.
    func makeApp(named name: String = "aprity", certificatePEM: String) async throws -> String {
        try await saveApp(
            [
                "kind": "externalClientApp", "label": name, "certificatePEM": certificatePEM,
                "scopes": ["Api", "RefreshToken"], "permittedUsers": "adminApprovedPreAuthorized",
                "permissionSets": ["Aprity_Integration"],
            ], name: name)
        let state = try await send(.GET, "/state")
        let orgs = state["orgs"] as? [[String: Any]] ?? []
        let apps = orgs.first?["apps"] as? [[String: Any]] ?? []
        return apps.first { $0["name"] as? String == name }?["consumerKey"] as? String ?? ""
    }

    /// Changes the org's id as a sandbox refresh does: the address and the apps stay.
    func changeOrganizationID(to id: String) async throws {
        var state = try await send(.GET, "/state")
        var orgs = state["orgs"] as? [[String: Any]] ?? []
        orgs[0]["id"] = id
        state["orgs"] = orgs
        _ = try await send(.PUT, "/state", state)
    }

    /// Replaces the complete state: no session and no pending change remains.
    func replace(_ state: [String: Any]) async throws { _ = try await send(.PUT, "/state", state) }

    /// Changes the state as a Save in Setup does; sessions stay.
    func patch(_ state: [String: Any]) async throws { _ = try await send(.PATCH, "/state", state) }

    /// Whether the wording of the last sign-ins' answers is the simulator's choice, because none is proven.
    func lastSignInsAreSynthetic(_ count: Int) async throws -> Bool {
        let signIns = try await history().filter { $0["verdict"] as? String == "signIn" }.suffix(count)
        return !signIns.isEmpty && signIns.allSatisfy { $0["synthetic"] as? Bool == true }
    }

    /// Advances the org's clock.
    func step(seconds: Int) async throws { _ = try await send(.POST, "/clock", ["step": seconds]) }

    /// Returns the requests that the org received, oldest first.
    func history() async throws -> [[String: Any]] {
        try await send(.GET, "/history")["requests"] as? [[String: Any]] ?? []
    }

    /// Returns the state document.
    func state() async throws -> [String: Any] { try await send(.GET, "/state") }

    private func send(_ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil) async throws -> [String: Any]
    {
        var request = HTTPClientRequest(url: management + path)
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(try JSONSerialization.data(withJSONObject: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = Data(try await response.body.collect(upTo: 16 << 20).readableBytesView)
        guard response.status == .ok else {
            throw Refused(status: response.status.code, body: String(decoding: bytes, as: UTF8.self))
        }
        return try JSONSerialization.jsonObject(with: bytes) as? [String: Any] ?? [:]
    }
}

extension AprityProcess {
    /// Creates a store with one connection to the org, whose app exists and whose Consumer Key is set.
    ///
    /// - Parameter caFile: A file of certificate authorities, in the home.
    func connect(to org: ManagedOrg, alias: String = "bikes", caFile: String? = nil) async throws {
        try await succeed(["init"])
        try await succeed(
            [
                "connection", "add", "--allow-tokens", alias, "--login-host", org.url, "--username",
                ManagedOrg.integrationUser,
            ]
                + (caFile.map { ["--ca-file", $0] } ?? []))
        try await succeed(["certificate", "download", alias, "--out", "\(alias).crt"])
        let pem = try String(contentsOfFile: path("\(alias).crt"), encoding: .utf8)
        let key = try await org.makeApp(certificatePEM: pem)
        try await succeed(["connection", "set", alias, "--consumer-key", key])
    }
}
