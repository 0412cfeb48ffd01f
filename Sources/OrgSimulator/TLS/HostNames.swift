import Foundation

extension SimulatorState {
    /// The names of the legacy hosts and of every org's own hosts, in lower case.
    var hostNames: Set<String> {
        let orgs = orgs.flatMap { [$0.myDomain, $0.instanceURL.flatMap(URL.init(string:))?.host() ?? ""] }
        return Set((["login.salesforce.com", "test.salesforce.com"] + orgs).map { $0.lowercased() }).subtracting([""])
    }

    /// The names that a certificate for the org's port must have: Salesforce's hosts of every kind, loopback names, and
    /// the orgs' hosts.
    var certificateNames: [String] {
        let kinds = [
            "login.salesforce.com", "test.salesforce.com", "*.my.salesforce.com", "*.sandbox.my.salesforce.com",
            "*.develop.my.salesforce.com", "*.scratch.my.salesforce.com", "localhost", "127.0.0.1", "::1",
        ]
        return kinds + hostNames.subtracting(kinds).sorted()
    }
}

extension OrgSimulation {
    /// Whether an org or a legacy host has this name. False for loopback names.
    func isServed(_ name: String) -> Bool {
        let name = name.lowercased()
        return !HostName(authority: name).isLoopback && state.hostNames.contains(name)
    }

    /// Whether TLS was set up for another name than the one in the `Host` header. False if either is missing, or if
    /// `Host` is not a Salesforce name.
    func isMisdirected(_ request: OrgRequest) -> Bool {
        guard request.scheme == "https", let indicated = request.serverName?.lowercased() else { return false }
        let host = HostName(authority: request.host).name
        return host != indicated && (host.hasSuffix(".salesforce.com") || isServed(host))
    }

    /// Returns the scheme and host for `instance_url`. The setting of the org has precedence. A caller that uses TLS
    /// and a host name gets the org's My Domain; a caller of a loopback name gets the address that the simulator
    /// listens on.
    func instanceURL(of org: Org, calledBy request: OrgRequest? = nil) -> String {
        if let url = org.instanceURL { return url }
        guard let request, request.scheme == "https", !org.myDomain.isEmpty else { return listeningURL }
        let host = HostName(authority: request.host)
        guard !host.isLoopback, !host.name.contains(":") else { return listeningURL }
        return "https://\(org.myDomain)\(request.host.dropFirst(host.name.count))"
    }
}

extension OrgAnswer {
    /// The answer 421 of RFC 9110 §15.5.20. Not confirmed on a real org.
    static var misdirected: OrgAnswer {
        var answer = OrgAnswer(
            status: 421, operation: "unknown", reason: "TLS was set up for a name other than the Host header's."
        ).html("<!DOCTYPE html>\n<title>Misdirected</title>\n<p>This connection is for another host.</p>\n")
        answer.synthetic = true
        return answer
    }
}
