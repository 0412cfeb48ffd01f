import Foundation

/// All that the decision about one token request may look at: the request, the orgs as one server sees them, the times.
///
/// The lookups are made once, before any check. A lookup that found nothing is nil, and one of the checks says so.
struct TokenInquiry: Sendable {
    let request: TokenRequest
    let switches: Switches
    /// What `exp` is held against.
    let now: Date

    let assertion: Assertion?
    /// The org that answers: the one whose host was called; on a legacy host the one that knows app and user.
    let org: Org?
    /// The app as the server sees it, or nil when it knows none with this consumer key.
    let app: App?
    let user: User?
    /// What login hours are held against.
    let orgTime: Date
    /// Whether this very assertion has got a token before.
    let isReplay: Bool
    /// Sign-ins of this user in the last hour of org time, this one not counted.
    let recentLogins: Int

    /// - Parameters:
    ///   - orgs: The orgs, each with the apps as the answering server sees them.
    ///   - isReplay: Whether the assertion has got a token before.
    ///   - recentLogins: Counts the sign-ins of a user (org id, user id) in the last hour of org time.
    init(
        _ request: TokenRequest, orgs: [Org], switches: Switches, now: Date, orgTime: Date, isReplay: Bool,
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
        app = org?.apps.first { $0.consumerKey == assertion?.issuer }
        user = username.flatMap { org?.user(named: $0) }
        if let org, let user { self.recentLogins = recentLogins(org.id, user.id) } else { self.recentLogins = 0 }
    }

    private static func org(
        for host: AddressedHost, among orgs: [Org], consumerKey: String?, username: String?
    ) -> Org? {
        switch host {
        case .org(let id, _): return orgs.first { $0.id == id }
        case .legacy(let isSandbox):
            let knowing = orgs.filter { org in
                org.isSandbox == isSandbox && org.apps.contains { $0.consumerKey == consumerKey }
            }
            return knowing.first { org in username.map { org.user(named: $0) != nil } ?? false } ?? knowing.first
        }
    }

    /// The audiences that name the org itself: its My Domain, and the address as called when that is a loopback one.
    var myDomainAudiences: Set<String> {
        guard case .org(_, let calledAs) = request.host, let org else { return [] }
        return calledAs.union(org.myDomain.isEmpty ? [] : ["https://\(org.myDomain)"])
    }

    /// The audience that stands for the whole class of orgs, production or sandbox.
    var legacyAudience: String {
        let isSandbox =
            switch request.host {
            case .legacy(let isSandbox): isSandbox
            case .org: org?.isSandbox ?? false
            }
        return isSandbox ? "https://test.salesforce.com" : "https://login.salesforce.com"
    }

    /// The scopes a token would have, under their metadata names.
    var grantedScopes: [String] {
        guard let app else { return [] }
        switch app.permittedUsers {
        case .adminApprovedPreAuthorized: return app.scopes
        case .allSelfAuthorized:
            let approved = Set(standingApprovals.flatMap(\.scopes))
            return app.scopes.filter(approved.contains)
        }
    }

    /// The user's approvals of the app that carried a refresh token.
    var standingApprovals: [Approval] {
        guard let app, let user else { return [] }
        return app.approvals.filter {
            $0.username.lowercased() == user.username.lowercased() && $0.scopes.contains(OAuthScope.refreshToken)
        }
    }
}

/// A POST to the token endpoint, its form already read.
struct TokenRequest: Sendable {
    var method = "POST"
    var grantType: String?
    var assertion: String?
    var host: AddressedHost
    /// The address that the request came from.
    var sourceAddress: String
}

/// Whom the `Host` header of a request means.
enum AddressedHost: Equatable, Sendable {
    /// `login.salesforce.com` or, for sandboxes, `test.salesforce.com`.
    case legacy(isSandbox: Bool)
    /// One org. `calledAs` holds the origins that a loopback call used, which then count as its My Domain.
    case org(id: String, calledAs: Set<String>)
}
