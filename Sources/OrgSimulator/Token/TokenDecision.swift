import Foundation

/// Decides whether a token request gets a token.
///
/// The checks run in the order of an org, if that is known. Each check uses only the facts of the request's context,
/// not the results of other checks. The first refusal is the answer. Observed: the audience is checked before the app
/// is looked up (forcedotcom/cli#3482), the app before the signature, and the signature before approval and scopes.
/// The positions of `exp`, user, rate, block, address and session level are the simulator's choice.
enum TokenDecision {
    /// A check of a token request.
    struct Check: Sendable {
        /// What must be true. The request history shows it.
        let name: String
        /// Returns the refusal, or `nil` if the request passes.
        let refusal: @Sendable (TokenRequestContext) -> TokenRefusal?
    }

    /// All checks, the first to run first. The documentation of the simulator numbers them.
    static let order: [Check] = [
        grantType, assertion, audience, appLookup, appKindFitsHost, appKindFitsAudience, signature, certificate,
        expiry, notBefore, replay, organization, user, loginRate, block, installation, permittedUsers, scopes, address,
        hours, sessionLevel,
    ]

    /// The result of the checks.
    struct Outcome: Sendable {
        /// `nil` if the request gets a token.
        let refusal: TokenRefusal?
        /// The name of the check that refused; empty if none did.
        let check: String
        /// Whether the attempt counts towards the user's login rate: it passed the check of the rate, whatever a later
        /// check decided.
        let countsAsLogin: Bool
    }

    /// Runs the checks in order until one refuses.
    static func decide(_ inquiry: TokenRequestContext) -> Outcome {
        var reachedUser = false
        for check in order {
            if let refusal = check.refusal(inquiry) {
                return Outcome(refusal: refusal, check: check.name, countsAsLogin: reachedUser)
            }
            if check.name == loginRate.name { reachedUser = true }
        }
        return Outcome(refusal: nil, check: "", countsAsLogin: true)
    }

    static let grantType = Check(name: "grant type is JWT bearer") { inquiry in
        let request = inquiry.request
        if request.method != "POST" { return .grantTypeNotSupported.asSynthetic }
        return request.grantType == "urn:ietf:params:oauth:grant-type:jwt-bearer" ? nil : .grantTypeNotSupported
    }

    static let assertion = Check(name: "assertion is a JWT") { inquiry in
        guard let assertion = inquiry.assertion else { return .invalidAssertion }
        return assertion.hasCriticalExtensions ? .invalidAssertion.asSynthetic : nil
    }

    /// Accepts any audience that some kind of app can use on this host. ``appKindFitsAudience`` compares it with the
    /// kind of the app, once the app is known.
    static let audience = Check(name: "audience belongs to this host") { inquiry in
        guard let audience = inquiry.assertion?.audience else { return .audienceIsInvalid.asSynthetic }
        let known = audience == inquiry.sharedLoginAudience || inquiry.myDomainAudiences.contains(audience)
        return known ? nil : .audienceIsInvalid
    }

    static let appLookup = Check(name: "app is known") { inquiry in
        guard let app = inquiry.app else {
            switch inquiry.switches.unknownConsumerKey {
            case .clientIdentifierInvalid: return .clientIdentifierInvalid
            case .appNotFound: return .appNotFound
            }
        }
        switch app.kind {
        case .externalClientApp: return app.enabled && app.installed ? nil : .appNotFound
        case .connectedApp: return app.enabled ? nil : .clientIdentifierInvalid.asSynthetic
        }
    }

    /// Since Spring '26 the shared login hosts do not find External Client Apps (n8n-io/n8n#28990).
    static let appKindFitsHost = Check(name: "kind of app fits the host") { inquiry in
        guard case .sharedLogin = inquiry.request.host, inquiry.app?.kind == .externalClientApp,
            !inquiry.switches.legacyHostsServeExternalClientApps
        else { return nil }
        return .appNotFound
    }

    static let appKindFitsAudience = Check(name: "kind of app fits the audience") { inquiry in
        let isLegacy = inquiry.assertion?.audience == inquiry.sharedLoginAudience
        switch (inquiry.app?.kind, inquiry.request.host) {
        case (.connectedApp, _):
            return isLegacy || inquiry.switches.myDomainAudienceForConnectedApp ? nil : .audienceIsInvalid
        case (.externalClientApp, .org):
            let accepted = !isLegacy || inquiry.switches.legacyAudienceForExternalClientApp
            return accepted ? nil : .audienceIsInvalid.asSynthetic
        case (.externalClientApp, .sharedLogin), (nil, _): return nil
        }
    }

    static let signature = Check(name: "signature matches the certificate") { inquiry in
        if let certificate = inquiry.certificate,
            inquiry.assertion?.isSigned(with: certificate.publicKey, by: inquiry.switches.algorithms) == true
        {
            return nil
        }
        let refusal: TokenRefusal =
            switch inquiry.switches.signatureMismatch {
            case .invalidClient: .invalidClientCredentials
            case .invalidAssertion: .wrongSignatureOlderWording
            }
        let hasNoCertificate = inquiry.certificate == nil && inquiry.app?.unreadableCertificate == nil
        return hasNoCertificate ? refusal.asSynthetic : refusal
    }

    /// Off by default: Salesforce uses only the public key of the certificate, not its validity.
    static let certificate = Check(name: "certificate has not expired") { inquiry in
        guard inquiry.switches.refuseExpiredCertificate, let certificate = inquiry.certificate else { return nil }
        return certificate.notValidAfter < inquiry.now ? .certificateExpired : nil
    }

    static let expiry = Check(name: "assertion has not expired") { inquiry in
        let seconds: Double
        switch inquiry.assertion?.expiry {
        case .number(let value): seconds = value
        case .string(let value):
            guard inquiry.switches.acceptStringExp else { return .invalidAssertion.asSynthetic }
            seconds = value
        case .missing, nil: return .invalidAssertion.asSynthetic
        }
        let remaining = seconds - inquiry.now.timeIntervalSince1970
        if remaining < -inquiry.switches.leewaySeconds { return .expiredAuthorizationCode }
        if let maximum = inquiry.switches.maximumLifetimeSeconds, remaining > maximum { return .lifetimeTooLong }
        return nil
    }

    /// Off by default: clients are free to send `nbf`, and no known answer of an org mentions it.
    static let notBefore = Check(name: "assertion is already valid") { inquiry in
        guard inquiry.switches.enforceNotBefore, let start = inquiry.assertion?.notBefore else { return nil }
        let isAhead = start - inquiry.now.timeIntervalSince1970 > inquiry.switches.leewaySeconds
        return isAhead ? .notYetValid : nil
    }

    /// Off by default: no org is known to refuse an assertion because it was used before.
    static let replay = Check(name: "assertion was not used before") { inquiry in
        inquiry.switches.enforceReplay && inquiry.isReplay ? .replayed : nil
    }

    static let organization = Check(name: "org is active") { $0.org?.isActive == false ? .inactiveOrganization : nil }

    static let user = Check(name: "user is known and active") { inquiry in
        guard let user = inquiry.user else { return .userHasNotApproved.asSynthetic }
        if !user.isActive { return .inactiveUser }
        return user.isFrozen ? .frozenUser : nil
    }

    static let loginRate = Check(name: "login rate is not exceeded") { inquiry in
        guard inquiry.recentLogins >= inquiry.switches.loginsPerHour else { return nil }
        switch inquiry.switches.loginRateAnswer {
        case .invalidGrant: return .loginRateExceeded
        case .rateLimitExceeded: return .numberOfLoginsExceeded
        }
    }

    static let block = Check(name: "app is not blocked") { $0.app?.blocked == true ? .appBlocked : nil }

    /// Since September 2025 an uninstalled Connected App needs a user with a permission to approve or use such apps.
    static let installation = Check(name: "app is installed") { inquiry in
        guard let app = inquiry.app, !app.installed, let org = inquiry.org, let user = inquiry.user else { return nil }
        let approving: Set<String> = ["ApproveUninstalledConnectedApps", "UseAnyApiClient"]
        return org.permissions(of: user).isDisjoint(with: approving) ? .appMustBeInstalled : nil
    }

    static let permittedUsers = Check(name: "user may use the app") { inquiry in
        guard let app = inquiry.app, let org = inquiry.org, let user = inquiry.user else { return nil }
        switch app.permittedUsers {
        case .allSelfAuthorized: return inquiry.refreshApprovals.isEmpty ? .userHasNotApproved : nil
        case .adminApprovedPreAuthorized:
            if org.isPreAuthorized(user, for: app) { return nil }
            switch inquiry.switches.userNotAssigned {
            case .invalidAppAccess: return .userIsNotAdminApproved
            case .userHasNotApproved: return .userHasNotApproved
            }
        }
    }

    /// The app must have the scope `refresh_token`, although this flow never returns a refresh token.
    static let scopes = Check(name: "scopes suffice") { inquiry in
        let granted = OAuthScope.wire(inquiry.grantedScopes)
        if !granted.contains("refresh_token") {
            switch inquiry.switches.refreshScopeMissing {
            case .invalidRequest: return .refreshTokenScopeRequired
            case .userHasNotApproved: return .userHasNotApproved
            }
        }
        return granted == ["refresh_token"] ? .noValidScopes : nil
    }

    /// The JWT bearer flow always enforces the profile's ranges, whatever the app's *IP Relaxation* is.
    static let address = Check(name: "source address is allowed") { inquiry in
        let profile = inquiry.org?.profiles.first { $0.name == inquiry.user?.profile }
        guard let ranges = profile?.loginIPRanges, !ranges.isEmpty else { return nil }
        let isInside = ranges.contains { $0.contains(inquiry.request.sourceAddress) }
        return isInside ? nil : .addressOrHoursRestricted
    }

    static let hours = Check(name: "time is within login hours") { inquiry in
        let profile = inquiry.org?.profiles.first { $0.name == inquiry.user?.profile }
        guard let hours = profile?.loginHours, !hours.isEmpty else { return nil }
        return hours.contains { $0.contains(inquiry.orgTime) } ? nil : .hoursRestricted
    }

    static let sessionLevel = Check(name: "session level suffices") { inquiry in
        inquiry.app?.requiredSessionLevel == .highAssurance ? .highAssuranceRequired : nil
    }
}
