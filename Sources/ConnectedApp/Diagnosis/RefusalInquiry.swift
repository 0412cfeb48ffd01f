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
    /// A change of the app that is so recent that servers of the org may disagree; `nil` if there is none.
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

    /// The next control that can tell causes apart; `nil` if none can, or if the budget is used.
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

    /// No further sign-in is spent if it would make things worse, or if the org itself asks for another try.
    private static let causesWithoutControls: Set<Cause> = [.signInRateExceeded, .orgTransient, .grantTypeRefused]
    private static let causesUpToTheApp: Set<Cause> = causesOfApp.union([.audienceRefused])
    static let causesOfApp: Set<Cause> = [.consumerKeyUnknown, .appNotInstalled]
    static let causesOfSignature: Set<Cause> = [.signatureRefused, .assertionRefused]

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

    /// Whether a control got the same words; `nil` if it was not asked, or shows nothing.
    func isSame(_ control: SignInControl) -> Bool? {
        guard let answer = answers[control], answer != .unreadable, !wordsVary else { return nil }
        return words(of: answer) == words(of: ControlAnswer(refusal))
    }

    func words(of answer: ControlAnswer) -> ComparedWords? { ComparedWords(answer, without: echoes) }

    /// Whether the org's words differ each time, and not all of them are known. Then different words show nothing.
    var wordsVary: Bool {
        let all = [ControlAnswer(refusal)] + answers.values.filter { $0 != .unreadable }
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
                ? "Nothing: the org's words differ each time." : "Nothing: the answer could not be read."
        }
        return same ? "The same words." : "Other words."
    }
}
