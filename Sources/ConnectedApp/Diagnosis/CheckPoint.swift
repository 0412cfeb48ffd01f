/// Where an org can say no to a sign-in, in order. That audience, app and signature come in this order is confirmed
/// (forcedotcom/cli#3482); the rest follows from what is checked.
enum CheckPoint: Int, CaseIterable, Comparable, Sendable {
    /// Before the org looks which app it is: the request itself, the audience.
    case request
    /// Which app it is.
    case consumerKey
    /// Whether the app is there and may be used.
    case app
    case signature
    /// After the signature, whoever the user is.
    case anyUser
    /// Whether there is such a user.
    case username
    case user

    static func < (left: CheckPoint, right: CheckPoint) -> Bool { left.rawValue < right.rawValue }
}

extension Cause {
    /// Where an org may check this: at several points if its place is not confirmed. Empty if no refusal has this cause.
    var checkPoints: Set<CheckPoint> { Self.checkPoints[self] ?? [] }

    private static let checkPoints: [Cause: Set<CheckPoint>] = [
        // Which audiences an app takes depends on its kind, too.
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
    /// Where the org says no to it at the latest.
    var checkPoint: CheckPoint {
        switch self {
        case .nonsenseConsumerKey: .consumerKey
        case .brokenSignature, .otherKey: .signature
        case .nonsenseUsername: .username
        }
    }

    /// Whether an org may say these words to it for what is wrong with it alone. Then it shows nothing that it gets the same
    /// ones as another refusal.
    func mayGet(_ words: RefusalReading) -> Bool {
        switch self {
        case .nonsenseConsumerKey: words.among.contains(.consumerKeyUnknown)
        case .brokenSignature, .otherKey: words.among.contains(.signatureRefused)
        // Nobody has reported the words for an unknown user, and an org has reasons to say the same to a known one.
        case .nonsenseUsername: true
        }
    }
}
