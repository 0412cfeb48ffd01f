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
        .grantTypeRefused: [.request], .audienceRefused: [.request], .consumerKeyUnknown: [.consumerKey],
        .appNotInstalled: [.consumerKey, .app], .hostUnfitForAppKind: [.consumerKey, .app],
        .signatureRefused: [.signature], .certificateOfAnotherApp: [.signature],
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

    /// What is wrong with it.
    private var cause: Cause {
        switch self {
        case .nonsenseConsumerKey: .consumerKeyUnknown
        case .brokenSignature, .otherKey: .signatureRefused
        case .nonsenseUsername: .usernameUnknown
        }
    }

    /// Whether these are words that an org says to it anyhow. Then it shows nothing that it gets the same ones.
    func isKnown(by words: RefusalReading) -> Bool { words.among.contains(cause) }
}
