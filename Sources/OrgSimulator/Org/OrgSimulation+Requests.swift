import Crypto
import Foundation

/// A request with what is determined on arrival: org, app server and times.
struct Exchange: Sendable {
    let request: OrgRequest
    /// `nil` if no org has the name in the `Host` header.
    let host: AddressedHost?
    /// The index of the app server, from 0. The history counts from 1.
    let server: Int
    let wallTime: Date
    let orgTime: Date
    /// The time of the `Date` header. `exp` is compared with it.
    let dateHeaderTime: Date

    /// The org that the request addresses; `nil` for a shared login host, which belongs to no org, or an unknown host.
    var orgID: String? {
        if case .org(let id, _)? = host { id } else { nil }
    }
}

extension OrgSimulation {
    /// Answers one request, with its faults, and adds it to the history.
    ///
    /// - Returns: The answer, and the time for its `Date` header.
    func answer(_ request: OrgRequest) async -> (answer: OrgAnswer, headerTime: Date) {
        let wallTime = wallTime
        let exchange = Exchange(
            request: request, host: host(request), server: server(for: request.connection), wallTime: wallTime,
            orgTime: clock.orgTime(at: wallTime), dateHeaderTime: clock.headerTime(at: wallTime))
        let (answer, dateOffset) = await answerWithFaults(exchange)
        history.add(RequestRecord(exchange, answer))
        return (answer, exchange.dateHeaderTime + dateOffset)
    }

    /// Returns the answer of the endpoint for the request's path. Call ``answer(_:)``, which adds faults and the
    /// history.
    func route(_ exchange: Exchange) async -> OrgAnswer {
        guard exchange.request.target.utf8.count <= OrgRequest.targetLimit else { return .addressTooLong }
        if exchange.request.isForSetup { return setup(exchange) }
        guard exchange.request.body != nil else { return .bodyTooLarge }
        guard !isMisdirected(exchange.request) else { return .misdirected }
        guard let host = exchange.host else { return .notFoundPage }
        let segments = exchange.request.segments
        switch segments.first {
        case nil: return landingPage(host)  // The path is `/`.
        case "services" where segments.dropFirst().first == "oauth2" && segments.count == 3:
            switch segments[2] {
            case "token": return token(exchange, host)
            case "revoke": return revoke(exchange)
            case "introspect": return introspect(exchange)
            case "authorize": return authorize(exchange)
            case "userinfo": return userInfo(exchange)
            default: return .notFoundPage
            }
        case "services" where segments.dropFirst().first == "data":
            return data(exchange, Array(segments.dropFirst(2)))
        case "services" where segments.dropFirst().prefix(2) == ["Soap", "m"] && segments.count >= 4:
            return await metadata(exchange, version: segments[3])
        case "id" where segments == ["id", "keys"]: return idKeys()
        case "id" where segments.count == 3:
            return identity(exchange, orgID: segments[1], userID: segments[2])
        case ".well-known" where segments.count == 2:
            switch segments[1] {
            case "openid-configuration": return openIDConfiguration(exchange)
            case "auth-configuration": return authConfiguration(exchange)
            default: return .notFoundPage
            }
        default: return .notFoundPage
        }
    }
}

extension OrgAnswer {
    static var notFoundPage: OrgAnswer {
        OrgAnswer(status: 404, operation: "unknown", reason: "The simulator has nothing at this address.")
            .html("<!DOCTYPE html>\n<title>Not found</title>\n<p>This simulated org has no such page.</p>\n")
    }

    /// The answer of Salesforce Edge (simple-salesforce/simple-salesforce#271, jsforce/jsforce#1134).
    static var addressTooLong: OrgAnswer {
        OrgAnswer(status: 414, operation: "unknown", reason: "The address is longer than Salesforce Edge accepts.")
            .html("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>")
    }

    static var bodyTooLarge: OrgAnswer {
        OrgAnswer(status: 413, operation: "unknown", reason: "The body is larger than the endpoint accepts.")
            .html("<!DOCTYPE html>\n<title>Too large</title>\n<p>The body of the request is too large.</p>\n")
    }
}

extension RequestRecord {
    /// The history assigns the id.
    fileprivate init(_ exchange: Exchange, _ answer: OrgAnswer) {
        self.init(
            wallTime: exchange.wallTime, orgTime: exchange.orgTime, host: exchange.request.host,
            server: exchange.server + 1, method: exchange.request.method, path: exchange.request.path,
            operation: answer.operation, verdict: answer.verdict, reason: answer.reason, status: answer.status,
            error: answer.error, synthetic: answer.isSynthetic, fault: answer.fault, username: answer.username,
            consumerKeyFingerprint: answer.consumerKey.map(Self.fingerprint))
    }

    private static func fingerprint(_ consumerKey: String) -> String {
        let hex = Array("0123456789abcdef")
        return SHA256.hash(data: Array(consumerKey.utf8)).prefix(8)
            .map { String([hex[Int($0 >> 4)], hex[Int($0 & 15)]]) }.joined()
    }
}
