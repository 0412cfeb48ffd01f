/// The points at which an org can refuse a sign-in, in the order in which it checks. A report confirms the order of audience,
/// app and signature (forcedotcom/cli#3482). The order of the others is inferred: a check needs the results of earlier ones.
enum CheckPoint: Int, CaseIterable, Comparable, Sendable {
    /// Before the org looks up the app: the request itself and the audience.
    case request
    /// The lookup of the app.
    case consumerKey
    /// Whether the app is installed and may be used.
    case app
    case signature
    /// After the signature: checks with the same result for every user.
    case anyUser
    /// Whether the user exists.
    case username
    /// The state and permissions of this user.
    case user

    static func < (left: CheckPoint, right: CheckPoint) -> Bool { left.rawValue < right.rawValue }
}

extension Cause {
    /// The points at which an org may refuse a sign-in for this cause. There are several if it is not confirmed which one it is,
    /// and none if the org never refuses a sign-in for this cause.
    var checkPoints: Set<CheckPoint> { Self.checkPoints[self] ?? [] }

    private static let checkPoints: [Cause: Set<CheckPoint>] = [
        // Which audiences an app accepts also depends on its kind.
        .grantTypeRefused: [.request], .audienceRefused: [.request, .app], .consumerKeyUnknown: [.consumerKey],
        .appNotInstalled: [.consumerKey, .app], .hostUnfitForAppKind: [.consumerKey, .app],
        .appKindWrong: [.app], .signatureRefused: [.signature], .certificateOfAnotherApp: [.signature],
        .consumerKeyOfAnotherApp: [.signature],
        .certificateExpired: [.signature, .anyUser], .assertionRefused: [.request, .signature, .anyUser],
        .assertionExpired: [.anyUser], .clockSkew: [.anyUser],
        .organizationInactive: [.request, .anyUser, .user], .appBlockedInOrg: [.app, .anyUser, .user],
        .appUninstalled: [.app, .anyUser, .user], .refreshTokenScopeMissing: [.anyUser, .user],
        .noValidScopes: [.anyUser, .user], .sessionLevelUnmet: [.anyUser, .user],
        .userNotApproved: [.anyUser, .user], .userNotAdminApproved: [.anyUser, .user], .usernameUnknown: [.username],
        .userInactive: [.user], .userFrozen: [.user], .signInRateExceeded: [.anyUser, .user],
        .addressOrHoursRestricted: [.anyUser, .user], .authenticationFailure: [.anyUser, .user],
    ]
}

extension SignInControl {
    /// The last point that this control can reach: an org refuses it there because of its own fault, or earlier.
    var checkPoint: CheckPoint {
        switch self {
        case .nonsenseConsumerKey: .consumerKey
        case .brokenSignature, .otherKey: .signature
        case .nonsenseUsername: .username
        }
    }

    /// Whether an org may send these words because of the control's own fault. If it may, and the control and the examined
    /// sign-in get the same words, that shows nothing.
    func mayGet(_ words: RefusalReading) -> Bool {
        switch self {
        case .nonsenseConsumerKey: words.among.contains(.consumerKeyUnknown)
        case .brokenSignature, .otherKey: words.among.contains(.signatureRefused)
        // Nobody has reported the words for an unknown user, so every text may be the one for it.
        case .nonsenseUsername: true
        }
    }
}
