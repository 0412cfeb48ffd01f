import Foundation
import JWTBearer
import Testing

@testable import ConnectedApp

/// Every cause of a refusal in every wording: what the inquiry concludes from the answers to its controls alone.
@Suite("Causes in other causes' words")
struct RefusalInquiryTests {
    /// What an org may answer: `error` and `error_description`.
    private struct Wording: Hashable {
        let error: String
        let description: String

        var name: String { description.isEmpty ? (error.isEmpty ? "(nothing)" : error) : description }
    }

    private static let wordings: [Wording] =
        RefusalReading.table.map { Wording(error: $0.error, description: $0.description) } + [
            Wording(error: "zq_random", description: "vwxyz 0471"), Wording(error: "invalid_grant", description: ""),
            Wording(error: "", description: ""),
        ]

    /// An org in which one thing is wrong. It checks in order and refuses at the first fault.
    private struct ModelOrg {
        let truth: Cause
        let wording: Wording
        let place: CheckPoint
        /// Whether the org also answers an unknown user with these words.
        var hidesUsers = false

        /// Returns this org's answer to a control because of the control's own fault.
        private func words(to control: SignInControl) -> Wording {
            let (cause, error, description): (Cause, String, String) =
                switch control {
                case .nonsenseConsumerKey: (.consumerKeyUnknown, "invalid_client_id", "client identifier invalid")
                case .brokenSignature, .otherKey: (.signatureRefused, "invalid_client", "invalid client credentials")
                case .nonsenseUsername: (.usernameUnknown, "invalid_grant", "user hasn't approved this consumer")
                }
            let isHidden = hidesUsers && cause == .usernameUnknown
            return truth == cause || isHidden ? wording : Wording(error: error, description: description)
        }

        func answer(to control: SignInControl) -> ControlAnswer {
            let isOtherKey: Set<Cause> = [.certificateOfAnotherApp, .consumerKeyOfAnotherApp]
            if case .otherKey = control, isOtherKey.contains(truth) { return .granted }
            let said = control.checkPoint < place ? words(to: control) : wording
            return .refused(error: said.error, description: said.description)
        }

        var conclusion: RefusalInquiry.Conclusion {
            let refusal = TokenRefusal(status: 400, error: wording.error, description: wording.description)
            var inquiry = RefusalInquiry(
                refusal, appKind: .externalClientApp,
                hostForm: truth == .hostUnfitForAppKind ? .login : .production,
                certificateHasExpired: truth == .certificateExpired, audienceIsUnusual: truth == .audienceRefused,
                clockIsOff: truth == .clockSkew, spreading: nil,
                otherKeys: [.certificateOfAnotherApp, .consumerKeyOfAnotherApp].contains(truth)
                    ? [OtherKeyName(alias: "acme")] : [], neighbours: [],
                connectionsWithSameConsumerKey: truth == .consumerKeyOfAnotherApp ? ["acme"] : [], echoes: [])
            while let control = inquiry.next { inquiry.record(answer(to: control), to: control) }
            return inquiry.conclusion
        }
    }

    /// All causes of refusals, with each point at which an org may check for them.
    private static var truths: [(cause: Cause, place: CheckPoint)] {
        Cause.allCases.flatMap { cause in
            CheckPoint.allCases.filter(cause.checkPoints.contains).map { (cause, $0) }
        }
    }

    private static func set(_ conclusion: RefusalInquiry.Conclusion) -> Set<Cause> {
        Set([conclusion.cause] + conclusion.among + conclusion.notRuledOut)
    }

    @Test("Whatever an org's words are, the true cause is named or not ruled out")
    func truthIsInTheSet() {
        for truth in Self.truths {
            for wording in Self.wordings {
                for hidesUsers in [false, true] {
                    let conclusion = ModelOrg(
                        truth: truth.cause, wording: wording, place: truth.place, hidesUsers: hidesUsers
                    ).conclusion
                    let isIn = Self.set(conclusion).contains(truth.cause)
                    #expect(isIn, "\(truth.cause) at \(truth.place) in the words \(wording.name): \(conclusion)")
                }
            }
        }
    }

    @Test("Whatever an org's words are, no wrong cause is certain")
    func nothingWrongIsCertain() {
        for truth in Self.truths {
            for wording in Self.wordings {
                let conclusion = ModelOrg(truth: truth.cause, wording: wording, place: truth.place).conclusion
                let isTrue = !conclusion.isCertain || conclusion.cause == truth.cause
                #expect(isTrue, "\(truth.cause) at \(truth.place) in the words \(wording.name): \(conclusion.cause)")
            }
        }
    }

    /// Returns the point at which the embedded org checks for a cause that may be checked at several points.
    private static func usualPlace(_ cause: Cause) -> CheckPoint? {
        switch cause {
        case .assertionRefused, .certificateExpired, .organizationInactive: .anyUser
        case .appNotInstalled, .hostUnfitForAppKind: .app
        case .userNotApproved, .userNotAdminApproved, .refreshTokenScopeMissing, .noValidScopes, .appBlockedInOrg,
            .appUninstalled, .addressOrHoursRestricted, .sessionLevelUnmet, .signInRateExceeded,
            .authenticationFailure:
            .user
        default: cause.checkPoints.min()
        }
    }

    /// The most causes that a cause's own words leave open; 1 if it is not listed.
    private static let ownSizes: [Cause: Int] = [
        .assertionRefused: 1, .certificateExpired: 2, .organizationInactive: 2, .userNotApproved: 4,
        .userNotAdminApproved: 4, .refreshTokenScopeMissing: 4, .usernameUnknown: 4, .userInactive: 2, .userFrozen: 2,
        .appNotInstalled: 2, .consumerKeyUnknown: 2, .authenticationFailure: 2, .sessionLevelUnmet: 2,
        .hostUnfitForAppKind: 3,
    ]

    @Test("A cause's own words leave open no more causes than expected")
    func ownWords() {
        for row in RefusalReading.table {
            for cause in row.causes {
                guard let place = Self.usualPlace(cause) else { continue }
                let wording = Wording(error: row.error, description: row.description)
                let conclusion = ModelOrg(truth: cause, wording: wording, place: place).conclusion
                let size = max(1, conclusion.among.count)
                #expect(size <= Self.ownSizes[cause] ?? 1, "\(cause) in its words \(wording.name): \(conclusion.among)")
            }
        }
    }

    @Test("Each cause of a refusal has a check point, except temporary and unknown ones")
    func everyCauseHasAPlace() {
        let refusals = Cause.allCases.filter { $0.entry.chapter == .refused }
        let without = refusals.filter { $0.checkPoints.isEmpty }
        #expect(Set(without) == [.orgTransient, .orgUnavailable, .refusalUnknown])
    }

    // MARK: Words that differ in each answer

    private static func inquiry(
        _ error: String, _ description: String, spreading: AppChange.Kind? = nil, sameKey: [String] = [],
        echoes: [String] = []
    ) -> RefusalInquiry {
        RefusalInquiry(
            TokenRefusal(status: 400, error: error, description: description), appKind: .externalClientApp,
            hostForm: .production, certificateHasExpired: false, audienceIsUnusual: false, clockIsOff: false,
            spreading: spreading, otherKeys: [OtherKeyName(alias: "acme")], neighbours: [],
            connectionsWithSameConsumerKey: sameKey, echoes: echoes)
    }

    @Test("Answers that differ only in numbers, ids and echoes are the same")
    func numbersInWords() {
        var inquiry = Self.inquiry("invalid_client", "bad ErrorId 0.123 for i@acme.example", echoes: ["KEY"])
        inquiry.record(
            .refused(error: "invalid_client", description: "bad ErrorId 9.87 for control.1@aprity.invalid"),
            to: .nonsenseUsername)
        inquiry.record(
            .refused(error: "invalid_client", description: "bad ErrorId 7 for i@acme.example"), to: .brokenSignature)
        #expect(inquiry.stage == .signature)
        #expect(inquiry.whatShows(.brokenSignature) == "The same words.")
    }

    @Test("Answers that differ only in a repeated value of the request are the same")
    func echoInWords() {
        var inquiry = Self.inquiry("invalid_client_id", "unknown key OURKEY here", echoes: ["OURKEY"])
        inquiry.record(
            .refused(error: "invalid_client_id", description: "unknown key 3MVG9abc here"), to: .nonsenseConsumerKey)
        #expect(inquiry.stage == .app)
    }

    @Test("If the words differ in each answer and are not known, the controls show nothing")
    func varyingWords() {
        var inquiry = Self.inquiry("invalid_client", "qrs refused")
        inquiry.record(.refused(error: "invalid_client", description: "abc refused"), to: .brokenSignature)
        inquiry.record(.refused(error: "invalid_client", description: "xyz refused"), to: .nonsenseUsername)
        #expect(inquiry.stage == .unknown)
        #expect(inquiry.whatShows(.brokenSignature) == "Nothing: the org's words differ in each answer.")
        #expect(!inquiry.conclusion.reasons.contains { $0.contains("gets other words") })
        #expect(!inquiry.conclusion.isCertain)
    }

    @Test("Known words that differ are evidence even if their code is the same")
    func knownWords() {
        var inquiry = Self.inquiry("invalid_grant", "inactive user")
        inquiry.record(.refused(error: "invalid_grant", description: "invalid assertion"), to: .brokenSignature)
        inquiry.record(
            .refused(error: "invalid_grant", description: "user hasn't approved this consumer"), to: .nonsenseUsername)
        #expect(inquiry.stage == .user)
    }

    // MARK: What other records of the store show

    @Test("If the org accepts the key of an app with the same Consumer Key, the Consumer Key belongs to that app")
    func sameConsumerKey() {
        var inquiry = Self.inquiry("invalid_client", "invalid client credentials", sameKey: ["acme"])
        inquiry.record(.granted, to: .otherKey(OtherKeyName(alias: "acme")))
        #expect(inquiry.conclusion.cause == .consumerKeyOfAnotherApp)
        #expect(inquiry.conclusion.isCertain)
    }

    @Test("The same Consumer Key alone makes that cause likely, but not certain")
    func sameConsumerKeyRefused() {
        var inquiry = Self.inquiry("invalid_client", "invalid client credentials", sameKey: ["acme"])
        inquiry.record(
            .refused(error: "invalid_client", description: "invalid client credentials"), to: .brokenSignature)
        #expect(inquiry.conclusion.among == [.consumerKeyOfAnotherApp, .signatureRefused])
        #expect(!inquiry.conclusion.isCertain)
    }

    @Test("If another app's key is refused in other words, it is not ruled out")
    func otherKeyGotFurther() {
        var inquiry = Self.inquiry("invalid_client", "invalid client credentials")
        inquiry.record(
            .refused(error: "invalid_client", description: "invalid client credentials"), to: .brokenSignature)
        inquiry.record(
            .refused(error: "invalid_grant", description: "inactive user"), to: .otherKey(OtherKeyName(alias: "acme")))
        #expect(inquiry.conclusion.among == [.signatureRefused, .certificateOfAnotherApp])
        #expect(!inquiry.conclusion.reasons.contains { $0.contains("does not match the org's certificate") })
    }

    @Test("If the usual audience is refused for a known Consumer Key, the app may be of the other kind")
    func otherKind() {
        var inquiry = Self.inquiry("invalid_grant", "audience is invalid")
        inquiry.record(
            .refused(error: "invalid_client_id", description: "client identifier invalid"), to: .nonsenseConsumerKey)
        #expect(inquiry.conclusion.among == [.audienceRefused, .appKindWrong])
        #expect(inquiry.conclusion.isConsumerKeyKnown)
    }

    @Test("A spreading change is a reason only for a cause that it can have")
    func spreadingReason() {
        let inactive = Self.inquiry("invalid_grant", "inactive user", spreading: .newApp)
        #expect(!inactive.conclusion.reasons.contains { $0.contains("changed recently") })
        let unknown = Self.inquiry("invalid_client_id", "client identifier invalid", spreading: .newApp)
        #expect(unknown.conclusion.reasons.contains { $0.contains("changed recently") })
    }

    // MARK: The table

    private static let tablePath =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path + "/docs/diagnosis-words.md"

    /// The page, with one line for each cause, at the point at which the embedded org checks for it.
    private static var table: String {
        var others: [Int] = []
        let lines = Cause.allCases.compactMap { cause -> String? in
            guard let place = usualPlace(cause) else { return nil }
            let cells = wordings.map { wording in
                let conclusion = ModelOrg(truth: cause, wording: wording, place: place).conclusion
                let size = set(conclusion).count
                let isOwn = RefusalReading.table.contains {
                    $0.error == wording.error && $0.description == wording.description && $0.causes.contains(cause)
                }
                if isOwn { return "**\(max(1, conclusion.among.count))**" }
                others.append(size)
                return String(size)
            }
            return "| `\(cause.rawValue)` | " + cells.joined(separator: " | ") + " |"
        }
        let words = wordings.enumerated().map { "\($0.offset + 1). `\($0.element.error)` `\($0.element.description)`" }
        let head = wordings.indices.map { String($0 + 1) }.joined(separator: " | ")
        let mean = Double(others.reduce(0, +)) / Double(max(1, others.count))
        return """
            # What refusals leave open, whatever their words are

            Salesforce's words for most refusals of JWT Bearer are not confirmed. So each cause (a row) was combined with \
            every wording that is known for any cause, with random words and with none (the columns, listed below). The \
            connection test had to name the true cause, or at least not to rule it out.

            A number says how many causes the test names or does not rule out. A **bold** number is at a wording that \
            is reported for the cause, and says how many causes the test names. The true cause is always among them, and \
            the test is never certain of a wrong cause. An automated test checks both, at every point at which an org may \
            check for the cause. With a wording that is not reported for it, a cause is one of at most \
            \(others.max() ?? 0), and one of \(String(format: "%.1f", mean)) on average. `make diagnosis` writes this page.

            | cause | \(head) |
            |---|\(String(repeating: "---|", count: wordings.count))
            \(lines.joined(separator: "\n"))

            The wordings:

            \(words.joined(separator: "\n"))

            """
    }

    @Test("The manual's page of causes and words matches the inquiry")
    func page() throws {
        if ProcessInfo.processInfo.environment["APRITY_UPDATE_TABLE"] != nil {
            try Data(Self.table.utf8).write(to: URL(filePath: Self.tablePath))
        }
        #expect(try String(contentsOfFile: Self.tablePath, encoding: .utf8) == Self.table)
    }
}
