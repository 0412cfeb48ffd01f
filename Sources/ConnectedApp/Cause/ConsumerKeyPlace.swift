/// What Setup calls the place that shows an app's Consumer Key.
enum ConsumerKeyPlace {
    /// For text that does not know the kind of app.
    static let either = AppKind.allCases.map { "\(of($0)) (\($0.label))" }.joined(separator: " or ")

    static func of(_ kind: AppKind) -> String {
        switch kind {
        case .externalClientApp: "Consumer Key and Secret"
        case .connectedApp: "Manage Consumer Details"
        }
    }
}

extension Cause {
    /// The remedy in the words that Setup uses for one kind of app.
    ///
    /// - Parameter alias: The connection's name, for commands that the remedy names.
    package func remedy(for kind: AppKind, alias: String? = nil) -> String {
        let remedy = (self == .audienceRefused ? Self.audienceRemedy(kind) : entry.remedy).replacing(
            ConsumerKeyPlace.either, with: ConsumerKeyPlace.of(kind))
        return alias.map { remedy.replacing("ALIAS", with: $0) } ?? remedy
    }

    private static func audienceRemedy(_ kind: AppKind) -> String {
        switch kind {
        case .connectedApp:
            """
            A Connected App takes https://login.salesforce.com as audience, in a sandbox or scratch org \
            https://test.salesforce.com: set the one of the org with `aprity connection set ALIAS --audience URL`.
            """
        case .externalClientApp:
            """
            An External Client App takes the org's My Domain as login host and as audience: set it with `aprity connection \
            set ALIAS --login-host URL`; `--audience reasoned` takes back an audience that was given.
            """
        }
    }

    /// The clicks that mend it, for one kind of app; `nil` if there are none.
    package func task(for kind: AppKind) -> SetupTask? {
        // A Connected App's audience is not the My Domain, so nothing in Setup shows it.
        self == .audienceRefused && kind == .connectedApp ? nil : entry.task
    }

    /// A remedy with what else is to be done because of another cause that the evidence leaves open.
    func completed(_ remedy: String, among: [Cause]) -> String {
        self == .audienceRefused && among.contains(.appKindWrong)
            ? remedy + " " + Cause.appKindWrong.entry.remedy : remedy
    }

    /// What happened if the org knows the Consumer Key all the same; `nil`: the usual summary.
    var summaryForKnownApp: String? {
        self == .appNotInstalled ? "The app is disabled, or not installed in this org." : nil
    }

    /// What to do if the org knows the Consumer Key all the same; `nil`: the usual remedy.
    var remedyForKnownApp: String? {
        self == .appNotInstalled
            ? "Enable the app in Setup, and look whether it is installed in this org; a change needs 2 to 10 minutes."
            : nil
    }

    /// What to do if the connection is given by flags: no command on a connection of the store is named. `nil`: the usual
    /// remedy names none.
    package var remedyWithoutStore: String? { Self.remediesWithoutStore[self] }

    private static let remediesWithoutStore: [Cause: String] = [
        .assertionRefused: uploadOwn, .signatureRefused: uploadOwn, .certificateOfAnotherApp: uploadOwn,
        .audienceRefused:
            "A Connected App takes https://login.salesforce.com as audience, in a sandbox or scratch org https://test.salesforce.com; an External Client App takes the My Domain. Check --app-kind and --login-host; --audience sets it.",
        .consumerKeyUnknown:
            "Compare --consumer-key with \(ConsumerKeyPlace.either) in Setup; a new app needs 2 to 10 minutes, sometimes 30.",
    ]
    private static let uploadOwn = "Upload the certificate that belongs to this key, and wait 2 to 10 minutes."

    /// What to do on the Settings page, if the usual remedy names a command for which the page has a button or a form.
    public var remedyOnPage: String? { Self.remediesOnPage[self] }

    private static let remediesOnPage: [Cause: String] = [
        .consumerKeyMissing: "Create the app in Salesforce, then set its Consumer Key on the page of the connection.",
        .blocked: "Choose Test and unblock on the page of the connection when the reason is gone.",
        .unblockTestFailed: "Mend what the test found, then choose Test and unblock again.",
        .signInBudgetUsed:
            "Wait until the time named; the page of the connection shows who used it, and changes the part.",
        .signInsPaused: "Find the cause with Test connection, which may still sign in; the pause ends by itself.",
        .rotationRefused: "The page of the rotation shows what it waits for.",
        .noticeRefused: "What the receiver said stands under Notices; then send a test notice.",
        .noticeLoginRefused:
            "Check APRITY_SMTP_USERNAME and the file of APRITY_SMTP_PASSWORD_FILE, then send a test notice.",
        .assertionRefused: uploadDownloaded, .signatureRefused: uploadDownloaded,
        .certificateOfAnotherApp: uploadDownloaded,
        .audienceRefused:
            "A Connected App takes https://login.salesforce.com as audience, in a sandbox or scratch org https://test.salesforce.com; an External Client App takes the My Domain. The page of the connection sets it.",
        .consumerKeyOfAnotherApp:
            "Set the Consumer Key of this connection's own app on the page of the connection. Do not replace the certificate of the app: the other connection signs in with it.",
        .assertionExpired: "Correct this machine's clock, then test again.",
        .clockSkew: "Correct the clock (for instance with chrony), then test again.",
    ]
    private static let uploadDownloaded =
        "Download the certificate on the page of the connection, upload it in Setup, and wait 2 to 10 minutes."
}
