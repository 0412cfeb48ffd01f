/// The audience (`aud`) of a connection, and the reason for it.
///
/// Unless the operator gives one, aprity derives it from the host's form and the app's kind, and does not try sign-ins
/// to find it. Sources: "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration" (Salesforce Help) for the
/// Connected App; n8n-io/n8n#28990 and forcedotcom/cli#3482 for the External Client App.
package struct Audience: Sendable, Equatable {
    /// The `aud` of each assertion: a URL without trailing slash.
    let url: String
    /// Why this is the audience, in one sentence to show.
    let reason: String

    /// Returns the audience that the operator gave, or the one that follows from host and app kind.
    ///
    /// - Parameter given: The operator's audience; `nil` if there is none.
    /// - Throws: ``ConnectedAppError``: `.audienceMalformed` if `given` is not a valid URL; without `given`,
    ///   `.hostUnfitForAppKind` if no app of this kind can sign in at this host, or `.audienceUndecided` if the host's
    ///   name does not determine the audience.
    package static func reasoned(host: LoginHost, appKind: AppKind, given: String?) throws(ConnectedAppError)
        -> Audience
    {
        if let given {
            return Audience(url: try checked(given), reason: "This audience was set for the connection.")
        }
        return switch appKind {
        case .externalClientApp: try forExternalClientApp(host)
        case .connectedApp: try forConnectedApp(host)
        }
    }

    /// Whether the audience differs from the one that host and app kind determine.
    ///
    /// If they determine none, an External Client App's audience is never unusual. A Connected App's is unusual unless
    /// it is one of the two shared login hosts.
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
                reason:
                    "An External Client App uses the org's own address, \(host.host), as login host and as audience.")
        case .military, .allowed:
            throw ConnectedAppError(.audienceUndecided, subject: host.host)
        }
    }

    private static func forConnectedApp(_ host: LoginHost) throws(ConnectedAppError) -> Audience {
        switch host.form {
        case .login, .production, .developer:
            return Audience(
                url: "https://login.salesforce.com",
                reason:
                    "A Connected App uses login.salesforce.com as audience, because \(host.host) does not belong to a "
                    + "sandbox.")
        case .test, .sandbox, .scratch:
            return Audience(
                url: "https://test.salesforce.com",
                reason:
                    "A Connected App uses test.salesforce.com as audience, because \(host.host) belongs to a "
                    + "sandbox or scratch org.")
        case .program, .military, .loopback, .allowed:
            throw ConnectedAppError(.audienceUndecided, subject: host.host)
        }
    }

    /// Accepts an https URL with or without a path (Experience Cloud sites have one), and http for loopback addresses.
    /// At most 255 characters of printable ASCII, without trailing slash.
    ///
    /// - Throws: ``ConnectedAppError`` with `.audienceMalformed`.
    private static func checked(_ text: String) throws(ConnectedAppError) -> String {
        let text = text.trimmingPasteArtifacts
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty, !text.hasSuffix("/"),
            let host = try? HostText("\(parts[0])//\(parts[2])"), host.scheme == "https" || host.isLoopback,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), text.utf8.count <= 255
        else { throw ConnectedAppError(.audienceMalformed, subject: text.withoutUserInformation) }
        return text
    }
}
