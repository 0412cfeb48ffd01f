internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// What one request to the login host, without a token, shows about the name, the proxy, the connection and TLS.
///
/// The network layer resolves the name (with a proxy, the proxy does), asks the proxy, connects and starts TLS, in this order.
/// So a failure at one of these parts usually shows that the earlier ones worked. An IP address needs no resolution.
struct WayToTheOrg {
    let host: LoginHost
    /// `direct`, or the proxy's host and port.
    let egress: String
    let outcome: Result<OrgAPI.Probe, ConnectedAppError>

    /// Whether the host answered.
    var isReached: Bool { if case .success = outcome { true } else { false } }

    /// Returns this machine's time minus the org's in seconds: positive if this machine's clock is ahead. `nil` if no answer
    /// with a date came.
    func skew(now: Date) -> TimeInterval? {
        guard case .success(let probe) = outcome, let date = probe.date else { return nil }
        return now.timeIntervalSince(date)
    }

    private enum Part: Int { case name, proxy, connection, tls }

    private var isProxied: Bool { egress != "direct" }

    /// The part that failed, and why; `nil` if a complete answer came.
    private var end: (part: Part, error: ConnectedAppError)? {
        guard case .failure(let error) = outcome else { return nil }
        if error.cause == .nameNotResolved { return (.name, error) }
        if Self.causesOfProxy.contains(error.cause) { return (.proxy, error) }
        if Self.causesOfTLS.contains(error.cause) { return (.tls, error) }
        return (.connection, error)
    }

    private static let causesOfProxy: Set<Cause> = [
        .proxyUnreachable, .proxyLoginRefused, .proxyRedirected, .proxyRefused, .proxyFailed,
    ]
    private static let causesOfTLS: Set<Cause> = [.serverNotTrusted, .tlsFailed]

    /// Whether the failure shows that the parts before it worked.
    private static func showsEarlierPartsWorked(_ error: ConnectedAppError) -> Bool {
        guard error.cause != .timedOut else { return false }
        guard case .exchangeFailed(let kind, let mayBeProxy) = error.circumstance else { return true }
        return kind != .other && !mayBeProxy
    }

    /// Whether at least the beginning of an answer arrived, which shows that all parts worked.
    private static func isAnswer(_ error: ConnectedAppError) -> Bool {
        [.answerUnintelligible, .answerTooLarge].contains(error.cause)
    }

    /// The verdicts on the steps of the same names.
    var name: ConnectionTest.Verdict {
        let evidence = ["host": host.description]
        guard isProxied else { return verdict(.name, "The host has an address.", evidence) }
        if case .proxy? = end?.part {
            return .unknown("The proxy would resolve the name, but no tunnel to the host was opened.", evidence)
        }
        return verdict(.name, "The proxy resolved the name.", evidence)
    }

    var proxy: ConnectionTest.Verdict {
        verdict(
            .proxy, isProxied ? "The proxy let the request through." : "There is no proxy for this host.",
            ["egress": egress])
    }

    var connection: ConnectionTest.Verdict {
        var evidence: [String: String] = [:]
        if case .success(let probe) = outcome { evidence["status"] = String(probe.status) }
        return verdict(.connection, "The host answered.", evidence)
    }

    var tls: ConnectionTest.Verdict {
        verdict(
            .tls,
            host.scheme == "https"
                ? "TLS 1.2 or newer, verified." : "Plain http, which aprity uses only for this machine.", [:])
    }

    private func verdict(_ part: Part, _ sentence: String, _ evidence: [String: String]) -> ConnectionTest.Verdict {
        guard let end else { return .passes(sentence, evidence) }
        if part.rawValue == end.part.rawValue { return .fails(end.error) }
        if Self.isAnswer(end.error) { return .passes(sentence, evidence) }
        // After a failure, nothing is known about the later parts.
        guard part.rawValue < end.part.rawValue else { return ConnectionTest.notReached }
        return Self.showsEarlierPartsWorked(end.error)
            ? .passes(sentence, evidence)
            : .unknown("The failure of a later step does not show whether this worked.", evidence)
    }
}
