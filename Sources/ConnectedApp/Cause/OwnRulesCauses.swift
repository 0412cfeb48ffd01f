/// The table's entries of the chapter "What aprity itself does not allow".
enum OwnRulesCauses {
    static let blocked = Cause.Entry(
        .ownRules, "The app is blocked in aprity.", "Run `aprity unblock` when the reason is gone.", .notPermitted,
        seen: "The four facts of the block are in \"Block and unblock\".", command: .unblock)

    static let notBlocked = Cause.Entry(
        .ownRules, "The app is not blocked in aprity.", "Nothing needs to be done.", .usage,
        seen: "There is no block to lift.")

    static let unblockTestFailed = Cause.Entry(
        .ownRules, "The connection does not work, so the app stays blocked.",
        "Mend what the test found, then run `aprity unblock` again.", .refused,
        seen: "The test that would have lifted the block failed; its cause is named.")

    static let signInBudgetUsed = Cause.Entry(
        .ownRules, "aprity's part of the user's sign-ins an hour is used up, so the org is not asked.",
        "Wait until the time named; `aprity budget` shows who used it, `aprity budget set` changes the part.",
        .busy,
        retry: true,
        seen: "The ledger counts every sign-in of the last hour.", command: .showBudget)

    static let signInsPaused = Cause.Entry(
        .ownRules, "The org refused many ordinary sign-ins, so they pause before Salesforce blocks the address.",
        "Find the cause with `aprity test`, which may still sign in; the pause ends by itself.", .busy,
        retry: true,
        seen:
            "Within ten minutes, the org refused at least 20 ordinary sign-ins of one connection, or of three or more through one address, and granted fewer.",
        command: .test)

    static let notWatched = Cause.Entry(
        .ownRules, "No change of this app was told to aprity.",
        "Run `aprity test ALIAS --changed` after a change in Salesforce.", .usage,
        seen: "There is nothing to follow.", command: .followChange)

    static let rotationRefused = Cause.Entry(
        .ownRules, "The rotation's state does not allow this.",
        "Run `aprity rotate status` to see what it waits for.", .usage,
        seen: "Nothing was changed; the sentence names the step that is not allowed now.",
        command: .showRotation)
}
