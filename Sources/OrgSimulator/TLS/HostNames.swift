import Foundation

extension SimulatorState {
    /// The names of the shared login hosts and of every org's own hosts, in lower case.
    var hostNames: Set<String> {
        let orgs = orgs.flatMap { [$0.myDomain, $0.instanceURL.flatMap(URL.init(string:))?.host() ?? ""] }
        return Set((["login.salesforce.com", "test.salesforce.com"] + orgs).map { $0.lowercased() }).subtracting([""])
    }

    /// The names that a certificate for the org's port must have: the shared login hosts, wildcards for all kinds of My
    /// Domains, loopback names and addresses, and the orgs' hosts.
    var certificateNames: [String] {
        let kinds = [
            "login.salesforce.com", "test.salesforce.com", "*.my.salesforce.com", "*.sandbox.my.salesforce.com",
            "*.develop.my.salesforce.com", "*.scratch.my.salesforce.com", "localhost", "127.0.0.1", "::1",
        ]
        return kinds + hostNames.subtracting(kinds).sorted()
    }
}

extension OrgSimulation {
    /// Whether this is the name of an org's host or a shared login host. Case is ignored. False for loopback names.
    func answersFor(_ name: String) -> Bool {
        let name = name.lowercased()
        return !HostName(authority: name).isLoopback && state.hostNames.contains(name)
    }

    /// Whether the host that the client named in the TLS handshake (SNI) differs from the `Host` header. False if the
    /// handshake named none, or if `Host` is neither a `.salesforce.com` name nor an org's.
    func isMisdirected(_ request: OrgRequest) -> Bool {
        guard request.scheme == "https", let indicated = request.serverName?.lowercased() else { return false }
        let host = HostName(authority: request.host).name
        return host != indicated && (host.hasSuffix(".salesforce.com") || answersFor(host))
    }

    /// Returns the URL of an org for `instance_url`: scheme, host and, if needed, port.
    ///
    /// The first of these that exists:
    ///
    /// 1. the org's setting `instanceURL`, unchanged;
    /// 2. for a request with TLS whose `Host` header is neither a loopback name nor an IPv6 address: `https://`, the
    ///    org's My Domain, and the port of the `Host` header if it has one;
    /// 3. the URL at which the simulator listens.
    ///
    /// - Parameter request: The request that is answered; `nil` if there is none.
    func instanceURL(of org: Org, calledBy request: OrgRequest? = nil) -> String {
        if let url = org.instanceURL { return url }
        guard let request, request.scheme == "https", !org.myDomain.isEmpty else { return listeningURL }
        let host = HostName(authority: request.host)
        guard !host.isLoopback, !host.name.contains(":") else { return listeningURL }
        return "https://\(org.myDomain)\(request.host.dropFirst(host.name.count))"
    }
}

extension OrgAnswer {
    /// The answer to a request for which ``OrgSimulation/isMisdirected(_:)`` is true: 421 (RFC 9110 §15.5.20). Not
    /// confirmed on a real org.
    static var misdirected: OrgAnswer {
        var answer = OrgAnswer(
            status: 421, operation: "unknown", reason: "TLS was set up for a name other than the Host header's."
        ).html("<!DOCTYPE html>\n<title>Misdirected</title>\n<p>This connection is for another host.</p>\n")
        answer.isSynthetic = true
        return answer
    }
}
