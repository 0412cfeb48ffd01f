internal import HTTPTypes
package import JWTBearer

/// A transport source whose transports send requests only to this machine. Requests to other hosts throw an error.
package struct LoopbackTransports: TransportSource {
    private let base: any TransportSource
    private let refusal: @Sendable (_ host: String) -> ConnectedAppError

    /// - Parameter refusal: Returns the error to throw for another host. `host` may have a port.
    package init(_ base: any TransportSource, refusal: @escaping @Sendable (_ host: String) -> ConnectedAppError) {
        self.base = base
        self.refusal = refusal
    }

    package func check(_ host: LoginHost) throws {
        guard host.form == .loopback else { throw refusal(host.authority) }
    }

    package func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport {
        LoopbackTransport(
            base: try base.transport(authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts), refusal: refusal)
    }

    package func withFreshConnections<T: Sendable>(
        authoritiesPEM: String?, allowedHosts: [AllowedHost],
        _ body: @Sendable (any HTTPTransport) async throws -> T
    ) async throws -> T {
        try await base.withFreshConnections(authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts) {
            [refusal] transport in
            try await body(LoopbackTransport(base: transport, refusal: refusal))
        }
    }

    package func egress(to host: LoginHost) -> String { base.egress(to: host) }
}

private struct LoopbackTransport: HTTPTransport {
    let base: any HTTPTransport
    let refusal: @Sendable (String) -> ConnectedAppError

    func send(_ request: OutgoingRequest, within limits: ExchangeLimits) async throws -> IncomingResponse {
        let authority = request.head.authority ?? ""
        let host = try? LoginHost("\(request.head.scheme ?? "")://\(authority)")
        guard host?.form == .loopback else { throw refusal(authority) }
        return try await base.send(request, within: limits)
    }
}
