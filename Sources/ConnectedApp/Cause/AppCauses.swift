/// The table's entries of the chapter "The app as the org holds it".
enum AppCauses {
    static let selfAuthorizationAllowed = Cause.Entry(
        .app,
        "Permitted Users is \"All users may self-authorize\": whoever approves the app is within the key's reach.",
        "Set it to \"Admin approved users are pre-authorized\".", .refused,
        seen: "The step `policy` reads it from the org.", task: .preauthorize)

    static let reachTooWide = Cause.Entry(
        .app, "The app's key could sign in as more than one user.",
        "Let one permission set pre-authorize, and assign it to exactly the integration user.", .refused,
        seen: "The step `reach` counts the active users, and by which permission sets, groups and profiles.",
        task: .preauthorize, command: .checkApp)

    static let certificateDiffers = Cause.Entry(
        .app, "The certificate that the org shows is not the one that aprity signs for.",
        "Find out who uploaded it; where nobody did on purpose, upload this connection's certificate again.",
        .refused,
        seen: "Only a Connected App shows its certificate; an External Client App's may be unreadable.",
        against: "The sign-in worked: an upload may be spreading right now.", task: .certificate)

    static let appDrifted = Cause.Entry(
        .app, "The app in the org is not what was approved.",
        "Read the differences: put the app back, or accept them with `aprity app check ALIAS --approve`.",
        .refused,
        seen: "Each difference has what was approved, what was found, and since when.",
        command: .checkApp)
}
