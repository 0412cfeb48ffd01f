/// *Manage Consumer Details* of a Connected App and *Consumer Key and Secret* of an External Client App. An admin sees
/// them after entering a verification code.
enum ConsumerDetailsPages {
    /// - Throws: ``SetupRefusal/notFound`` for any other path. The pages of both kinds of app call this last.
    static func outcome(of visit: SetupVisit, _ app: App) throws(SetupRefusal) -> SetupOutcome {
        switch (visit.action, visit.isPost) {
        case ("consumer", true): .sendCode(app, next: SetupNotice.code.path(visit.path("verify")))
        case ("verify", false): .page(verification(app, visit))
        case ("verify", true): .checkCode(app, code: visit.form["code"] ?? "")
        case ("new-secret", false): .page(newSecret(app, visit))
        case ("new-secret", true):
            .save(
                SetupChange.app(app, of: visit.org, [("consumerSecret", "")]), what: "a new consumer secret",
                then: SetupNotice.propagates.path(home(app, visit)))
        default: throw .notFound
        }
    }

    /// The page that asks for the code.
    static func verification(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Verify Your Identity", visit.place,
            .form(
                visit.path("verify"), token: visit.formToken,
                .section(
                    "Verification code",
                    .paragraph(
                        "To see the consumer details of \(app.shownName), enter the code that was sent to "
                            + "\(visit.org.administrator?.mailAddress ?? "the admin")."),
                    .note(
                        "In this simulation, mail arrives at ", visit.management.link(to: "/mail"),
                        ". A code can be used once."),
                    .textField("Verification Code", "code", ""),
                    .actions(.submit("Verify")))),
            .button("Resend Code", posts: visit.path("consumer"), token: visit.formToken))
    }

    /// The page with key and secret. Tests and the guides find them by the ids `consumer-key` and `consumer-secret`.
    static func details(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Consumer Details", visit.place,
            .section(
                app.shownName,
                .facts([
                    (
                        "Consumer Key",
                        .element("code", HTML(app.consumerKey), attributes: ["id": "consumer-key"])
                    ),
                    (
                        "Consumer Secret",
                        .element("code", HTML(app.consumerSecret), attributes: ["id": "consumer-secret"])
                    ),
                ]),
                .note("The JWT Bearer flow uses only the Consumer Key. Do not copy the Consumer Secret."),
                .opening("Generate New Consumer Secret", visit.path("new-secret")),
                .note("The label of this button is not confirmed on a real org.")),
            .actions(.link("Back", to: home(app, visit))))
    }

    private static func newSecret(_ app: App, _ visit: SetupVisit) -> SetupPage {
        .confirmation(
            "Generate New Consumer Secret", visit,
            "The Consumer Secret of \(app.shownName) is replaced. Requests with the current secret are then refused. "
                + "This cannot be undone.",
            button: "Generate New Consumer Secret", cancel: home(app, visit))
    }

    /// Returns the path of the app's page that links here.
    private static func home(_ app: App, _ visit: SetupVisit) -> String {
        visit.path(app.kind == .connectedApp ? "view" : ExternalClientAppPages.Action.settings.rawValue)
    }
}
