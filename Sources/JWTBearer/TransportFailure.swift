/// Why an exchange did not happen or broke off.
public struct TransportFailure: Error, Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case nameNotResolved, connectionRefused, timedOut, connectionLost, bodyTooLarge
        /// A proxy opened no way to the host, or could not be reached.
        case proxyFailed
        /// The server's certificate: its issuer is not trusted here, it has expired, or it is for other names.
        case serverNotTrusted
        /// TLS did not come about for another reason.
        case tlsFailed
        /// An answer came that is not HTTP, or has a header that cannot be read.
        case answerMalformed
        /// Plain http to somewhere else than a loopback address.
        case clearTextRefused
        /// A host that neither is one of Salesforce's login hosts nor was allowed by hand.
        case hostNotAllowed
        /// What should be a host's address is none.
        case addressMalformed
        /// Anything else that the network layer reports.
        case other
    }

    /// What is known beyond the kind. Each of these goes with one kind.
    public enum Specifics: Sendable, Equatable {
        case proxy(ProxyFailure)
        /// The server's certificate names other hosts.
        case certificateOfAnotherName
        /// The server speaks TLS, but no version from 1.2 on.
        case tlsVersionTooOld
        /// The server answers in clear text.
        ///
        /// - Parameter proxy: Host and port of a proxy that may have answered in place of the server; `nil` without one.
        case noTLS(proxy: String? = nil)
        /// The server wants a certificate of the client (mutual TLS).
        case clientCertificateWanted

        public var kind: Kind {
            switch self {
            case .proxy: .proxyFailed
            case .certificateOfAnotherName: .serverNotTrusted
            case .tlsVersionTooOld, .noTLS, .clientCertificateWanted: .tlsFailed
            }
        }
    }

    public let kind: Kind
    /// For the operator: what the network layer said. Holds no header and no body.
    public let detail: String
    public let specifics: Specifics?

    public init(_ kind: Kind, detail: String) {
        self.kind = kind
        self.detail = detail
        specifics = nil
    }

    public init(specifics: Specifics, detail: String) {
        kind = specifics.kind
        self.detail = detail
        self.specifics = specifics
    }
}

/// What a proxy did in place of opening a tunnel to the host.
public struct ProxyFailure: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// The proxy's own name.
        case nameNotResolved
        case connectionRefused
        /// The proxy accepted no connection in time.
        case timedOut
        /// The proxy accepted the connection and closed it without an answer.
        case closedWithoutAnswer
        /// The proxy accepted the connection and did not answer in time.
        case answerTimedOut
        /// A status of success, and a page in place of a tunnel.
        case page(status: Int)
        case answerNotHTTP
        case refused(ProxyAnswer)
        /// The proxy failed, and opened a tunnel when it was asked once more to see why.
        case notReproduced
    }

    /// Host and port of the proxy.
    public let address: String
    /// Whether the proxy's URL has a username and a password.
    public let hasLogin: Bool
    public let reason: Reason

    public init(address: String, hasLogin: Bool, reason: Reason) {
        self.address = address
        self.hasLogin = hasLogin
        self.reason = reason
    }
}

/// A proxy's answer to CONNECT, as far as it says why there is no tunnel.
public struct ProxyAnswer: Sendable, Equatable {
    public let status: Int
    /// The schemes of `Proxy-Authenticate`, such as `Basic` or `NTLM`, as they are written.
    public let schemes: [String]
    /// The host of `Location`.
    public let redirectHost: String?

    public init(status: Int, schemes: [String] = [], redirectHost: String? = nil) {
        self.status = status
        self.schemes = schemes
        self.redirectHost = redirectHost
    }
}
