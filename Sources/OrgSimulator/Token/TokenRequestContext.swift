import Foundation

/// The facts for the decision about one token request: the request, the orgs as one server sees them, and the times.
///
/// All lookups are made once, before any check. A lookup that finds nothing is `nil`, and one of the checks of
/// ``TokenDecision`` then refuses the request.
struct TokenRequestContext: Sendable {
    let request: ReceivedTokenRequest
    let switches: Switches
    /// The time that `exp` is compared with: wall time plus the offset of the `Date` header.
    let now: Date

    /// `nil` if the request has no assertion, or it is not a JWT.
    let assertion: Assertion?
    /// The org that answers: the one whose host was called. On a shared login host, the first that has the app and the
    /// user, or else the first that has the app.
    let org: Org?
    /// The app as the server sees it, or `nil` if the server has none with this consumer key.
    let app: App?
    /// The app's certificate, or `nil` if the app has none that can be used.
    let certificate: UploadedCertificate?
    /// The user of ``org`` with the username in the assertion.
    let user: User?
    /// The time that login hours are compared with.
    let orgTime: Date
    /// Whether this same assertion has obtained a token before.
    let isReplay: Bool
    /// The number of sign-ins of this user in the last hour of org time, without this one.
    let recentLogins: Int

    /// - Parameters:
    ///   - orgs: The orgs, each with its apps as the answering server sees them.
    ///   - isReplay: Whether the assertion has obtained a token before.
    ///   - certificate: Reads an app's certificate from its PEM text.
    ///   - recentLogins: Returns the number of sign-ins of a user (org id, user id) in the last hour of org time.
    init(
        _ request: ReceivedTokenRequest, orgs: [Org], switches: Switches, now: Date, orgTime: Date, isReplay: Bool,
        certificate: (_ pem: String) -> UploadedCertificate? = { try? UploadedCertificate($0) },
        recentLogins: (_ orgID: String, _ userID: String) -> Int
    ) {
        self.request = request
        self.switches = switches
        self.now = now
        self.orgTime = orgTime
        self.isReplay = isReplay
        let assertion = request.assertion.flatMap {
            Assertion(compact: $0, takingByteOrderMark: switches.acceptByteOrderMark)
        }
        self.assertion = assertion
        let username = assertion.flatMap { $0.subject ?? (switches.acceptPrn ? $0.principal : nil) }
        let org = Self.org(for: request.host, among: orgs, consumerKey: assertion?.issuer, username: username)
        self.org = org
        let app = org?.apps.first { $0.consumerKey == assertion?.issuer }
        self.app = app
        self.certificate = app?.certificatePEM.flatMap(certificate)
        user = username.flatMap { org?.user(named: $0) }
        if let org, let user { self.recentLogins = recentLogins(org.id, user.id) } else { self.recentLogins = 0 }
    }

    private static func org(
        for host: AddressedHost, among orgs: [Org], consumerKey: String?, username: String?
    ) -> Org? {
        switch host {
        case .org(let id, _): return orgs.first { $0.id == id }
        case .sharedLogin(let isSandbox):
            let candidates = orgs.filter { org in
                org.isSandbox == isSandbox && org.apps.contains { $0.consumerKey == consumerKey }
            }
            return candidates.first { org in username.map { org.user(named: $0) != nil } ?? false } ?? candidates.first
        }
    }

    /// The audiences that name the org itself: its My Domain, and the loopback address if it was called by one.
    var myDomainAudiences: Set<String> {
        guard case .org(_, let calledAs) = request.host, let org else { return [] }
        return calledAs.union(org.myDomain.isEmpty ? [] : ["https://\(org.myDomain)"])
    }

    /// The URL of the shared login host, as the audience for all orgs of a kind (production or sandbox).
    var sharedLoginAudience: String {
        let isSandbox =
            switch request.host {
            case .sharedLogin(let isSandbox): isSandbox
            case .org: org?.isSandbox ?? false
            }
        return isSandbox ? "https://test.salesforce.com" : "https://login.salesforce.com"
    }

    /// The scopes that a token would have, by their metadata names.
    var grantedScopes: [String] {
        guard let app else { return [] }
        switch app.permittedUsers {
        case .adminApprovedPreAuthorized: return app.scopes
        case .allSelfAuthorized:
            let approved = Set(refreshApprovals.flatMap(\.scopes))
            return app.scopes.filter(approved.contains)
        }
    }

    /// The user's approvals of the app that include the scope `RefreshToken`.
    var refreshApprovals: [Approval] {
        guard let app, let user else { return [] }
        return app.approvals.filter {
            $0.username.lowercased() == user.username.lowercased() && $0.scopes.contains(OAuthScope.refreshToken)
        }
    }
}

/// A request that the simulated token endpoint received, with its form parsed.
///
/// `JWTBearer.TokenRequest` is another type: the request that the client sends. The simulator shares no code with it.
struct ReceivedTokenRequest: Sendable {
    /// The HTTP method.
    var method = "POST"
    /// The value of `grant_type`; `nil` if it is missing.
    var grantType: String?
    /// The value of `assertion`; `nil` if it is missing.
    var assertion: String?
    var host: AddressedHost
    /// The IP address that the request came from.
    var sourceAddress: String
}

/// What the `Host` header of a request addresses.
enum AddressedHost: Equatable, Sendable {
    /// A shared login host: `login.salesforce.com` or, for sandboxes, `test.salesforce.com`.
    case sharedLogin(isSandbox: Bool)
    /// One org. For a call of a loopback name, `calledAs` has the origins with that name, which then count as the org's
    /// My Domain; otherwise it is empty.
    case org(id: String, calledAs: Set<String>)
}
