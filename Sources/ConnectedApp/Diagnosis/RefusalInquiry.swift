internal import Foundation
internal import JWTBearer

/// Why a sign-in was refused, as far as evidence tells. A value: the controls are made outside, within a budget, and
/// their answers recorded; the conclusion is a function of what is recorded.
///
/// The order in which an org checks is what the conclusions rest on: the audience before the app (forcedotcom/cli#3482),
/// the app before the signature, the signature before approval and scopes. Where `exp`, the user's state, the login rate,
/// a block, addresses and the session level stand among the latter is not confirmed on a real org, so nothing rests on
/// their order. Words alone never make a cause certain.
struct RefusalInquiry {
    let refusal: TokenRefusal
    let appKind: AppKind
    let hostForm: LoginHost.Form
    let certificateHasExpired: Bool
    /// The audience was given, and is not the one that host and app kind speak for.
    let audienceIsUnusual: Bool
    /// This machine's clock and the org's differ by more than an assertion allows.
    let clockIsOff: Bool
    /// The app was changed so lately that servers of the org may disagree.
    let mayBeSpreading: Bool
    /// Keys of other apps of this store that the org's certificate might belong to.
    let otherKeys: [OtherKeyName]
    /// Other connections to the same org.
    let neighbours: [String]
    private(set) var answers: [SignInControl: ControlAnswer] = [:]
    var witness: OrgWitness?

    /// Sign-ins beyond the refused one.
    static let budget = 3

    init(
        _ refusal: TokenRefusal, appKind: AppKind, hostForm: LoginHost.Form, certificateHasExpired: Bool,
        audienceIsUnusual: Bool, clockIsOff: Bool = false, mayBeSpreading: Bool, otherKeys: [OtherKeyName],
        neighbours: [String] = []
    ) {
        self.neighbours = neighbours
        self.clockIsOff = clockIsOff
        self.audienceIsUnusual = audienceIsUnusual
        self.mayBeSpreading = mayBeSpreading
        self.refusal = refusal
        self.appKind = appKind
        self.hostForm = hostForm
        self.certificateHasExpired = certificateHasExpired
        self.otherKeys = otherKeys
    }

    private var reading: RefusalReading { RefusalReading(refusal) }

    mutating func record(_ answer: ControlAnswer, to control: SignInControl) { answers[control] = answer }

    // MARK: What to ask next

    /// The next control that can tell causes apart; `nil` where none can, or the budget is used.
    var next: SignInControl? {
        guard answers.count < Self.budget, !answers.values.contains(.granted) else { return nil }
        return plan.first { answers[$0] == nil }
    }

    private var plan: [SignInControl] {
        switch reading.cause {
        // No further sign-in is spent where one would make it worse, or where the org itself asks for another try.
        case .signInRateExceeded, .orgTransient, .grantTypeRefused: []
        case .audienceRefused, .consumerKeyUnknown, .appNotInstalled: [.nonsenseConsumerKey, .brokenSignature]
        case .signatureRefused, .assertionRefused:
            [.brokenSignature, .nonsenseUsername]
                + (isSame(.brokenSignature) == false ? [] : otherKeys.map(SignInControl.otherKey))
        case .assertionExpired: [.brokenSignature, .nonsenseUsername]
        case .refusalUnknown: [.brokenSignature, .nonsenseUsername, .nonsenseConsumerKey]
        default: [.brokenSignature, .nonsenseUsername]
        }
    }

    // MARK: The stage

    /// How far a sign-in got before the org said no.
    enum Stage: Equatable {
        /// Before the org looked at which app it is, or at the app itself.
        case app
        /// At the signature; the app is known.
        case signature
        /// After the signature, and the same for whatever user.
        case beforeUser
        /// After the signature, for this user.
        case user
        /// After the signature; whether it is about the user was not asked.
        case afterSignature
        case unknown
    }

    var stage: Stage {
        switch (isSame(.nonsenseConsumerKey), isSame(.brokenSignature), isSame(.nonsenseUsername)) {
        case (true?, _, _): .app
        case (_, true?, true?), (false?, true?, nil): .signature
        case (_, false?, true?): .beforeUser
        case (_, false?, false?), (_, nil, false?): .user
        case (_, false?, nil): .afterSignature
        case (_, true?, _), (_, nil, true?), (_, nil, nil): .unknown
        }
    }

    /// Whether a control got the same words; `nil` where it was not asked, or shows nothing.
    private func isSame(_ control: SignInControl) -> Bool? {
        guard let answer = answers[control], answer != .none else { return nil }
        return answer == ControlAnswer(refusal)
    }

    /// One sentence on what the answer to a control shows.
    func whatShows(_ control: SignInControl) -> String {
        guard answers[control] != .granted else { return "It was granted." }
        guard let same = isSame(control) else { return "Nothing: the answer could not be read." }
        return same ? "The same words." : "Other words."
    }

    // MARK: The conclusion

    struct Conclusion: Equatable {
        var cause: Cause
        /// Those that the evidence cannot tell apart, the cause first; empty where it is the only one.
        var among: [Cause]
        /// Further causes that nothing but the org's words speaks against; empty if the cause is certain.
        var notRuledOut: [Cause] = []
        var isCertain: Bool
        var reasons: [String]
        var separatedBy: String?
    }

    var conclusion: Conclusion {
        if let name = acceptedKey {
            return Conclusion(
                cause: .certificateOfAnotherApp, among: [], isCertain: true,
                reasons: ["The org granted a token to the same sign-in signed with \(name)."],
                separatedBy: nil)
        }
        if let control = acceptedNonsense {
            return Conclusion(
                cause: .answerUnintelligible, among: [], isCertain: false,
                reasons: ["\(control.asks) was granted: whoever answers verifies nothing, and is no org."],
                separatedBy: nil)
        }
        var (causes, isProven) = causes
        if clockIsOff, let timed = causes.firstIndex(where: { $0 == .assertionExpired || $0 == .assertionRefused }) {
            // The clocks were compared: that is evidence beside the words.
            isProven = causes.count == 1
            causes[timed] = .clockSkew
        }
        var reasons = reasons
        if let witness, let seen = witness.causes(afterSignature: isAfterSignature) {
            causes = seen.causes
            reasons += seen.reasons
            isProven = seen.isProven && causes.count == 1
        }
        let isCertain = isProven && causes.count == 1
        return Conclusion(
            cause: causes[0], among: causes.count > 1 ? causes : [],
            notRuledOut: isCertain ? [] : possible.filter { !causes.contains($0) }, isCertain: isCertain,
            reasons: reasons, separatedBy: causes.count > 1 ? separation(causes) : nil)
    }

    /// What the controls leave open, whatever the words mean.
    private var possible: [Cause] {
        let checkPoints = checkPoints
        return Cause.allCases.filter { cause in
            // While a change spreads, one server's answer says nothing of another's.
            let isSpreading = mayBeSpreading && !cause.checkPoints.isEmpty && !cause.spreadingChanges.isEmpty
            guard isSpreading || !cause.checkPoints.isDisjoint(with: checkPoints) else { return false }
            return switch cause {
            case .certificateExpired: certificateHasExpired
            case .clockSkew: clockIsOff
            case .certificateOfAnotherApp: !otherKeys.isEmpty
            case .hostUnfitForAppKind: isUnfitHost
            default: true
            }
        }
    }

    /// Where the org may have said no. If a control got other words, the org refused the sign-in at a later point than the
    /// control. If it got the same words, at the same point or before.
    private var checkPoints: Set<CheckPoint> {
        var points = Set(CheckPoint.allCases)
        for control in answers.keys {
            switch isSame(control) {
            case false?: points = points.filter { $0 > control.checkPoint }
            case true? where !control.mayGet(reading): points = points.filter { $0 <= control.checkPoint }
            case true?, nil: break
            }
        }
        return points
    }

    private var isUnfitHost: Bool { appKind == .externalClientApp && (hostForm == .login || hostForm == .test) }

    /// The other app's key that the org accepted.
    private var acceptedKey: OtherKeyName? {
        for case (.otherKey(let name), .granted) in answers { return name }
        return nil
    }

    /// A control that no org can grant.
    private var acceptedNonsense: SignInControl? { answers.first { $0.value == .granted }?.key }

    private var isAfterSignature: Bool {
        switch stage {
        case .beforeUser, .user, .afterSignature: true
        case .app, .signature: false
        case .unknown:
            // Known words of a later stage, and no control that says otherwise.
            !Self.beforeUser.contains(reading.cause) && reading.cause != .refusalUnknown
        }
    }

    /// What the words can mean at the stage that the controls show.
    private var causes: ([Cause], isProven: Bool) {
        switch reading.cause {
        case .audienceRefused: audience
        case .consumerKeyUnknown, .appNotInstalled: (app, false)
        case .signatureRefused, .assertionRefused: (signature, false)
        case .assertionExpired: (stage == .user ? laterThanWords : [.assertionExpired], false)
        case .refusalUnknown: ([.refusalUnknown] + atStage, false)
        default: (user, false)
        }
    }

    private var audience: ([Cause], isProven: Bool) {
        if isSame(.brokenSignature) == false { return (laterThanWords, false) }
        // Judged before the app for all kinds, and once more when the kind is known. An org that says the same to everything
        // looks just so; that the audience contradicts the reasoning is evidence of our own.
        let isBeforeSignature = isSame(.nonsenseConsumerKey) == true || isSame(.brokenSignature) == true
        return ([.audienceRefused], isBeforeSignature && reading.isConfirmed && audienceIsUnusual)
    }

    private var app: [Cause] {
        if isSame(.brokenSignature) == false { return laterThanWords }
        let unfit: [Cause] = isUnfitHost ? [.hostUnfitForAppKind] : []
        switch isSame(.nonsenseConsumerKey) {
        // The org knows this key, and refuses it all the same.
        case false?: return unfit + [.appNotInstalled]
        case true?, nil: return unfit + reading.among
        }
    }

    private var signature: [Cause] {
        switch stage {
        // A user that does not exist is told something else: so the signature was good.
        case .user: return laterThanWords
        // The signature is good, and the assertion is refused all the same, whoever the user is.
        case .beforeUser: return certificateHasExpired ? [.certificateExpired, .assertionRefused] : [.assertionRefused]
        case .app, .signature, .afterSignature, .unknown: break
        }
        if isSame(.nonsenseUsername) == false { return laterThanWords }
        return [.signatureRefused] + (certificateHasExpired ? [.certificateExpired] : [])
    }

    private var user: [Cause] {
        var causes = reading.among
        switch stage {
        case .user:
            causes.removeAll { $0 == .usernameUnknown || $0 == .organizationInactive }
        case .beforeUser:
            if !causes.contains(.usernameUnknown) { causes.append(.usernameUnknown) }
        case .signature, .app:
            causes.append(.signatureRefused)
        case .afterSignature, .unknown: break
        }
        return causes.isEmpty ? laterThanWords : causes
    }

    private var atStage: [Cause] {
        switch stage {
        case .app: [.audienceRefused, .consumerKeyUnknown, .appNotInstalled]
        case .signature: [.signatureRefused] + (certificateHasExpired ? [.certificateExpired] : [])
        case .beforeUser: [.assertionExpired, .usernameUnknown, .organizationInactive]
        case .user: Self.laterCauses
        case .afterSignature: Self.laterCauses + [.usernameUnknown, .organizationInactive]
        case .unknown: []
        }
    }

    /// The controls show a later stage than the words speak of: then the words mean something that nobody has reported. While
    /// a change spreads, though, one server contradicts the other, and the words may mean what they say.
    private var laterThanWords: [Cause] {
        mayBeSpreading && reading.isConfirmed ? reading.among : [.refusalUnknown] + Self.laterCauses
    }

    private static let beforeUser: Set<Cause> = [
        .grantTypeRefused, .assertionRefused, .audienceRefused, .consumerKeyUnknown, .appNotInstalled,
        .signatureRefused,
        .assertionExpired,
    ]

    /// What an org may refuse for once signature and user are good, and whose words in this flow are not confirmed.
    private static let laterCauses: [Cause] = [
        .userInactive, .userFrozen, .signInRateExceeded, .appBlockedInOrg, .appUninstalled, .addressOrHoursRestricted,
        .sessionLevelUnmet, .noValidScopes,
    ]

    private var reasons: [String] {
        var reasons: [String] = []
        if let same = isSame(.nonsenseConsumerKey) {
            reasons.append(
                same
                    ? "A Consumer Key that no app has gets the same words: the org stops at the audience or at the app."
                    : "A Consumer Key that no app has gets other words: the org knows this one.")
        }
        if let same = isSame(.brokenSignature) {
            reasons.append(
                same
                    ? "A broken signature gets the same words: the org does not get past the signature."
                    : "A broken signature gets other words: this signature fits the certificate that the org holds.")
        }
        if let same = isSame(.nonsenseUsername) {
            reasons.append(
                same
                    ? "A user that does not exist gets the same words: nothing shows that the org knows this one."
                    : "A user that does not exist gets other words: the org knows this one.")
        }
        for case (.otherKey(let name), .refused) in answers.sorted(by: { $0.key.asks < $1.key.asks }) {
            reasons.append(
                "The same sign-in signed with \(name) is refused too: the org's certificate is not of that key.")
        }
        if mayBeSpreading {
            reasons.append(
                "The app was changed lately: answers may contradict each other until all servers know the change.")
        }
        if !reading.isConfirmed, reading.cause != .refusalUnknown {
            reasons.append("These words are not confirmed for JWT Bearer on a real org.")
        }
        return reasons
    }

    private var secondConnection: String {
        if let witness { return "What the token of \(witness.source) showed of user and app does not decide it." }
        guard let neighbour = neighbours.first else {
            return "A second connection to the same org would let aprity read both."
        }
        return "aprity could not read them through \(neighbour), which is connected to the same org: "
            + "`aprity test \(neighbour)`."
    }

    private func separation(_ causes: [Cause]) -> String {
        let set = Set(causes)
        if set.contains(.userNotApproved) || set.contains(.usernameUnknown) {
            return
                "In Setup > Users look whether the username exists, then read Permitted Users in the app's policies. "
                + secondConnection
        }
        if set.contains(.consumerKeyUnknown) {
            return "In Setup compare the Consumer Key with the one that `aprity connection show` tells."
        }
        if set.contains(.certificateExpired) { return "Upload a new certificate: it removes both causes." }
        if set.contains(.hostUnfitForAppKind) { return "Use the My Domain as login host; then only the app is left." }
        return "Setup > Login History: the Status of this user's newest row says more than the org tells a client."
    }
}
