/// The reason why an exchange did not take place or broke off.
public struct TransportFailure: Error, Sendable, Equatable {
    /// The raw values appear in aprity's JSON output and in the sign-in ledger; they must not change.
    public enum Kind: String, Sendable, CaseIterable {
        /// The host's name could not be resolved. The request was not sent.
        case nameNotResolved
        /// No connection to the host could be opened. The request was not sent.
        case connectionRefused
        /// The exchange took too long. The host may have processed the request.
        case timedOut
        /// The connection ended before the complete answer arrived. The host may have processed the request.
        case connectionLost
        /// The answer's body exceeds ``ExchangeLimits/bodyBytes``. The host has answered the request.
        case bodyTooLarge
        /// The proxy could not be reached, or did not open a tunnel to the host. The request was not sent.
        case proxyFailed
        /// The server's certificate was rejected: its issuer is not trusted, it has expired, or it is for other names. The
        /// request was not sent.
        case serverNotTrusted
        /// The TLS handshake failed for another reason. The host did not process the request.
        case tlsFailed
        /// The answer is not HTTP, or has a header that cannot be parsed. The host may have processed the request.
        case answerMalformed
        /// The request would have gone by plain HTTP to a host other than a loopback address. It was not sent.
        case clearTextRefused
        /// The host is not Salesforce's, and the operator did not allow it. The request was not sent.
        case hostNotAllowed
        /// The request's scheme and authority are not a valid address. It was not sent.
        case addressMalformed
        /// Anything else that the network layer reports. The host may have processed the request.
        case other
    }

    /// What is known beyond the kind. Each case belongs to one kind; see ``kind``.
    public enum Specifics: Sendable, Equatable {
        /// The proxy is the reason.
        case proxy(ProxyFailure)
        /// The server's certificate is for other host names.
        case certificateOfAnotherName
        /// The server supports only TLS versions before 1.2.
        case tlsVersionTooOld
        /// The server answered without TLS.
        ///
        /// - Parameter proxy: The host and port of a proxy that may have answered instead of the server; `nil` without
        ///   a proxy.
        case noTLS(proxy: String? = nil)
        /// The server requires a client certificate (mutual TLS).
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
    /// The network layer's message, for the operator. It must contain no header and no body, because these may contain
    /// secrets.
    public let detail: String
    /// `nil` if no more is known than ``kind``.
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

/// The reason why a proxy opened no tunnel to the host.
public struct ProxyFailure: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// The proxy's own name could not be resolved.
        case nameNotResolved
        /// The proxy refused the connection.
        case connectionRefused
        /// The proxy did not accept the connection in time.
        case timedOut
        /// The proxy accepted the connection, but closed it without an answer.
        case closedWithoutAnswer
        /// The proxy accepted the connection, but did not answer in time.
        case answerTimedOut
        /// The proxy answered with a status from 200 to 299 and a page, such as a network's sign-in page, instead of a
        /// tunnel.
        case page(status: Int)
        /// The proxy's answer is not HTTP.
        case answerNotHTTP
        /// The proxy answered with a status outside 200 to 299.
        case refused(ProxyAnswer)
        /// The proxy opened no tunnel at first, but did when it was asked a second time to find the reason.
        case notReproduced
    }

    /// The host and port of the proxy.
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

/// The parts of a proxy's answer to CONNECT that show why there is no tunnel. They contain no secret.
public struct ProxyAnswer: Sendable, Equatable {
    /// The HTTP status.
    public let status: Int
    /// The authentication schemes in `Proxy-Authenticate`, such as `Basic` or `NTLM`, as they are written; empty
    /// without that header.
    public let schemes: [String]
    /// The host in `Location`; `nil` without that header.
    public let redirectHost: String?

    public init(status: Int, schemes: [String] = [], redirectHost: String? = nil) {
        self.status = status
        self.schemes = schemes
        self.redirectHost = redirectHost
    }
}
