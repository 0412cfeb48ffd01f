internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import Testing

/// One complete rotation: the kind of app, and whether it uses a second app.
struct RotationCase: Sendable, CustomTestStringConvertible {
    let kind: SetupForms.Kind
    let inSecondApp: Bool

    var testDescription: String { "\(kind.rawValue), \(inSecondApp ? "second app" : "same app")" }

    static let all = [SetupForms.Kind.externalClientApp, .connectedApp].flatMap { kind in
        [false, true].map { RotationCase(kind: kind, inSecondApp: $0) }
    }
}

/// An embedded org with a connected app, `aprity serve`, callers of both, and one clock for all.
final class RotationStage: Sendable {
    let aprity: AprityProcess
    let org: ManagedOrg
    let forms: SetupForms
    let app: SetupForms.App
    let serve: AprityProcess.Ready
    let startToken: String
    private let time: RehearsalTime
    private let calls = Mutex<Calls>(Calls())

    private struct Calls {
        var steps = 0
        var made = 0
        var failed: [String] = []
    }

    private init(
        _ aprity: AprityProcess, _ forms: SetupForms, _ app: SetupForms.App, _ serve: AprityProcess.Ready,
        _ time: RehearsalTime
    ) throws {
        (self.aprity, self.forms, self.app, self.serve, self.time) = (aprity, forms, app, serve, time)
        org = forms.org
        startToken = try String(contentsOfFile: serve.startTokenFile ?? "", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
    }

    /// Registers the app, creates it with Setup's forms, and tests it. Then changes reach the org's servers one by one,
    /// and sessions expire soon, so that callers sign in repeatedly. At the end, no call may have failed.
    static func running(_ kind: SetupForms.Kind, _ body: (RotationStage) async throws -> Void) async throws {
        let time = try RehearsalTime()
        let aprity = try AprityProcess(environment: time.environment)
        let command = ["simulator", "--port", "0", "--management-port", "0", "--source", ManagedOrg.source]
        try await aprity.serving(command) { ready in
            let org = ManagedOrg(url: ready.url, management: ready.managementURL ?? "")
            let creation: [String: any Sendable] = ["name": "Harbour Bikes", "allowConnectedAppCreation": true]
            let atOnce: [String: any Sendable] = ["propagation": "instant", "sessionTimeoutSeconds": 15]
            try await org.save(["orgs": [creation] as [any Sendable], "switches": atOnce])
            let forms = SetupForms(org: org, kind: kind)
            let app = try await connect(aprity, forms)
            let delay = ["minimumSeconds": 120, "maximumSeconds": 240]
            let switches: [String: any Sendable] = [
                "propagation": "spread", "editDelay": delay, "creationDelay": delay,
            ]
            try await org.save(["switches": switches])
            try await aprity.serving(["serve", "--port", "0"]) { serve in
                let stage = try RotationStage(aprity, forms, app, serve, time)
                try await body(stage)
                stage.calls.withLock { calls in
                    #expect(calls.failed == [])
                    #expect(calls.made > 90)
                }
            }
        }
    }

    static func connect(_ aprity: AprityProcess, _ forms: SetupForms) async throws -> SetupForms.App {
        try await aprity.succeed(["init"])
        let audience = forms.kind == .connectedApp ? ["--audience", "https://login.salesforce.com"] : []
        try await aprity.succeed(
            [
                "connection", "add", "--allow-tokens", "bikes", "--login-host", forms.org.url, "--username",
                ManagedOrg.integrationUser,
                "--app-kind", forms.kind.rawValue,
            ] + audience)
        try await aprity.succeed(["certificate", "download", "bikes", "--out", aprity.path("bikes.crt")])
        let app = try await forms.makeApp("aprity", certificate: aprity.path("bikes.crt"))
        try await aprity.succeed(["connection", "set", "bikes", "--consumer-key", app.consumerKey])
        try await aprity.succeed(["test", "bikes"])
        return app
    }

    // MARK: Callers

    /// Advances the clock, with parallel callers: of the server, and sometimes of a process that must sign in.
    func pass(seconds: Int) async throws {
        try time.advance(by: seconds)
        let step = calls.withLock { calls in
            calls.steps += 1
            return calls.steps
        }
        async let types: Void = readTypes()
        async let again: Void = readTypes()
        if step.isMultiple(of: 6) { try await askForToken() }
        _ = try await (types, again)
    }

    private func readTypes() async throws {
        let (status, text) = try await get("metadata/types")
        record(status == .ok, "metadata/types: \(status.code) \(text)")
    }

    private func askForToken() async throws {
        let outcome = try await aprity.run("token", "bikes")
        record(outcome.status == 0, "token: \(outcome.status) \(outcome.stderr)")
    }

    private func record(_ isGood: Bool, _ text: @autoclosure () -> String) {
        calls.withLock { calls in
            calls.made += 1
            if !isGood { calls.failed.append("\(time.secondsAhead) s: \(text())") }
        }
    }

    private func get(_ path: String) async throws -> (HTTPResponseStatus, String) {
        var request = HTTPClientRequest(url: serve.url + "/api/v1/connections/bikes/" + path)
        request.headers.add(name: "Authorization", value: "Bearer " + startToken)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        return (response.status, String(buffer: try await response.body.collect(upTo: 1 << 20)))
    }

    // MARK: What is seen

    /// The output of `rotate status --json` or of the API.
    struct Status {
        let state: String
        let active: String
        let other: String?

        fileprivate init(_ view: [String: Any]) {
            func sha256(_ name: String) -> String? { (view[name] as? [String: Any])?["sha256"] as? String }
            state = view["state"] as? String ?? ""
            active = sha256("active") ?? ""
            other = sha256("other")
        }
    }

    func status() async throws -> Status {
        Status(try await aprity.run("rotate", "status", "bikes", "--json").json())
    }

    /// Advances the clock until a state is reached.
    ///
    /// - Returns: The states on the way, without repetitions.
    func pass(until wanted: String, by seconds: Int, atMost steps: Int = 200) async throws -> [String] {
        var seen: [String] = []
        for _ in 0..<steps where seen.last != wanted {
            let text = try await get("rotation").1
            let view = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
            let state = Status(view).state
            if state != seen.last { seen.append(state) }
            if state != wanted { try await pass(seconds: seconds) }
        }
        return seen
    }

    /// Returns how often the audit record has an act.
    func count(_ act: String) async throws -> Int {
        let records = try await aprity.succeed(["audit", "list", "--act", act, "--json"])
        return records.components(separatedBy: "\"\(act)\"").count - 1
    }

    /// Returns the org's sign-ins, by whether they were granted.
    func signIns() async throws -> (granted: Int, refused: Int) {
        let asked = try await org.history().filter { $0["verdict"] as? String == "signIn" }
        let granted = asked.count { $0["status"] as? Int == 200 }
        return (granted, asked.count - granted)
    }
}
