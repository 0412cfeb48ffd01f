/// The one audience (`aud`) of a connection, and why it is that one.
///
/// Reasoned from the host's form and the app's kind, never found out by failed sign-ins: "OAuth 2.0 JWT Bearer Flow
/// for Server-to-Server Integration" (Salesforce Help) for the Connected App; n8n-io/n8n#28990 and
/// forcedotcom/cli#3482 for the External Client App.
public struct Audience: Sendable, Equatable {
    /// A URL without trailing slash.
    public let url: String
    /// One sentence for a person.
    public let reason: String

    /// - Parameter given: What the operator said; wins over all reasoning.
    /// - Throws: ``ConnectedAppError`` with `.hostUnfitForAppKind`, `.audienceUndecided` or `.audienceMalformed`.
    public static func reasoned(host: LoginHost, appKind: AppKind, given: String?) throws(ConnectedAppError) -> Audience
    {
        if let given {
            return Audience(url: try checked(given), reason: "The audience was given with the connection.")
        }
        return switch appKind {
        case .externalClientApp: try forExternalClientApp(host)
        case .connectedApp: try forConnectedApp(host)
        }
    }

    /// Whether reasoning speaks for another one: the class of the org where the kind wants the My Domain, or the other way.
    func isUnusual(at host: LoginHost, for appKind: AppKind) -> Bool {
        if let reasoned = try? Self.reasoned(host: host, appKind: appKind, given: nil) { return reasoned.url != url }
        let isClass = ["https://login.salesforce.com", "https://test.salesforce.com"].contains(url)
        return appKind == .connectedApp && !isClass
    }

    private static func forExternalClientApp(_ host: LoginHost) throws(ConnectedAppError) -> Audience {
        switch host.form {
        case .login, .test:
            throw ConnectedAppError(.hostUnfitForAppKind, subject: host.host)
        case .production, .sandbox, .developer, .scratch, .program, .loopback:
            return Audience(
                url: host.description,
                reason: "An External Client App takes the org's own address, \(host.host), as host and as audience.")
        case .military, .allowed:
            throw ConnectedAppError(.audienceUndecided, subject: host.host)
        }
    }

    private static func forConnectedApp(_ host: LoginHost) throws(ConnectedAppError) -> Audience {
        switch host.form {
        case .login, .production, .developer:
            return Audience(
                url: "https://login.salesforce.com",
                reason: "A Connected App takes login.salesforce.com as audience, since \(host.host) is no sandbox.")
        case .test, .sandbox, .scratch:
            return Audience(
                url: "https://test.salesforce.com",
                reason:
                    "A Connected App takes test.salesforce.com as audience, since \(host.host) is a sandbox or scratch org."
            )
        case .program, .military, .loopback, .allowed:
            throw ConnectedAppError(.audienceUndecided, subject: host.host)
        }
    }

    /// Any https URL of a host, with a path where a site of Experience Cloud has one; http for loopback only.
    private static func checked(_ text: String) throws(ConnectedAppError) -> String {
        let text = text.withoutSurroundings
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, !text.hasSuffix("/"),
            let host = try? HostText("\(parts[0])//\(parts[2])"), host.scheme == "https" || host.isLoopback,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), text.utf8.count <= 255
        else { throw ConnectedAppError(.audienceMalformed, subject: text) }
        return text
    }
}
