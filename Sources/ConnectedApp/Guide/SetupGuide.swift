/// The steps of one task, for one kind of app.
///
/// Salesforce changes its screens with each release. The steps are those of the embedded org's Setup pages, on which
/// the tests carry them out. They are not confirmed on a real org. Sources: "Create an External Client App", "Configure
/// OAuth Policies", "Manage OAuth Access Policies for a Connected App", "Get Your Consumer Key" (Salesforce Help).
struct SetupGuide: Sendable, Equatable {
    let task: SetupTask
    let subject: GuidedApp
    /// All steps, in order. If the task's change takes minutes to reach all of Salesforce's servers, the last step
    /// waits for it.
    let sequence: [GuideStep]

    /// The texts of the steps, in order.
    var steps: [String] { sequence.map(\.text) }

    init(_ task: SetupTask, for subject: GuidedApp) {
        self.task = task
        self.subject = subject
        var sequence = Self.sequence(task, subject)
        if task.spreads {
            let unblocks = sequence.contains { $0.act == .unblock }
            sequence.append(.wait(Self.wait(task, subject, unblocks: unblocks), .followChange))
        }
        self.sequence = sequence
    }

    /// Returns the steps except those with one of these acts, which the reader does at a different time.
    func steps(without acts: GuideStep.Act...) -> [GuideStep] {
        sequence.filter { step in !acts.contains { $0 == step.act } }
    }

    /// Returns the text of the last step of a task whose change spreads.
    ///
    /// While the app is blocked in aprity, only the command that unblocks it sends requests to the org.
    ///
    /// - Parameter unblocks: Whether an earlier step unblocks the app.
    private static func wait(_ task: SetupTask, _ subject: GuidedApp, unblocks: Bool) -> String {
        let longest = task == .create ? newAppSpread : "2 to 10 minutes"
        if task == .block {
            return "Wait \(longest). Until then, some of Salesforce's servers may still let the app in."
        }
        if subject.isBlocked == true, !unblocks {
            let wait = "Wait \(longest) until all of Salesforce's servers have the change, then "
            return switch subject.reader {
            case .commandLine: wait + "run `aprity unblock \(subject.alias)`, which tests the connection first."
            case .settingsPage: wait + "click Test and unblock on this connection's page."
            }
        }
        if task == .rotate { return waitForRotation(subject, longest) }
        let followChange =
            switch subject.reader {
            case .commandLine: "Run `aprity test \(subject.alias) --changed`."
            case .settingsPage: "Click I changed it in Salesforce on this connection's page."
            }
        return followChange
            + " Salesforce's servers need \(longest) for the change; aprity repeats the test until their answers agree."
    }

    /// How long a new app takes to reach all of Salesforce's servers.
    static let newAppSpread = "2 to 10 minutes (a new app up to 30)"

    /// Returns the last step of a rotation. A test would sign in with one key only, so it cannot show how far the next
    /// certificate has spread.
    private static func waitForRotation(_ subject: GuidedApp, _ longest: String) -> String {
        let spread = "Salesforce's servers need \(longest) for the change."
        return switch subject.reader {
        case .commandLine:
            "Keep `aprity serve` running: it completes the rotation. \(spread) Without `aprity serve`, run `aprity rotate advance "
                + "\(subject.alias) --wait 3600`, and again after a day, so that aprity destroys the former key."
        case .settingsPage:
            "Keep this server running: it completes the rotation. \(spread) The rotation page shows what it waits for."
        }
    }

    private static func sequence(_ task: SetupTask, _ subject: GuidedApp) -> [GuideStep] {
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
