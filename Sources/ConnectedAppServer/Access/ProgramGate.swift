internal import ConnectedApp
internal import Crypto
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// Admits programs with the start token or an API token. A session cookie does not count, so a page of another site
/// cannot make a browser call the API.
///
/// A request without an `Authorization` header does not count as an attempt.
struct ProgramGate: Sendable {
    let service: AppService
    let startToken: StartTokenGate
    let failures: FailedAttempts
    let connections: OpenConnections
    let known: KnownTokens

    /// - Parameter showsOnlyOwn: See ``Admission/program(_:showsOnlyOwn:)``.
    /// - Throws: ``ServerRefusal``: `.signInRequired`, `.forbidden`, `.tooManyAttempts`; ``ConnectedAppError`` with the
    ///   causes of a failing store.
    func caller(_ request: Request, _ context: ServerContext, _ right: Right, showsOnlyOwn: Bool) async throws -> Caller
    {
        guard let field = request.headers[.authorization] else { throw ServerRefusal(.signInRequired) }
        let text = BearerToken.text(in: field) ?? ""
        if try await startToken.accepts(text) { return Caller(principal: Principal(.api, name: "start token")) }
        let grant = try await grant(text)
        guard grant.scope.allows(right) else {
            throw ServerRefusal(.forbidden, detail: "The token \(grant.name) has the scope \(grant.scope.rawValue).")
        }
        if let allowed = grant.connections, !showsOnlyOwn {
            let alias = try context.parameters.get("alias") == nil ? nil : context.captured("alias")
            guard let alias, allowed.contains(where: { $0.description == alias }) else {
                let names = allowed.map(\.description).joined(separator: ", ")
                throw ServerRefusal(
                    .forbidden, detail: "The token \(grant.name) is limited to these connections: \(names).")
            }
        }
        if grant.isUnlimited { connections.trust(context.channel) }
        return Caller(principal: grant.principal, connections: grant.connections)
    }

    private func grant(_ text: String) async throws -> APITokens.Grant {
        switch try await service.apiTokens.check(text) {
        case .granted(let grant):
            if grant.isUnlimited { known.insert(text) }
            return grant
        case .expired(let name, let date):
            known.remove(text)
            throw ServerRefusal(
                .signInRequired, detail: "The API token \(name) expired at \(date.ISO8601Format()).")
        case .unknown:
            known.remove(text)
            try failures.record()
            throw ServerRefusal(.signInRequired)
        }
    }
}

extension APITokens.Grant {
    /// Whether the token can do everything that the start token can.
    var isUnlimited: Bool { scope == .everything && connections == nil }
}

/// Admits monitors.
struct MonitorGate: Sendable {
    let service: AppService
    let startToken: StartTokenGate
    let metricsToken: MetricsToken?
    let failures: FailedAttempts

    /// - Throws: As ``ProgramGate/caller(_:_:_:showsOnlyOwn:)``.
    func check(_ request: Request) async throws {
        guard let field = request.headers[.authorization] else { throw ServerRefusal(.signInRequired) }
        let text = BearerToken.text(in: field) ?? ""
        if metricsToken?.matches(text) == true { return }
        if try await startToken.accepts(text) { return }
        switch try await service.apiTokens.check(text) {
        case .granted(let grant):
            guard grant.connections == nil else {
                throw ServerRefusal(
                    .forbidden,
                    detail: "The token \(grant.name) is limited to some connections. The metrics are of all.")
            }
        case .expired(let name, let date):
            throw ServerRefusal(.signInRequired, detail: "The API token \(name) expired at \(date.ISO8601Format()).")
        case .unknown:
            try failures.record()
            throw ServerRefusal(.signInRequired)
        }
    }
}

/// The unlimited API tokens that were accepted lately. A new connection that presents one is protected from eviction
/// before the store is asked; it is no permission.
final class KnownTokens: Sendable {
    private static let capacity = 64
    private let digests = Mutex<Set<SHA256Digest>>([])

    func insert(_ text: String) {
        let digest = Self.digest(text)
        digests.withLock { digests in
            if digests.count >= Self.capacity { digests.removeAll() }
            digests.insert(digest)
        }
    }

    func remove(_ text: String) {
        let digest = Self.digest(text)
        digests.withLock { _ = $0.remove(digest) }
    }

    func contains(_ text: String) -> Bool {
        let digest = Self.digest(text)
        return digests.withLock { $0.contains(digest) }
    }

    private static func digest(_ text: String) -> SHA256Digest { SHA256.hash(data: Array(text.utf8)) }
}
