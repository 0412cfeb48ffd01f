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
        let remedy = row.remedy.replacing(ConsumerKeyPlace.either, with: ConsumerKeyPlace.of(kind))
        return alias.map { remedy.replacing("ALIAS", with: $0) } ?? remedy
    }

    /// What to do if the connection is given by flags: no command on a connection of the store is named. `nil`: the usual
    /// remedy names none.
    package var remedyWithoutStore: String? { Self.remediesWithoutStore[self] }

    private static let remediesWithoutStore: [Cause: String] = [
        .assertionRefused: uploadOwn, .signatureRefused: uploadOwn, .certificateOfAnotherApp: uploadOwn,
        .audienceRefused: "Check app kind and login host; --audience overrides what aprity reasons from them.",
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
        .audienceRefused: "Check app kind and login host; the page of the connection gives the reasoning.",
        .assertionExpired: "Correct this machine's clock, then test again.",
        .clockSkew: "Correct the clock (for instance with chrony), then test again.",
    ]
    private static let uploadDownloaded =
        "Download the certificate on the page of the connection, upload it in Setup, and wait 2 to 10 minutes."
}
