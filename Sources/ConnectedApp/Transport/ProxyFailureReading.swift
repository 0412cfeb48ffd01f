internal import JWTBearer

/// The cause of a proxy's failure, with the detail and the remedy for this case.
struct ProxyFailureReading {
    let cause: Cause
    /// `nil` if the cause's own summary fits.
    private(set) var detail: String?
    /// `nil` if the cause's own remedy fits.
    private(set) var remedy: String?
    /// The names are part of aprity's JSON output: `proxy`, `status`, `proxyAuthenticate`, `redirectHost`.
    private(set) var evidence: [String: String] = [:]

    init(_ failure: ProxyFailure) {
        switch failure.reason {
        case .nameNotResolved: (cause, detail) = (.proxyUnreachable, "The proxy's name cannot be resolved.")
        case .connectionRefused: (cause, detail) = (.proxyUnreachable, "The proxy accepts no connection.")
        case .timedOut: (cause, detail) = (.proxyUnreachable, "The proxy did not accept the connection in time.")
        case .closedWithoutAnswer:
            cause = .proxyFailed
            detail =
                "The proxy closed the connection without an answer to the request for a tunnel (CONNECT). A proxy that "
                + "requires TLS from the start does this."
            remedy =
                "Check the port in HTTPS_PROXY: aprity speaks plain HTTP to a proxy, not TLS. If the port is right, read the "
                + "proxy's log."
        case .answerTimedOut:
            (cause, detail) = (.proxyFailed, "The proxy did not answer the request for a tunnel (CONNECT) in time.")
        case .page(let status):
            cause = .proxyRefused
            detail = "The proxy answered with status \(status) and a page instead of a tunnel."
            remedy =
                "Open any page in a browser on this network and do what it asks for, often a sign-in. Then run the command "
                + "again. If no such page appears, check the host and the port in HTTPS_PROXY."
            evidence = ["status": String(status)]
        case .answerNotHTTP:
            cause = .proxyRefused
            detail = "The server is not an HTTP proxy, or it requires TLS from the start."
            remedy = "Correct the host and the port in HTTPS_PROXY. aprity speaks plain HTTP to a proxy."
        case .notReproduced:
            cause = .proxyFailed
            detail = "The proxy refused a tunnel at first, but opened one when aprity asked again."
        case .refused(let answer):
            cause = Self.cause(of: answer.status)
            evidence = ["status": String(answer.status)]
            if !answer.schemes.isEmpty { evidence["proxyAuthenticate"] = answer.schemes.joined(separator: ", ") }
            evidence["redirectHost"] = answer.redirectHost
            describe(answer, hasLogin: failure.hasLogin)
        }
        evidence["proxy"] = failure.address
    }

    private static func cause(of status: Int) -> Cause {
        switch status {
        case 407: .proxyLoginRefused
        case 300..<400: .proxyRedirected
        case 408, 429, 500...: .proxyFailed
        default: .proxyRefused
        }
    }

    private mutating func describe(_ answer: ProxyAnswer, hasLogin: Bool) {
        if cause == .proxyLoginRefused {
            describeLogin(answer.schemes, hasLogin: hasLogin)
        } else if cause == .proxyRedirected {
            let target = answer.redirectHost.map { "to \($0) " } ?? ""
            detail = "The proxy answered with a redirect \(target)(status \(answer.status)) instead of a tunnel."
            remedy = answer.redirectHost.map {
                "Open https://\($0) in a browser on this network and do what it asks for, often a sign-in. Then run the "
                    + "command again."
            }
        } else {
            detail = "The proxy did not open a tunnel to the host. It answered with status \(answer.status)."
        }
    }

    private mutating func describeLogin(_ schemes: [String], hasLogin: Bool) {
        let names = schemes.joined(separator: ", ")
        if !schemes.isEmpty, !schemes.contains(where: { $0.lowercased() == "basic" }) {
            detail = "The proxy requires a sign-in by \(names) (status 407), but aprity supports only Basic."
            remedy =
                "Ask whoever runs the proxy to offer Basic, or to let this machine through without a sign-in. Or run a program "
                + "on this machine that signs in to the proxy, and set HTTPS_PROXY to that program."
        } else if hasLogin {
            detail = "The proxy does not accept the username and the password in HTTPS_PROXY (status 407)."
            remedy = "Correct them in HTTPS_PROXY. \(Self.encoding)"
        } else {
            detail =
                "The proxy requires a username and a password (status 407" + (names.isEmpty ? ")." : "; \(names)).")
        }
    }

    private static let encoding = "In a URL, `#` is written %23, `/` is %2F, `%` is %25, and `@` is %40."
}
