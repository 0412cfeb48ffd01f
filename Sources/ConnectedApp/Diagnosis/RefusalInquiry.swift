internal import Foundation
internal import JWTBearer

/// Finds out why a sign-in was refused.
///
/// It compares the refusal with the answers to *controls* (``SignInControl``): further sign-ins that differ in one part. The
/// *words* of a refusal are its `error` and `error_description`. This is a value that sends nothing: its owner sends the
/// control ``next``, records the answer with ``record(_:to:)``, repeats this until ``next`` is `nil`, and may set a
/// ``witness``. The ``conclusion`` depends only on what was recorded.
///
/// The conclusions rely on the order in which an org checks: the audience before the app (forcedotcom/cli#3482), the
/// app before the signature, the signature before approval and scopes. It is not confirmed on a real org when it checks
/// `exp`, the user's state, the login rate, a block, addresses and the session level, so no conclusion relies on that.
/// Words alone never make a cause certain.
struct RefusalInquiry {
    let refusal: TokenRefusal
    let appKind: AppKind
    let hostForm: LoginHost.Form
    let certificateHasExpired: Bool
    /// Whether the operator set an audience other than the one that aprity derives from the login host and the kind of app.
    let audienceIsUnusual: Bool
    /// Whether this machine's clock and the org's differ by more than ``ConnectionTest/tolerableSkew``.
    let clockIsOff: Bool
    /// A change of the app that may still be spreading; `nil` if there is none.
    let spreading: AppChange.Kind?
    /// The names of keys of other apps in this store to which the certificate in the org might belong.
    let otherKeys: [OtherKeyName]
    /// The names of other connections to the same org.
    let neighbours: [String]
    /// The names of connections in this store that belong to another app but have the same Consumer Key.
    let connectionsWithSameConsumerKey: [String]
    /// Values of the request that an org may repeat in its answer.
    let echoes: [String]
    private(set) var answers: [SignInControl: ControlAnswer] = [:]
    /// What another token read about the user and the app; `nil` if there was none.
    var witness: OrgWitness?

    /// The maximum number of controls.
    static let maxControls = 3

    init(
        _ refusal: TokenRefusal, appKind: AppKind, hostForm: LoginHost.Form, certificateHasExpired: Bool,
        audienceIsUnusual: Bool, clockIsOff: Bool, spreading: AppChange.Kind?, otherKeys: [OtherKeyName],
        neighbours: [String], connectionsWithSameConsumerKey: [String], echoes: [String]
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
        self.connectionsWithSameConsumerKey = connectionsWithSameConsumerKey
        self.echoes = echoes
    }

    /// What the words of the refusal can mean.
    var reading: RefusalReading { RefusalReading(refusal) }

    mutating func record(_ answer: ControlAnswer, to control: SignInControl) { answers[control] = answer }

    // MARK: What to ask next

    /// The next control that can narrow down the cause; `nil` if none can, or if ``maxControls`` were sent.
    var next: SignInControl? {
        guard answers.count < Self.maxControls, !answers.values.contains(.granted) else { return nil }
        return plan.first { answers[$0] == nil }
    }

    /// The controls that can narrow down the cause that the words suggest, the most useful first.
    private var plan: [SignInControl] {
        let cause = reading.cause
        if Self.causesWithoutControls.contains(cause) { return [] }
        if Self.causesUpToTheApp.contains(cause) { return [.nonsenseConsumerKey, .brokenSignature] }
        let usual: [SignInControl] = [.brokenSignature, .nonsenseUsername]
        if Self.causesOfSignature.contains(cause) {
            return usual + (gotSameWords(.brokenSignature) == false ? [] : otherKeys.map(SignInControl.otherKey))
        }
        return cause == .refusalUnknown ? usual + [.nonsenseConsumerKey] : usual
    }

    /// Causes for which no controls are sent, because they would add to the problem or show nothing.
    private static let causesWithoutControls: Set<Cause> = [.signInRateExceeded, .orgTransient, .grantTypeRefused]
    private static let causesUpToTheApp: Set<Cause> = causesOfApp.union([.audienceRefused])
    /// Causes for which an org refuses when it looks up the app.
    static let causesOfApp: Set<Cause> = [.consumerKeyUnknown, .appNotInstalled]
    /// Causes for which an org refuses when it reads the assertion or verifies its signature.
    static let causesOfSignature: Set<Cause> = [.signatureRefused, .assertionRefused]

    // MARK: The stage

    /// The stage at which the org refused the sign-in, as far as the controls show it.
    enum Stage: Equatable {
        /// Refused before the lookup of the app, or at the app itself.
        case app
        /// Refused at the signature; the app is known.
        case signature
        /// Refused after the signature, for every user.
        case beforeUser
        /// Refused after the signature, because of this user.
        case user
        /// Refused after the signature; it is not known whether because of the user.
        case afterSignature
        /// The controls do not show the stage.
        case unknown
    }

    /// The stage at which the org refused the sign-in.
    var stage: Stage {
        switch (gotSameWords(.nonsenseConsumerKey), gotSameWords(.brokenSignature), gotSameWords(.nonsenseUsername)) {
        case (true?, _, _): .app
        case (_, true?, true?), (false?, true?, nil): .signature
        case (_, false?, true?): .beforeUser
        case (_, false?, false?), (_, nil, false?): .user
        case (_, false?, nil): .afterSignature
        case (_, true?, _), (_, nil, true?), (_, nil, nil): .unknown
        }
    }

    /// Whether a control got the same words as the refusal; `nil` if it was not sent, or if its answer shows nothing.
    func gotSameWords(_ control: SignInControl) -> Bool? {
        guard let answer = answers[control], answer != .unreadable, !wordsVary else { return nil }
        return words(of: answer) == words(of: ControlAnswer(refusal))
    }

    /// The words of an answer in the form in which they are compared; `nil` if the answer is not a refusal.
    func words(of answer: ControlAnswer) -> ComparedWords? { ComparedWords(answer, without: echoes) }

    /// Whether no two answers, the refusal included, have the same words, although their `error` is the same and not all of the
    /// words are known. Then the words seem to vary at random, and comparing them shows nothing. Needs at least three answers.
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
        guard let same = gotSameWords(control) else {
            return wordsVary
                ? "Nothing: the org's words differ in each answer." : "Nothing: the answer could not be read."
        }
        return same ? "The same words." : "Other words."
    }
}
