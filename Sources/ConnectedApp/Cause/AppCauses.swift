/// The entries of the chapter "The app in the org".
enum AppCauses {
    static let selfAuthorizationAllowed = Cause.Entry(
        .app,
        "Permitted Users is \"All users may self-authorize\": the key can sign in as every user who approves the app.",
        "Set it to \"Admin approved users are pre-authorized\".", .refused,
        seen: "The step `policy` of the test reads this setting from the org.", task: .preauthorize)

    static let reachTooWide = Cause.Entry(
        .app, "The app's key could sign in as more than one user.",
        "Pre-authorize one permission set, and assign it to the integration user only.", .refused,
        seen:
            "The step `reach` of the test counts the active users who are pre-authorized, and names the permission sets, "
            + "groups and profiles that include them.",
        task: .preauthorize, command: .checkApp)

    static let certificateDiffers = Cause.Entry(
        .app, "The certificate in the org is not the one that belongs to aprity's key.",
        "Find out who uploaded it. If it was a mistake, upload this connection's certificate again.",
        .refused,
        seen:
            "The org shows the certificate of a Connected App. It may not show the one of an External Client App.",
        against:
            "The org still accepts aprity's key. Perhaps another certificate was uploaded a moment ago and has not reached all of Salesforce's servers.",
        task: .certificate)

    static let appDrifted = Cause.Entry(
        .app, "The app's settings in the org are not those that were approved.",
        "Read the differences. Restore the approved settings in Setup, or accept the new ones with `aprity app check ALIAS --approve`.",
        .refused,
        seen: "For each difference, aprity shows the approved value, the present value, and since when it differs.",
        command: .checkApp)
}
