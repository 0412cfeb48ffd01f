package import Foundation

/// Whether a connection can be used, and why not, according to the latest evidence.
///
/// The names of properties and codes are JSON names (`ConnectionState` in `openapi.yaml`) and must not change.
package struct ConnectionStateView: Codable, Sendable, Equatable {
    /// If several codes apply, the view has the first of them in this order.
    package enum Code: String, Codable, Sendable, CaseIterable {
        /// The app is blocked in aprity.
        case blocked
        /// The app has no Consumer Key yet.
        case consumerKeyMissing
        /// The latest test or sign-in failed.
        case fails
        /// The latest test or sign-in failed, possibly because a change is still spreading.
        case waiting
        /// The certificate has expired. The org may still accept it.
        case certificateExpired
        /// Sign-ins work, but the app or the user has wrong settings.
        case differs
        /// The next certificate of a rotation must be uploaded.
        case uploadAwaited
        /// The certificate expires within ``AppCertificate/soon`` days.
        case certificateEndsSoon
        /// The latest test was inconclusive.
        case unclear
        /// There is no evidence since the connection or its app was changed.
        case untested
        /// The latest test or sign-in worked.
        case works
    }

    package let code: Code
    /// The time of the latest evidence: the end of a test, or an ordinary sign-in. `null` if there is none.
    @ExplicitNull package var seenAt: Date?
    /// Why the latest test or sign-in failed; `null` if it did not. A successful sign-in keeps the cause of a test that
    /// found wrong settings.
    @ExplicitNull package var cause: Cause?
    /// For `waiting`: if it still fails after this time, the failure has another reason. Otherwise `null`.
    @ExplicitNull var waitingUntil: Date?
    /// The id of the test that is the evidence; `null` if it is a sign-in, or if there is none.
    @ExplicitNull package var testID: String?
}

extension ConnectionStateView {
    /// What the state of a connection follows from, besides its evidence.
    struct AppFacts {
        var isBlocked: Bool
        let hasConsumerKey: Bool
        let change: AppChange?
        let certificateEndsAt: Date
        /// `nil` if no rotation was ever begun.
        let rotation: RotationStateName?
    }

    /// - Parameter evidence: The latest evidence; `nil` if there is none or its record was altered.
    init(_ app: AppFacts, _ evidence: ConnectionEvidence?, now: Date) {
        let latest = Latest(evidence, since: app.change, isRotating: app.rotation.map { $0 != .steady } ?? false)
        let spreading = latest.cause.flatMap { app.change?.spreadingDeadline($0, at: now) }
        let code = Self.code(
            app, RemainingValidity(until: app.certificateEndsAt, at: now), latest.answer, isSpreading: spreading != nil)
        self.init(
            code: code, seenAt: latest.time, cause: latest.cause, waitingUntil: code == .waiting ? spreading : nil,
            testID: latest.runID)
    }

    private static func code(
        _ app: AppFacts, _ certificate: RemainingValidity, _ answer: Latest.Answer, isSpreading: Bool
    ) -> Code {
        if app.isBlocked { return .blocked }
        if !app.hasConsumerKey { return .consumerKeyMissing }
        if answer == .fails { return isSpreading ? .waiting : .fails }
        if certificate.isExpired { return .certificateExpired }
        if answer == .differs { return .differs }
        if app.rotation == .prepared { return .uploadAwaited }
        if certificate.daysLeft < AppCertificate.soon { return .certificateEndsSoon }
        switch answer {
        case .works, .differs, .fails: return .works
        case .unclear: return .unclear
        case .none: return .untested
        }
    }
}

/// The latest evidence since the app was last changed, and what it shows.
private struct Latest {
    /// As the ``ConnectionStateView/Code`` of the same name; `none` if there is no evidence.
    enum Answer { case works, differs, fails, unclear, none }

    let answer: Answer
    var time: Date?
    var cause: Cause?
    var runID: String?

    /// - Parameters:
    ///   - change: The latest change of the app; `nil` if there was none.
    ///   - isRotating: Whether a rotation is in progress. Then a change of the certificate does not invalidate evidence,
    ///     because both keys are in use.
    init(_ evidence: ConnectionEvidence?, since change: AppChange?, isRotating: Bool) {
        let change = isRotating && change?.kind == .certificate ? nil : change?.time
        let test = evidence?.test.flatMap { $0.time < change ?? .distantPast ? nil : $0 }
        let signIn = evidence?.signIn.flatMap { $0.time < change ?? .distantPast ? nil : $0 }
        switch (test, signIn) {
        case (nil, nil): self.init(.none)
        case (let test?, nil): self.init(test)
        case (let test?, let signIn?) where signIn.time <= test.time: self.init(test)
        case (_, let signIn?): self.init(signIn, after: test)
        }
    }

    private init(_ answer: Answer) { self.answer = answer }

    private init(_ test: ConnectionEvidence.Test) {
        answer =
            switch test.outcome {
            case .passes: .works
            case .fails, .waiting: test.connects ? .differs : .fails
            case .unknown: .unclear
            }
        (time, cause, runID) = (test.time, test.code.flatMap(Cause.init(rawValue:)), test.runID)
    }

    /// A successful sign-in does not refute what a test found about the settings of app and user.
    private init(_ signIn: ConnectionEvidence.SignIn, after test: ConnectionEvidence.Test?) {
        time = signIn.time
        if signIn.code == nil, let test, Latest(test).answer == .differs {
            (answer, cause, runID) = (.differs, test.code.flatMap(Cause.init(rawValue:)), test.runID)
        } else {
            answer = signIn.code == nil ? .works : .fails
            cause = signIn.code.flatMap(Cause.init(rawValue:))
        }
    }
}
