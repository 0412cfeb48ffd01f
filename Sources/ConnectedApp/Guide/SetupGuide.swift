/// The clicks of one task, for one kind of app.
///
/// Salesforce changes its screens with each release; these are those of the embedded org's Setup pages, where the tests
/// walk them, and are not confirmed on a real org. Sources: "Create an External Client App", "Configure OAuth Policies",
/// "Manage OAuth Access Policies for a Connected App", "Get Your Consumer Key" (Salesforce Help).
public struct SetupGuide: Sendable, Equatable {
    public let task: SetupTask
    public let subject: SetupSubject
    let sequence: [GuideStep]

    /// In order, a sentence each.
    public var steps: [String] { sequence.map(\.text) }

    public init(_ task: SetupTask, for subject: SetupSubject) {
        self.task = task
        self.subject = subject
        var sequence = Self.sequence(task, subject)
        if task.spreads {
            let unblocks = sequence.contains { $0.act == .unblock }
            sequence.append(.wait(Self.wait(task, subject, unblocks: unblocks), .followChange))
        }
        self.sequence = sequence
    }

    /// The steps for a guide that does some of aprity's part at another moment.
    func steps(without acts: GuideStep.Act...) -> [GuideStep] {
        sequence.filter { step in !acts.contains { $0 == step.act } }
    }

    /// While the app is blocked in aprity, no command asks the org but the one that unblocks.
    ///
    /// - Parameter unblocks: Whether a step before this one unblocks the app.
    private static func wait(_ task: SetupTask, _ subject: SetupSubject, unblocks: Bool) -> String {
        let longest =
            task == .create || task == .migrate ? "2 to 10 minutes, for a new app up to 30" : "2 to 10 minutes"
        let needs = "Salesforce needs \(longest), unevenly; "
        if task == .block { return needs + "until then some of its servers may still let the app in" }
        if subject.isBlocked == true, !unblocks {
            return switch subject.reader {
            case .commandLine: needs + "then `aprity unblock \(subject.alias)`, which tests first"
            case .settingsPage: needs + "then Test and unblock, on this connection's page"
            }
        }
        return switch subject.reader {
        case .commandLine: needs + "`aprity test \(subject.alias) --changed` asks until the answers agree."
        case .settingsPage:
            needs + "I changed it in Salesforce, on this connection's page, asks until the answers agree."
        }
    }

    private static func sequence(_ task: SetupTask, _ subject: SetupSubject) -> [GuideStep] {
        switch task {
        case .create: creating(subject)
        case .consumerKey: consumerKey(subject)
        case .scopes: scopes(subject)
        case .preauthorize: preauthorizing(subject)
        case .rotate: rotating(subject)
        case .block: blocking(subject)
        case .unblock: unblocking(subject)
        case .expiry: expiry(subject)
        case .certificate: uploading(subject)
        case .loginHost: loginHost(subject)
        case .enable: enabling(subject)
        case .install: installing(subject)
        case .user: user(subject)
        case .permissions: permissions(subject)
        case .loginRanges: loginRanges(subject)
        case .sessionLevel: sessionLevel(subject)
        case .apiAccess: apiAccess(subject)
        case .tokenFormat: tokenFormat(subject)
        case .loginHistory: loginHistory(subject)
        case .migrate: migrating(subject)
        }
    }
}
