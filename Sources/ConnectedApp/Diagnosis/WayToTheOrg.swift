internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// What one exchange with the login host shows of the way there: name, proxy, connection and TLS.
///
/// The network layer does them in this order, so a failure at one of them shows that those before it worked.
struct WayToTheOrg {
    let host: LoginHost
    /// `direct`, or the proxy's host and port.
    let egress: String
    let outcome: Result<OrgAPI.Probe, ConnectedAppError>

    var isReached: Bool { if case .success = outcome { true } else { false } }

    /// Our clock minus the org's, in seconds.
    func skew(now: Date) -> TimeInterval? {
        guard case .success(let probe) = outcome, let date = probe.date else { return nil }
        return now.timeIntervalSince(date)
    }

    private enum Part: Int { case name, proxy, connection, tls }

    private var isProxied: Bool { egress != "direct" }

    /// Where it ended, and why; `nil` where an answer came.
    private var end: (part: Part, error: ConnectedAppError)? {
        guard case .failure(let error) = outcome else { return nil }
        switch error.cause {
        case .nameNotResolved: return (.name, error)
        case .proxyUnreachable, .proxyLoginRefused, .proxyRedirected, .proxyRefused, .proxyFailed:
            return (.proxy, error)
        case .serverNotTrusted, .tlsFailed: return (.tls, error)
        default: return (.connection, error)
        }
    }

    /// Whether the failure shows that the parts before it worked.
    private static func isTelling(_ error: ConnectedAppError) -> Bool {
        guard error.cause != .timedOut else { return false }
        guard case .exchangeFailed(let kind, let mayBeProxy) = error.circumstance else { return true }
        return kind != .other && !mayBeProxy
    }

    /// Whether bytes of an answer came, so that all parts worked.
    private static func isAnswer(_ error: ConnectedAppError) -> Bool {
        [.answerUnintelligible, .answerTooLarge].contains(error.cause)
    }

    var name: ConnectionTest.Verdict {
        verdict(
            .name, isProxied ? "The proxy resolves the name." : "The name was resolved.", ["host": host.description])
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
                ? "Verified TLS, version 1.2 or newer." : "Plain http, which is used to this machine itself only.", [:])
    }

    private func verdict(_ part: Part, _ sentence: String, _ evidence: [String: String]) -> ConnectionTest.Verdict {
        guard let end else { return .passes(sentence, evidence) }
        if part.rawValue == end.part.rawValue { return .fails(end.error) }
        if Self.isAnswer(end.error) { return .passes(sentence, evidence) }
        // A connection that failed otherwise than by being refused says nothing of TLS.
        guard part.rawValue < end.part.rawValue else { return ConnectionTest.notReached }
        return Self.isTelling(end.error)
            ? .passes(sentence, evidence) : .unknown("The failure after it does not show whether it worked.", evidence)
    }
}
