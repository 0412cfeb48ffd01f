/// *Manage Consumer Details*, *Consumer Key and Secret*: shown after a verification of the admin's identity.
enum ConsumerDetailsPages {
    static func outcome(of visit: SetupVisit, _ app: App) throws(SetupRefusal) -> SetupOutcome {
        switch (visit.action, visit.isPost) {
        case ("consumer", true): .sendCode(app, next: SetupNotice.code.after(visit.path("verify")))
        case ("verify", false): .page(verification(app, visit))
        case ("verify", true): .checkCode(app, code: visit.form["code"] ?? "")
        case ("new-secret", true):
            .save(
                SetupChange.app(app, of: visit.org, [("consumerSecret", "")]), what: "a new consumer secret",
                then: SetupNotice.propagates.after(visit.path(app.kind == .connectedApp ? "view" : "settings")))
        default: throw .notFound
        }
    }

    static func verification(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Verify Your Identity", visit.place,
            .form(
                visit.path("verify"), token: visit.formToken,
                .section(
                    "Verification code",
                    .paragraph(
                        "To look at the consumer details of \(app.shownName), enter the code that was sent to "
                            + "\(visit.org.administrator?.mailAddress ?? "the admin")."),
                    .note(
                        "In this simulation mail arrives at ",
                        .element("code", HTML(visit.management.text(of: "/mail"))), ". A code works once."),
                    .textField("Verification Code", "code", ""),
                    .actions(.submit("Verify")))),
            .button("Resend Code", posts: visit.path("consumer"), token: visit.formToken))
    }

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
                .note("The JWT Bearer flow uses the Consumer Key only. Leave the Consumer Secret where it is."),
                .button("Generate New Consumer Secret", posts: visit.path("new-secret"), token: visit.formToken),
                .note("The label of this button is not confirmed on a real org.")),
            .actions(.link("Back", to: visit.path(app.kind == .connectedApp ? "view" : "settings"))))
    }
}
