extension Cause {
    /// Returns the remedy with the names that Setup uses for one kind of app.
    ///
    /// - Parameter alias: The connection's name, which replaces ALIAS in commands.
    func remedy(for kind: AppKind, alias: String? = nil) -> String {
        let remedy = (self == .audienceRefused ? Self.audienceRemedy(kind) : entry.remedy).replacing(
            ConsumerKeyButton.either, with: ConsumerKeyButton.of(kind))
        return alias.map { remedy.replacing("ALIAS", with: $0) } ?? remedy
    }

    private static func audienceRemedy(_ kind: AppKind) -> String {
        switch kind {
        case .connectedApp:
            """
            A Connected App accepts the audience https://login.salesforce.com; in a sandbox or scratch org, it accepts \
            https://test.salesforce.com. Set it with `aprity connection set ALIAS --audience URL`.
            """
        case .externalClientApp:
            """
            An External Client App requires the org's My Domain as login host and as audience. Set it with `aprity connection \
            set ALIAS --login-host URL`. If you set an audience earlier, remove it with `--audience reasoned`.
            """
        }
    }

    /// The task in Setup that removes the cause, for one kind of app; `nil` if there is none.
    func task(for kind: AppKind) -> SetupTask? {
        // The audience of a Connected App is not the My Domain, so Setup does not show it.
        self == .audienceRefused && kind == .connectedApp ? nil : entry.task
    }

    /// Returns the remedy. If the audience was refused and the app may be of the other kind, the remedy for
    /// `.appKindWrong` is appended.
    ///
    /// - Parameter among: The causes between which the evidence does not decide.
    func completed(_ remedy: String, among: [Cause]) -> String {
        self == .audienceRefused && among.contains(.appKindWrong)
            ? remedy + " " + Cause.appKindWrong.entry.remedy : remedy
    }

    /// As ``completed(_:among:)``, on the Settings page.
    func completedOnPage(_ remedy: String, among: [Cause]) -> String {
        self == .audienceRefused && among.contains(.appKindWrong)
            ? remedy + " " + (Cause.appKindWrong.remedyOnPage ?? Cause.appKindWrong.entry.remedy) : remedy
    }

    /// The summary to show if the org recognized the Consumer Key; `nil` for the usual summary.
    var summaryForKnownConsumerKey: String? {
        self == .appNotInstalled ? "The app is disabled, or not installed in this org." : nil
    }

    /// The remedy to show if the org recognized the Consumer Key; `nil` for the usual remedy.
    var remedyForKnownConsumerKey: String? {
        self == .appNotInstalled
            ? "Enable the app in Setup, and check that it is installed in this org. Then wait 2 to 10 minutes."
            : nil
    }

    /// The remedy for a command that runs without a store and gets the connection from its options. It names no command on
    /// a stored connection. `nil` for the usual remedy.
    var remedyWithoutStore: String? { Self.remediesWithoutStore[self] }

    private static let remediesWithoutStore: [Cause: String] = [
        .assertionRefused: uploadOwn, .signatureRefused: uploadOwn, .certificateOfAnotherApp: uploadOwn,
        .audienceRefused:
            "A Connected App accepts the audience https://login.salesforce.com; in a sandbox or scratch org, it accepts https://test.salesforce.com. An External Client App accepts the My Domain. Check --app-kind and --login-host, or set the audience with --audience.",
        .consumerKeyUnknown:
            "Compare --consumer-key with \(ConsumerKeyButton.either) in Setup. If the app is new, wait 2 to 10 minutes, sometimes 30.",
    ]
    private static let uploadOwn = "Upload the certificate that belongs to this key, and wait 2 to 10 minutes."
}
