internal import Foundation
internal import JWTBearer

/// Finds out why a sign-in was refused. A value: its owner sends the controls, within a budget, and records their
/// answers; the conclusion is a function of what was recorded.
///
/// The conclusions rely on the order in which an org checks: the audience before the app (forcedotcom/cli#3482), the
/// app before the signature, the signature before approval and scopes. When it checks `exp`, the user's state, the
/// login rate, a block, addresses and the session level is not confirmed on a real org, so no conclusion relies on it.
/// Words alone never make a cause certain.
struct RefusalInquiry {
    let refusal: TokenRefusal
    let appKind: AppKind
    let hostForm: LoginHost.Form
    let certificateHasExpired: Bool
    /// Whether the user gave an audience that host and app kind do not suggest.
    let audienceIsUnusual: Bool
    /// Whether this machine's clock and the org's differ by more than an assertion allows.
    let clockIsOff: Bool
    /// A change of the app that may still be spreading; `nil` if there is none.
    let spreading: AppChange.Kind?
    /// Keys of other apps of this store that the org's certificate might belong to.
    let otherKeys: [OtherKeyName]
    /// Other connections to the same org.
    let neighbours: [String]
    /// Connections of other apps in this store that have the same Consumer Key.
    let connectionsOfSameKey: [String]
    /// Values of the request that an org may repeat in its answer.
    let echoes: [String]
    private(set) var answers: [SignInControl: ControlAnswer] = [:]
    var witness: OrgWitness?

    /// The most sign-ins besides the refused one.
    static let budget = 3

    init(
        _ refusal: TokenRefusal, appKind: AppKind, hostForm: LoginHost.Form, certificateHasExpired: Bool,
        audienceIsUnusual: Bool, clockIsOff: Bool, spreading: AppChange.Kind?, otherKeys: [OtherKeyName],
        neighbours: [String], connectionsOfSameKey: [String], echoes: [String]
    ) {
        self.refusal = refusal
        self.appKind = appKind
        self.hostForm = hostForm
        self.certificateHasExpired = certificateHasExpired
        self.audienceIsUnusual = audienceIsUnusual
        self.clockIsOff = clockIsOff
        self.spreading = spreading
        self.otherKeys = otherKeys
        self.neighbours = neighbours
        self.connectionsOfSameKey = connectionsOfSameKey
        self.echoes = echoes
    }

    var reading: RefusalReading { RefusalReading(refusal) }

    mutating func record(_ answer: ControlAnswer, to control: SignInControl) { answers[control] = answer }

    // MARK: What to ask next

    /// The next control that can narrow down the cause; `nil` if none can, or if the budget is used up.
    var next: SignInControl? {
        guard answers.count < Self.budget, !answers.values.contains(.granted) else { return nil }
        return plan.first { answers[$0] == nil }
    }

    private var plan: [SignInControl] {
        let cause = reading.cause
        if Self.causesWithoutControls.contains(cause) { return [] }
        if Self.causesUpToTheApp.contains(cause) { return [.nonsenseConsumerKey, .brokenSignature] }
        let usual: [SignInControl] = [.brokenSignature, .nonsenseUsername]
        if Self.causesOfSignature.contains(cause) {
            return usual + (isSame(.brokenSignature) == false ? [] : otherKeys.map(SignInControl.otherKey))
        }
        return cause == .refusalUnknown ? usual + [.nonsenseConsumerKey] : usual
    }

    /// No control is sent if it would make things worse, or if the org asks to try again.
    private static let causesWithoutControls: Set<Cause> = [.signInRateExceeded, .orgTransient, .grantTypeRefused]
    private static let causesUpToTheApp: Set<Cause> = causesOfApp.union([.audienceRefused])
    static let causesOfApp: Set<Cause> = [.consumerKeyUnknown, .appNotInstalled]
    static let causesOfSignature: Set<Cause> = [.signatureRefused, .assertionRefused]

    // MARK: The stage

    /// How far a sign-in got before the org refused it.
    enum Stage: Equatable {
        /// Refused before the lookup of the app, or at the app itself.
        case app
        /// Refused at the signature; the app is known.
        case signature
        /// Refused after the signature, for every user.
        case beforeUser
        /// Refused after the signature, because of this user.
        case user
        /// Refused after the signature; whether because of the user is not known.
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

    /// Whether a control got the same words as the refusal; `nil` if it was not sent, or shows nothing.
    func isSame(_ control: SignInControl) -> Bool? {
        guard let answer = answers[control], answer != .unreadable, !wordsVary else { return nil }
        return words(of: answer) == words(of: ControlAnswer(refusal))
    }

    func words(of answer: ControlAnswer) -> ComparedWords? { ComparedWords(answer, without: echoes) }

    /// Whether the org's words differ in each answer and not all of them are known. If so, different words show
    /// nothing.
    var wordsVary: Bool {
        let all = [ControlAnswer(refusal)] + answers.values.filter { $0 != .unreadable }
        let compared = all.compactMap(words)
        guard all.count > 2, compared.count == all.count else { return false }
        return Set(compared.map(\.error)).count == 1 && Set(compared).count == compared.count
            && !all.allSatisfy(\.hasKnownWords)
    }

    /// Returns a sentence about what the answer to a control shows.
    func whatShows(_ control: SignInControl) -> String {
        guard answers[control] != .granted else { return "It was granted." }
        guard let same = isSame(control) else {
            return wordsVary
                ? "Nothing: the org's words differ in each answer." : "Nothing: the answer could not be read."
        }
        return same ? "The same words." : "Other words."
    }
}
