package import JWTBearer
internal import Synchronization

/// Gives out the transport for a connection's own rules: further certificate authorities, allowed hosts.
package protocol TransportSource: Sendable {
    func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport
    /// Which way bytes to this host leave: `direct`, or the proxy's host and port.
    func egress(to host: LoginHost) -> String
}

extension TransportSource {
    package func egress(to host: LoginHost) -> String { "direct" }
}

/// The real network: one client for each set of rules, kept for as long as the process runs.
package final class NetworkTransports: TransportSource {
    private struct Rules: Hashable {
        let authoritiesPEM: String?
        let allowedHosts: [AllowedHost]
    }

    private let proxy: ProxySettings
    private let made = Mutex<[Rules: HTTPClientTransport]>([:])

    package init(proxy: ProxySettings) { self.proxy = proxy }

    package func transport(authoritiesPEM: String?, allowedHosts: [AllowedHost]) throws -> any HTTPTransport {
        let rules = Rules(authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts)
        return try made.withLock { made in
            if let transport = made[rules] { return transport }
            let transport = try HTTPClientTransport(
                authoritiesPEM: authoritiesPEM, allowedHosts: allowedHosts, proxy: proxy)
            made[rules] = transport
            return transport
        }
    }

    package func egress(to host: LoginHost) -> String { proxy.server(for: host)?.description ?? "direct" }

    /// To be called once, when nothing is sent any more.
    package func close() async {
        let all = made.withLock { Array($0.values) }
        for transport in all { await transport.close() }
    }
}
