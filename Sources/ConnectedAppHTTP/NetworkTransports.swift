package import ConnectedApp
package import JWTBearer
internal import Synchronization

/// Transports over the real network. Connections with the same authorities and allowed hosts share one HTTP client,
/// which is kept until ``close()``.
package final class NetworkTransports: TransportSource {
    /// The settings in which transports differ.
    private struct Rules: Hashable {
        let authoritiesPEM: String?
        let allowedHosts: [AllowedHost]
    }

    /// A failure is thrown only when a transport is requested.
    private let proxy: Result<ProxySettings, ConnectedAppError>
    private let system: SystemAuthorities
    private let transports = Mutex<[Rules: HTTPClientTransport]>([:])

    /// - Parameter proxy: The proxy settings, or the error in them. The error is thrown when a transport is requested.
    package init(proxy: Result<ProxySettings, ConnectedAppError>, system: SystemAuthorities = .standard) {
        self.proxy = proxy
        self.system = system
    }

    convenience init(proxy: ProxySettings, system: SystemAuthorities = .standard) {
        self.init(proxy: .success(proxy), system: system)
    }

    package func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport {
        let proxy = try proxy.get()
        let rules = Rules(authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts)
        return try transports.withLock { transports in
            if let transport = transports[rules] { return transport }
            let transport = try HTTPClientTransport(
                authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts, proxy: proxy, system: system)
            transports[rules] = transport
            return transport
        }
    }

    package func withFreshConnections<T: Sendable>(
        authoritiesPEM: String?, allowedHosts: [AllowedHost],
        _ body: @Sendable (any HTTPTransport) async throws -> T
    ) async throws -> T {
        let transport = try HTTPClientTransport(
            authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts, proxy: proxy.get(), system: system)
        do {
            let result = try await body(transport)
            await transport.close()
            return result
        } catch {
            await transport.close()
            throw error
        }
    }

    /// - Returns: `direct`, the proxy's host and port, or `none` if the proxy setting is malformed.
    package func egress(to host: LoginHost) -> String {
        switch proxy {
        case .success(let proxy): proxy.server(for: host)?.description ?? "direct"
        // Without a valid proxy setting there is no transport, so nothing is sent.
        case .failure: "none"
        }
    }

    /// Closes all HTTP clients. Call it once, after the last request.
    package func close() async {
        let all = transports.withLock { Array($0.values) }
        for transport in all { await transport.close() }
    }
}
