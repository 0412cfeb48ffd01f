internal import ConnectedApp
internal import HTTPTypes

/// Who may use a route.
enum Admission: Sendable, Equatable {
    /// Everybody, without a credential.
    case anyone
    /// A browser with a session.
    case session(Right)
    /// A program with the start token or an API token.
    ///
    /// - Parameter showsOnlyOwn: Whether a token for named connections may use this route although its path names no
    ///   connection. The route must then show only the token's connections.
    case program(Right, showsOnlyOwn: Bool = false)
    /// A monitor: a program with the metrics token, the start token, or an API token for all connections.
    case monitor
}

/// What a request does. This decides who may send it.
enum Right: Sendable, CaseIterable {
    /// Concerns only the sender's own session or account.
    case own
    /// Shows something, and changes nothing in aprity or in an org.
    case see
    /// Changes something, acts in an org, or hands out something to act with, such as a certificate file.
    case change
}

extension Role {
    func allows(_ right: Right) -> Bool {
        switch (self, right) {
        case (.admin, _), (.user, .own), (.user, .see): true
        case (.user, .change): false
        }
    }
}

extension APITokenScope {
    func allows(_ right: Right) -> Bool {
        switch (self, right) {
        case (.everything, _), (.read, .own), (.read, .see): true
        case (.read, .change): false
        }
    }
}

/// The table of permissions: every route of the server, and who may use it.
///
/// ``SettingsServer`` does not start with a route that is not in the table, and ``AccessCheck`` looks every request up
/// here. So a new route is closed until it has a row.
enum Permissions {
    struct Row: Sendable {
        let method: HTTPRequest.Method
        /// As the router and `openapi.yaml` write it, with names in braces.
        let path: String
        let admission: Admission

        init(_ method: HTTPRequest.Method, _ path: String, _ admission: Admission) {
            self.method = method
            self.path = path
            self.admission = admission
        }
    }

    static let rows = open + pages + certificateFiles + forms + ownForms + reads + changes + access

    /// - Returns: `nil` if the table has no such route.
    static func admission(_ method: HTTPRequest.Method, _ path: String) -> Admission? {
        admissions[key(method, path)]
    }

    /// Whether the table has a route with this path, whatever its method is.
    static func has(path: String) -> Bool { paths.contains(path) }

    private static let admissions = Dictionary(
        uniqueKeysWithValues: rows.map { (key($0.method, $0.path), $0.admission) })
    private static let paths = Set(rows.map(\.path))

    private static func key(_ method: HTTPRequest.Method, _ path: String) -> String { "\(method.rawValue) \(path)" }

    // MARK: Without a credential, and monitors

    private static let open = [
        Row(.get, "/livez", .anyone),
        Row(.get, "/readyz", .anyone),
        Row(.get, "/assets/settings.css", .anyone),
        Row(.get, "/assets/test-run.js", .anyone),
        Row(.get, "/assets/copy.js", .anyone),
        Row(.get, "/assets/live.js", .anyone),
        Row(.get, "/assets/icon.svg", .anyone),
        Row(.get, "/sign-in", .anyone),
        Row(.post, "/sign-in", .anyone),
        Row(.get, "/sign-in/salesforce", .anyone),
        Row(.get, "/sign-in/salesforce/callback", .anyone),
        Row(.get, "/metrics", .monitor),
    ]

    // MARK: Pages

    private static let pages = [
        Row(.get, "/", .session(.see)),
        Row(.get, "/connections", .session(.see)),
        Row(.get, "/add-connection", .session(.see)),
        Row(.get, "/connections/{alias}", .session(.see)),
        Row(.get, "/connections/{alias}/app", .session(.see)),
        Row(.get, "/connections/{alias}/bundle", .session(.see)),
        Row(.get, "/connections/{alias}/certificate-import", .session(.see)),
        Row(.get, "/connections/{alias}/change", .session(.see)),
        Row(.get, "/connections/{alias}/compromise", .session(.see)),
        Row(.get, "/connections/{alias}/events", .session(.see)),
        Row(.get, "/connections/{alias}/change/events", .session(.see)),
        Row(.get, "/connections/{alias}/compromise/events", .session(.see)),
        Row(.get, "/connections/{alias}/metadata/events", .session(.see)),
        Row(.get, "/connections/{alias}/rotation/events", .session(.see)),
        Row(.get, "/connections/{alias}/guide", .session(.see)),
        Row(.get, "/connections/{alias}/metadata", .session(.see)),
        Row(.get, "/connections/{alias}/clients", .session(.see)),
        Row(.get, "/connections/{alias}/removal", .session(.see)),
        Row(.get, "/connections/{alias}/rotation", .session(.see)),
        Row(.get, "/connections/{alias}/set-up", .session(.see)),
        Row(.get, "/connections/{alias}/settings", .session(.see)),
        Row(.get, "/connections/{alias}/tests/{run}", .session(.see)),
        Row(.get, "/connections/{alias}/tests/{run}/events", .session(.see)),
        Row(.get, "/remaining-keys", .session(.see)),
        Row(.get, "/audit", .session(.see)),
        Row(.get, "/audit/export", .session(.see)),
        Row(.get, "/causes", .session(.see)),
        Row(.get, "/causes/{code}", .session(.see)),
        Row(.get, "/account", .session(.own)),
        // An account with the role User need not know who else has access, and how.
        Row(.get, "/users", .session(.change)),
        Row(.get, "/sign-in-app", .session(.change)),
        Row(.get, "/api-tokens", .session(.change)),
    ]

    /// A certificate is not a secret. But each download is recorded, and other pages then name the file as the one that
    /// will probably be uploaded next.
    private static let certificateFiles = CertificateForm.allCases.flatMap { form in
        [
            Row(.get, "/connections/{alias}/\(form.plainFileName)", .session(.change)),
            Row(.get, "/connections/{alias}/rotation/\(form.plainFileName)", .session(.change)),
        ]
    }

    private static let forms = [
        Row(.post, "/add-connection", .session(.change)),
        Row(.post, "/connections/{alias}/app", .session(.change)),
        Row(.post, "/connections/{alias}/block", .session(.change)),
        Row(.post, "/connections/{alias}/budget", .session(.change)),
        Row(.post, "/connections/{alias}/bundle", .session(.change)),
        Row(.post, "/connections/{alias}/certificate-import", .session(.change)),
        Row(.post, "/connections/{alias}/certificate-request", .session(.change)),
        Row(.post, "/connections/{alias}/change", .session(.change)),
        Row(.post, "/connections/{alias}/compromise", .session(.change)),
        Row(.post, "/connections/{alias}/consumer-key", .session(.change)),
        Row(.post, "/connections/{alias}/metadata", .session(.change)),
        Row(.post, "/connections/{alias}/clients", .session(.change)),
        Row(.post, "/connections/{alias}/notices/test", .session(.change)),
        Row(.post, "/connections/{alias}/removal", .session(.change)),
        Row(.post, "/connections/{alias}/report", .session(.change)),
        Row(.post, "/connections/{alias}/rotation", .session(.change)),
        Row(.post, "/connections/{alias}/set-up", .session(.change)),
        Row(.post, "/connections/{alias}/settings", .session(.change)),
        Row(.post, "/connections/{alias}/test", .session(.change)),
        Row(.post, "/connections/{alias}/unblock", .session(.change)),
        Row(.post, "/block", .session(.change)),
        Row(.post, "/remaining-keys", .session(.change)),
        Row(.post, "/users", .session(.change)),
        Row(.post, "/sign-in-app", .session(.change)),
        Row(.post, "/api-tokens", .session(.change)),
    ]

    private static let ownForms = [
        Row(.post, "/account", .session(.own)),
        Row(.post, "/sign-out", .session(.own)),
    ]

    // MARK: The API

    private static let reads = [
        Row(.get, "/api/v1/openapi.yaml", .program(.see, showsOnlyOwn: true)),
        Row(.get, "/api/v1/connections", .program(.see, showsOnlyOwn: true)),
        Row(.get, "/api/v1/connections/{alias}", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/block", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/budget", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/certificate/check", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/change", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/compromise", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/guides/{task}", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/metadata/pull", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/metadata/pull/record", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/notices", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/rotation", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/tests", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/tests/{run}", .program(.see)),
        Row(.get, "/api/v1/audit", .program(.see)),
        Row(.get, "/api/v1/audit/verification", .program(.see)),
        Row(.get, "/api/v1/certificates/check", .program(.see)),
        Row(.get, "/api/v1/notices", .program(.see)),
    ]

    private static let changes = [
        // As for the certificate files of the pages.
        Row(.get, "/api/v1/connections/{alias}/certificate", .program(.change)),
        Row(.get, "/api/v1/connections/{alias}/rotation/certificate", .program(.change)),
        // Sign in to the org and use its API.
        Row(.get, "/api/v1/connections/{alias}/metadata/types", .program(.change)),
        Row(.get, "/api/v1/connections/{alias}/metadata/components", .program(.change)),
        Row(.get, "/api/v1/connections/{alias}/metadata/changes", .program(.change)),
        Row(.post, "/api/v1/connections", .program(.change)),
        Row(.patch, "/api/v1/connections/{alias}", .program(.change)),
        Row(.delete, "/api/v1/connections/{alias}", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/app/bundle", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/app/check", .program(.change)),
        Row(.put, "/api/v1/connections/{alias}/block", .program(.change)),
        Row(.patch, "/api/v1/connections/{alias}/budget", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/change", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/compromise", .program(.change)),
        Row(.delete, "/api/v1/connections/{alias}/compromise", .program(.change)),
        Row(.patch, "/api/v1/connections/{alias}/metadata/pull", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/metadata/pull", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/repin", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/report", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/rotation", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/rotation/abort", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/rotation/rollback", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/rotation/upload", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/test", .program(.change)),
        Row(.post, "/api/v1/connections/{alias}/unblock", .program(.change)),
        Row(.post, "/api/v1/assertions/inspect", .program(.change)),
        Row(.post, "/api/v1/notices/test", .program(.change)),
        Row(.put, "/api/v1/block", .program(.change)),
    ]

    /// Reading these lists needs `.change` too, as the pages *Users* and *API tokens* do.
    private static let access = [
        Row(.get, "/api/v1/users", .program(.change)),
        Row(.post, "/api/v1/users", .program(.change)),
        Row(.patch, "/api/v1/users/{name}", .program(.change)),
        Row(.delete, "/api/v1/users/{name}", .program(.change)),
        Row(.get, "/api/v1/api-tokens", .program(.change)),
        Row(.post, "/api/v1/api-tokens", .program(.change)),
        Row(.delete, "/api/v1/api-tokens/{name}", .program(.change)),
        Row(.get, "/api/v1/connections/{alias}/clients", .program(.see)),
        Row(.get, "/api/v1/connections/{alias}/clients/{name}", .program(.see)),
        Row(.post, "/api/v1/connections/{alias}/clients", .program(.change)),
        Row(.delete, "/api/v1/connections/{alias}/clients/{name}", .program(.change)),
        Row(.get, "/api/v1/connections/{alias}/trust-policies", .program(.see)),
        Row(.post, "/api/v1/connections/{alias}/trust-policies", .program(.change)),
        Row(.delete, "/api/v1/connections/{alias}/trust-policies/{name}", .program(.change)),
    ]
}
