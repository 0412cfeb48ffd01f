package import JWTBearer

/// Creates transports for a connection's certificate authorities and allowed hosts.
package protocol TransportSource: Sendable {
    func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport
    /// Runs `body` with a transport that opens new network connections, so that other servers of the org may answer.
    func withFreshConnections<T: Sendable>(
        authoritiesPEM: String?, allowedHosts: [AllowedHost],
        _ body: @Sendable (any HTTPTransport) async throws -> T
    ) async throws -> T
    /// Returns how requests to this host leave: `direct`, or the proxy's host and port.
    func egress(to host: LoginHost) -> String
    /// Throws if an org at this host must not be registered.
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
