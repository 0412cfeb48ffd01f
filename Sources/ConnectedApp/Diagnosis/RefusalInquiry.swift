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
    /// The change of the app that is so late that servers of the org may disagree; `nil` if there is none.
    let spreading: AppChange.Kind?
    /// Keys of other apps of this store that the org's certificate might belong to.
    let otherKeys: [OtherKeyName]
    /// Other connections to the same org.
    let neighbours: [String]
    /// Connections on other apps of this store that have the same Consumer Key.
    let connectionsOfSameKey: [String]
    /// What of the request an org may repeat in its words.
    let echoes: [String]
    private(set) var answers: [SignInControl: ControlAnswer] = [:]
    var witness: OrgWitness?

    /// Sign-ins beyond the refused one.
    static let budget = 3

    init(
        _ refusal: TokenRefusal, appKind: AppKind, hostForm: LoginHost.Form, certificateHasExpired: Bool,
        audienceIsUnusual: Bool, clockIsOff: Bool = false, spreading: AppChange.Kind?, otherKeys: [OtherKeyName],
        neighbours: [String] = [], connectionsOfSameKey: [String] = [], echoes: [String] = []
    ) {
        self.connectionsOfSameKey = connectionsOfSameKey
        self.echoes = echoes
        self.neighbours = neighbours
        self.clockIsOff = clockIsOff
        self.audienceIsUnusual = audienceIsUnusual
        self.spreading = spreading
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
        guard let answer = answers[control], answer != .none, !wordsVary else { return nil }
        return words(of: answer) == words(of: ControlAnswer(refusal))
    }

    private func words(of answer: ControlAnswer) -> ComparedWords? { ComparedWords(answer, without: echoes) }

    /// Whether the org says something else each time, in words that are not all known: then other words show nothing.
    private var wordsVary: Bool {
        let all = [ControlAnswer(refusal)] + answers.values.filter { $0 != .none }
        let compared = all.compactMap(words)
        guard all.count > 2, compared.count == all.count else { return false }
        return Set(compared.map(\.error)).count == 1 && Set(compared).count == compared.count
            && !all.allSatisfy(\.hasKnownWords)
    }

    /// One sentence on what the answer to a control shows.
    func whatShows(_ control: SignInControl) -> String {
        guard answers[control] != .granted else { return "It was granted." }
        guard let same = isSame(control) else {
            return wordsVary
                ? "Nothing: the org's words are others each time." : "Nothing: the answer could not be read."
        }
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
        /// A Consumer Key that no app has was refused in other words: the org knows this one.
        var isAppKnown = false
    }

    var conclusion: Conclusion {
        if let name = acceptedKey {
            return Conclusion(
                cause: connectionsOfSameKey.contains(name.alias) ? .consumerKeyOfAnotherApp : .certificateOfAnotherApp,
                among: [], isCertain: true,
                reasons: ["The org granted a token to the same sign-in signed with \(name)."] + sameKey,
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
        if let spreading, causes[0].spreadingChanges.contains(spreading) {
            reasons.append(
                "The app was changed lately: answers may contradict each other until all servers know the change.")
        }
        let isCertain = isProven && causes.count == 1
        return Conclusion(
            cause: causes[0], among: causes.count > 1 ? causes : [],
            notRuledOut: isCertain ? [] : possible.filter { !causes.contains($0) }, isCertain: isCertain,
            reasons: reasons, separatedBy: causes.count > 1 ? separation(causes) : nil,
            isAppKnown: isSame(.nonsenseConsumerKey) == false)
    }

    private var sameKey: [String] {
        connectionsOfSameKey.isEmpty
            ? []
            : ["The same Consumer Key is set for another app here: \(connectionsOfSameKey.joined(separator: ", "))."]
    }

    /// What the controls leave open, whatever the words mean.
    private var possible: [Cause] {
        let checkPoints = checkPoints
        return Cause.allCases.filter { cause in
            // While a change spreads, one server's answer says nothing of another's.
            let isSpreading =
                !cause.checkPoints.isEmpty && spreading.map { cause.spreadingChanges.contains($0) } ?? false
            guard isSpreading || !cause.checkPoints.isDisjoint(with: checkPoints) else { return false }
            return switch cause {
            case .certificateExpired: certificateHasExpired
            case .clockSkew: clockIsOff
            case .certificateOfAnotherApp: !otherKeys.isEmpty
            case .consumerKeyOfAnotherApp: !connectionsOfSameKey.isEmpty
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
            // Another app's key may have got further than this one.
            case false? where control.isOtherKey: break
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
        // The audience passed before the org looked which app it is: so it does not fit the kind of that app.
        if isSame(.nonsenseConsumerKey) == false, !audienceIsUnusual {
            return ([.audienceRefused, .appKindWrong], false)
        }
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
        return signatureCauses
    }

    /// What a refusal at the signature can mean.
    private var signatureCauses: [Cause] {
        var causes: [Cause] = [.signatureRefused]
        if !connectionsOfSameKey.isEmpty {
            causes.insert(.consumerKeyOfAnotherApp, at: 0)
        } else if isSame(.brokenSignature) == true, otherKeys.contains(where: { isSame(.otherKey($0)) == false }) {
            causes.append(.certificateOfAnotherApp)
        }
        return causes + (certificateHasExpired ? [.certificateExpired] : [])
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
        case .signature: signatureCauses
        case .beforeUser: [.assertionExpired, .usernameUnknown, .organizationInactive]
        case .user: Self.laterCauses
        case .afterSignature: Self.laterCauses + [.usernameUnknown, .organizationInactive]
        case .unknown: []
        }
    }

    /// The controls show a later stage than the words speak of: then the words mean something that nobody has reported. While
    /// a change spreads, though, one server contradicts the other, and the words may mean what they say.
    private var laterThanWords: [Cause] {
        spreading != nil && reading.isConfirmed ? reading.among : [.refusalUnknown] + Self.laterCauses
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
            guard let same = isSame(.otherKey(name)) else { continue }
            reasons.append(
                same
                    ? "The same sign-in signed with \(name) gets the same words: the org's certificate is not of that key."
                    : "The same sign-in signed with \(name) gets other words: the org's certificate may be of that key."
            )
        }
        if Self.causesOfSignature.contains(reading.cause) { reasons += sameKey }
        if wordsVary {
            reasons.append("The org's words are others in each answer, so no two answers can be compared.")
        }
        if !reading.isConfirmed, reading.cause != .refusalUnknown {
            reasons.append("These words are not confirmed for JWT Bearer on a real org.")
        }
        return reasons
    }

    private static let causesOfSignature: Set<Cause> = [.signatureRefused, .assertionRefused]

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
        if set.contains(.consumerKeyOfAnotherApp) {
            return "In Setup look at the app that has this Consumer Key: whether it is the one of this connection."
        }
        if set.contains(.appKindWrong) {
            return "In Setup look whether the app is an External Client App or a Connected App."
        }
        if set.contains(.certificateExpired) { return "Upload a new certificate: it removes both causes." }
        if set.contains(.hostUnfitForAppKind) { return "Use the My Domain as login host; then only the app is left." }
        return "Setup > Login History: the Status of this user's newest row says more than the org tells a client."
    }
}
