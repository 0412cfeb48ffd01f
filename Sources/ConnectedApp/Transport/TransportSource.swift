package import JWTBearer

/// Gives out the transport for a connection's own rules: further certificate authorities, allowed hosts.
package protocol TransportSource: Sendable {
    func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport
    /// The same for one use, on connections of its own: which of an org's servers answers is drawn anew.
    func withFreshConnections<T: Sendable>(
        authoritiesPEM: String?, allowedHosts: [AllowedHost],
        _ body: @Sendable (any HTTPTransport) async throws -> T
    ) async throws -> T
    /// Which way bytes to this host leave: `direct`, or the proxy's host and port.
    func egress(to host: LoginHost) -> String
    /// Whether an org at this host may be registered at all.
    func check(_ host: LoginHost) throws
}

extension TransportSource {
    package func withFreshConnections<T: Sendable>(
        authoritiesPEM: String?, allowedHosts: [AllowedHost],
        _ body: @Sendable (any HTTPTransport) async throws -> T
    ) async throws -> T {
        try await body(try transport(authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts))
    }

    package func egress(to host: LoginHost) -> String { "direct" }

    package func check(_ host: LoginHost) throws {}
}
