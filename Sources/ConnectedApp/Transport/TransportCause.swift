package import JWTBearer

extension ConnectedAppError {
    /// The error for an exchange that failed below HTTP.
    ///
    /// - Parameter host: The host of the request. It is the subject of the error, unless the proxy is the reason; then
    ///   the proxy is.
    package init(_ failure: TransportFailure, host: LoginHost) {
        var facts = ["transport": failure.kind.rawValue, "detail": failure.detail]
        switch failure.specifics {
        case .proxy(let proxy): self.init(ProxyFailureReading(proxy), proxy.address, facts, host, failure.kind)
        case .noTLS(let proxy):
            facts["proxy"] = proxy
            self.init(failure, facts, host)
        case .certificateOfAnotherName, .tlsVersionTooOld, .clientCertificateWanted, nil:
            self.init(failure, facts, host)
        }
    }

    private init(_ failure: TransportFailure, _ facts: [String: String], _ host: LoginHost) {
        self.init(
            Self.cause(of: failure.kind), subject: host.host, detail: Self.detail(of: failure),
            remedy: Self.remedy(for: failure), evidence: facts,
            circumstance: .exchangeFailed(failure.kind, mayBeProxy: facts["proxy"] != nil))
    }

    private init(
        _ reading: ProxyFailureReading, _ proxy: String, _ facts: [String: String], _ host: LoginHost,
        _ kind: TransportFailure.Kind
    ) {
        self.init(
            reading.cause, subject: proxy, detail: reading.detail, remedy: reading.remedy,
            evidence: reading.evidence.merging(facts) { first, _ in first }.merging(["host": host.host]) { first, _ in
                first
            }, circumstance: .exchangeFailed(kind))
    }

    private static func cause(of kind: TransportFailure.Kind) -> Cause {
        switch kind {
        case .nameNotResolved: .nameNotResolved
        case .connectionRefused: .connectionRefused
        case .proxyFailed: .proxyFailed
        case .serverNotTrusted: .serverNotTrusted
        case .tlsFailed: .tlsFailed
        case .timedOut: .timedOut
        case .connectionLost, .other: .connectionLost
        case .answerMalformed: .answerUnintelligible
        case .bodyTooLarge: .answerTooLarge
        case .clearTextRefused: .clearTextRefused
        case .hostNotAllowed: .hostNotAllowed
        case .addressMalformed: .loginHostMalformed
        }
    }

    private static func detail(of failure: TransportFailure) -> String? {
        switch failure.specifics {
        case .certificateOfAnotherName: "The server's certificate is for other names."
        case .tlsVersionTooOld: "The server does not support TLS 1.2 or later."
        case .noTLS(nil): "The server does not speak TLS."
        case .noTLS(let proxy?):
            "The server does not speak TLS. The proxy \(proxy) may have answered instead of the host."
        case .clientCertificateWanted: "The server requires a client certificate (mutual TLS), but aprity has none."
        case .proxy: nil
        case nil: failure.kind == .answerMalformed ? "The answer is not valid HTTP." : nil
        }
    }

    private static func remedy(for failure: TransportFailure) -> String? {
        switch failure.specifics {
        case .certificateOfAnotherName:
            "Check the host's name and the address that it resolves to. Another certificate authority does not help."
        case .noTLS(nil): "Check the port, and whether a device on the way answers instead of the server."
        case .noTLS(.some):
            "Open any page in a browser on this network: a sign-in page of the network may be in the way. Also check the port, and "
                + "what the proxy's log says about the host."
        case .clientCertificateWanted:
            "Ask whoever runs the server to accept clients without a certificate. If a proxy or a gateway that inspects TLS "
                + "requires the certificate, exclude the host from its inspection."
        case .tlsVersionTooOld, .proxy, nil: nil
        }
    }
}
