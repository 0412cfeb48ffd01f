internal import ConnectedApp
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// The metrics, for Prometheus and compatible monitors. Dashboards and alerts use the names of metrics and labels, so
/// they must not change.
struct MetricsRoute: Sendable {
    static let path = "/metrics"

    let service: AppService
    let channels: [any NoticeChannel]
    let serverFigures: ServerFigures

    func add(to routes: RouterGroup<ServerContext>) { routes.get(RouterPath(Self.path), use: show) }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        let isReady = await isReady()
        var exposition: Exposition
        do {
            exposition = Exposition(
                try await service.metrics.figures(over: channels, as: Principal(.api, name: "metrics")))
        } catch let error as ConnectedAppError where !isReady && error.cause != .internalError {
            // The store cannot be read; `aprity_ready` reports it below.
            exposition = Exposition()
        }
        exposition.gauge(
            "aprity_ready", "1 if this process can sign, as /readyz says; 0 if it cannot.", [([], isReady ? 1 : 0)])
        serverFigures.add(to: &exposition)
        exposition.add(service.gateway.tally.counts)
        return Response(
            status: .ok, headers: [.contentType: Exposition.mediaType],
            body: .init(byteBuffer: ByteBuffer(string: exposition.text)))
    }
}

extension MetricsRoute {
    private func isReady() async -> Bool {
        do {
            try await service.checkReadiness()
            return true
        } catch {
            return false
        }
    }
}

/// The metrics that this process counts itself, in addition to those from the store. Counters start at zero when the
/// process starts.
struct ServerFigures: Sendable {
    let failures: [FailedAttempts]
    let connections: OpenConnections
    let troubles: Troubles

    func add(to exposition: inout Exposition) {
        exposition.counter(
            "aprity_wrong_credentials_total", "Wrong tokens and passwords received since the server started.",
            failures.map { ([("door", $0.door.rawValue)], $0.total) })
        exposition.gauge(
            "aprity_http_connections", "Open connections to this server.", [([], connections.count)])
        exposition.counter(
            "aprity_http_connections_dropped_total", "Connections that the server closed since it started.",
            OpenConnections.Drop.allCases.map { ([("reason", $0.rawValue)], connections.drops(for: $0)) })
        let counts = troubles.counts
        exposition.counter(
            "aprity_troubles_total", "Failures that the process tolerated since it started.",
            Troubles.Place.allCases.map { ([("place", $0.rawValue)], counts[$0] ?? 0) })
    }
}

extension Exposition {
    /// Adds the metrics from the store.
    init(_ figures: Figures) {
        self.init()
        let all = figures.connections
        func each(_ value: (Figures.Connection) -> Int?) -> [(labels: Labels, value: Int)] {
            all.compactMap { one in value(one).map { ([("connection", one.alias)], $0) } }
        }
        gauge(
            "aprity_certificate_not_after_timestamp_seconds", "Expiry of the certificate in force, in Unix time.",
            each { $0.notAfter.unixSeconds })
        gauge(
            "aprity_next_certificate_not_after_timestamp_seconds",
            "Expiry of a rotation's next certificate, in Unix time.",
            each { $0.nextNotAfter?.unixSeconds })
        gauge(
            "aprity_rotation_due_timestamp_seconds",
            "When the certificate in force is due for replacement, in Unix time.",
            each { $0.rotationDueAt.unixSeconds })
        gauge(
            "aprity_rotation_state", "1 for the state of the rotation of the connection's app, 0 for the others.",
            all.flatMap { one in
                RotationStateName.allCases.map { name in
                    ([("connection", one.alias), ("state", name.rawValue)], one.rotation == name ? 1 : 0)
                }
            })
        gauge(
            "aprity_connection_blocked", "1 if aprity blocks the connection's app.", each { $0.isBlocked ? 1 : 0 })
        gauge(
            "aprity_pull_failing", "1 if the latest scheduled pull of the connection failed.",
            each { $0.pull.map { $0.fails ? 1 : 0 } })
        gauge(
            "aprity_pull_success_timestamp_seconds",
            "Start of the latest scheduled pull of the connection that did not fail, in Unix time.",
            each { $0.pull?.succeededAt?.unixSeconds })
        gauge(
            "aprity_gateway_clients", "Clients of the connection whose handles are valid.", each { $0.clients })
        gauge(
            "aprity_gateway_probe", "1 if the latest test of the gateway had the expected result.",
            all.flatMap { one in
                Self.results(of: one.probe).map { name, isExpected in
                    ([("connection", one.alias), ("probe", name)], isExpected ? 1 : 0)
                }
            })
        gauge(
            "aprity_gateway_probe_timestamp_seconds", "The latest test of the gateway, in Unix time.",
            each { $0.probe?.probedAt.unixSeconds })
        gauge(
            "aprity_sign_ins_last_hour", "Sign-ins of the connection that started within the last hour.",
            all.flatMap { one in
                Self.results.map { kind in
                    ([("connection", one.alias), ("result", kind?.rawValue ?? "pending")], one.signIns[kind] ?? 0)
                }
            })
        gauge(
            "aprity_notices", "Notices in the outbox of the connection's app.",
            all.flatMap { one in
                NoticeState.allCases.map { state in
                    ([("connection", one.alias), ("state", Self.word(state))], one.notices[state] ?? 0)
                }
            })
        gauge(
            "aprity_notice_channels", "Configured notice channels.",
            figures.channels.map { ([("channel", $0.kind.rawValue)], $0.all) })
        gauge(
            "aprity_notice_channels_failing", "Notice channels whose last attempt failed.",
            figures.channels.map { ([("channel", $0.kind.rawValue)], $0.failing) })
        gauge("aprity_connections", "Connections whose records can be read.", [([], all.count)])
        gauge(
            "aprity_connections_unreadable", "Connections whose records were altered or are damaged.",
            [([], figures.unreadable)])
    }

    /// Each part of the test, and whether it had the expected result; empty if there was no test.
    private static func results(of probe: GatewayProbe?) -> [(name: String, isExpected: Bool)] {
        guard let probe else { return [] }
        return [
            ("read", probe.readFailure == nil), ("stranger", probe.refusesStranger), ("write", probe.refusesWrite),
        ]
    }

    /// Adds what the gateway of this process did.
    fileprivate mutating func add(_ counts: GatewayTally.Counts) {
        let calls = counts.calls.sorted {
            ($0.key.connection, $0.key.result.rawValue) < ($1.key.connection, $1.key.result.rawValue)
        }
        counter(
            "aprity_gateway_calls_total", "Calls of clients since the server started.",
            calls.map { ([("connection", $0.key.connection), ("result", $0.key.result.rawValue)], $0.value) })
        counter(
            "aprity_gateway_strangers_total", "Calls without a valid handle since the server started.",
            [([], counts.strangers)])
        counter(
            "aprity_gateway_exchanges_total", "Exchanges of tokens for handles since the server started.",
            [([("result", "granted")], counts.exchanges), ([("result", "refused")], counts.refusedExchanges)])
    }

    /// The outcomes of a sign-in; `nil` for one that has no outcome yet.
    private static let results: [SignInOutcome.Kind?] = SignInOutcome.Kind.allCases + [nil]

    private static func word(_ state: NoticeState) -> String {
        switch state {
        case .sending: "sending"
        case .sent: "sent"
        case .waiting: "waiting"
        case .givenUp: "given_up"
        }
    }
}

extension Date {
    fileprivate var unixSeconds: Int { Int(bounding: timeIntervalSince1970.rounded(.down)) }
}
