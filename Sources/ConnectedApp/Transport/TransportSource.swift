package import JWTBearer

/// Creates transports for a connection's certificate authorities and allowed hosts.
package protocol TransportSource: Sendable {
    /// Returns a transport, which may be shared with other connections that have the same settings.
    ///
    /// - Parameters:
    ///   - authoritiesPEM: Certificate authorities to trust in addition to the system's; `nil` for none.
    ///   - allowedHosts: The hosts, other than Salesforce's, to which it may send.
    /// - Throws: ``ConnectedAppError`` if a setting is malformed, for example the proxy's.
    func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport
    /// Runs `body` with a transport that opens new network connections, so that another server of the org may answer.
    /// The transport is valid only during the call. By default, `body` gets a transport of
    /// ``transport(authoritiesPEM:allowedHosts:)``.
    func withFreshConnections<T: Sendable>(
        authoritiesPEM: String?, allowedHosts: [AllowedHost],
        _ body: @Sendable (any HTTPTransport) async throws -> T
    ) async throws -> T
    /// Returns how requests to this host leave: `direct`, which is the default, or the proxy's host and port. Stored in
    /// the sign-in ledger; the form must not change.
    func egress(to host: LoginHost) -> String
    /// Throws ``ConnectedAppError`` if a connection to an org at this host must not be added. By default, every host is
    /// allowed.
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
