import Foundation

extension SimulatorState {
    /// The names of the legacy hosts and of every org's own hosts, in lower case.
    var hostNames: Set<String> {
        let orgs = orgs.flatMap { [$0.myDomain, $0.instanceURL.flatMap(URL.init(string:))?.host() ?? ""] }
        return Set((["login.salesforce.com", "test.salesforce.com"] + orgs).map { $0.lowercased() }).subtracting([""])
    }

    /// What a certificate for the org's port has to name: Salesforce's hosts of every kind, this machine, and the orgs.
    var certificateNames: [String] {
        let kinds = [
            "login.salesforce.com", "test.salesforce.com", "*.my.salesforce.com", "*.sandbox.my.salesforce.com",
            "*.develop.my.salesforce.com", "*.scratch.my.salesforce.com", "localhost", "127.0.0.1", "::1",
        ]
        return kinds + hostNames.subtracting(kinds).sorted()
    }
}

extension OrgSimulation {
    /// Whether an org or a legacy host has this name. A loopback name is nobody's.
    func isServed(_ name: String) -> Bool {
        let name = name.lowercased()
        return !HostName(authority: name).isLoopback && state.hostNames.contains(name)
    }

    /// Whether TLS was set up for another name than the `Host` header's. Where one of the two is left out, or `Host` is
    /// no Salesforce name, nothing is contradicted.
    func isMisdirected(_ request: OrgRequest) -> Bool {
        guard request.scheme == "https", let indicated = request.serverName?.lowercased() else { return false }
        let host = HostName(authority: request.host).name
        return host != indicated && (host.hasSuffix(".salesforce.com") || isServed(host))
    }

    /// Scheme and host that the org names in `instance_url`: its own, as the org was called. Who calls it by TLS and
    /// name gets its My Domain, who calls this machine gets this machine.
    func instanceURL(of org: Org, calledBy request: OrgRequest? = nil) -> String {
        if let url = org.instanceURL { return url }
        guard let request, request.scheme == "https", !org.myDomain.isEmpty else { return listeningURL }
        let host = HostName(authority: request.host)
        guard !host.isLoopback, !host.name.contains(":") else { return listeningURL }
        return "https://\(org.myDomain)\(request.host.dropFirst(host.name.count))"
    }
}

extension OrgAnswer {
    /// RFC 9110 §15.5.20. Not confirmed on a real org.
    static var misdirected: OrgAnswer {
        var answer = OrgAnswer(
            status: 421, operation: "unknown", reason: "TLS was set up for another name than the Host header's."
        ).html("<!DOCTYPE html>\n<title>Misdirected</title>\n<p>This connection is for another host.</p>\n")
        answer.synthetic = true
        return answer
    }
}
