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

    /// The summary to show if the org is known to have the app; `nil` for the usual summary.
    var summaryForKnownApp: String? {
        self == .appNotInstalled ? "The app is disabled, or not installed in this org." : nil
    }

    /// The remedy to show if the org is known to have the app; `nil` for the usual remedy.
    var remedyForKnownApp: String? {
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

    /// The remedy on the Settings page, which has a button or a form in place of a command that the usual remedy names;
    /// `nil` for the usual remedy.
    var remedyOnPage: String? { Self.remediesOnPage[self] }

    private static let remediesOnPage: [Cause: String] = [
        .consumerKeyMissing: "Create the app in Salesforce, then set its Consumer Key on the page of the connection.",
        .hostNotAllowed:
            "Use the org's My Domain (\(MyDomain.place)). If the host is your own, such as that of the embedded org, enter it under Allowed hosts too.",
        .blocked: "When the reason for the block is gone, choose Test and unblock on the page of the connection.",
        .compromiseNotReported: "To report it, use the page about a compromised key of the connection.",
        .unblockTestFailed: "Correct what the test found, then choose Test and unblock again.",
        .signInBudgetUsed:
            "Wait until the time in the message. The page of the connection shows which sign-ins used aprity's share of the hourly budget; you can change the share there.",
        .signInsPaused:
            "Find the cause with Test connection, which is allowed to sign in during the pause. The pause ends when fewer than 20 refusals are within the last ten minutes; for a single connection, also at its next successful sign-in, such as one of this test.",
        .rotationRefused: "The rotation's page shows what it is waiting for.",
        .noticeRefused: "Read the receiver's answer under Notices, then send a test notice.",
        .noticeLoginRefused:
            "Check APRITY_SMTP_USERNAME and the file that APRITY_SMTP_PASSWORD_FILE names, then send a test notice.",
        .assertionRefused: uploadDownloaded, .signatureRefused: uploadDownloaded,
        .certificateOfAnotherApp: uploadDownloaded,
        .audienceRefused:
            "A Connected App accepts the audience https://login.salesforce.com; in a sandbox or scratch org, it accepts https://test.salesforce.com. An External Client App accepts the My Domain. Set it on the page of the connection.",
        .consumerKeyOfAnotherApp:
            "Set the Consumer Key of this connection's own app on the page of the connection. Do not replace the certificate of the app: the other connection signs in with it.",
        .assertionExpired: "Correct this machine's clock, then test again.",
        .clockSkew: "Correct the clock (for instance with chrony), then test again.",
        .signInAppMissing: "An admin sets it up on the page Users. Sign in with an account or the start token.",
        .signInOrganizationWrong:
            "Sign in with a user of the org that is set up on the page Users. If that org is wrong, an admin sets the right one there.",
    ]
    private static let uploadDownloaded =
        "Download the certificate on the page of the connection, upload it in Setup, and wait 2 to 10 minutes."
}
