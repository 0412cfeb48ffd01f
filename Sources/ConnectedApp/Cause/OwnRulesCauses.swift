/// The entries of the chapter "aprity's own rules".
enum OwnRulesCauses {
    static let blocked = Cause.Entry(
        .ownRules, "The app is blocked in aprity.", "Run `aprity unblock ALIAS` when the reason for the block is gone.",
        .notPermitted,
        seen: "\"Block and unblock\" in the manual explains the four facts that aprity shows about a block.",
        command: .unblock)

    static let tokensNotAllowed = Cause.Entry(
        .ownRules, "The connection does not allow programs to get its access tokens, because a token can write.",
        "Give the program a handle, which can only read: `aprity client add ALIAS --name NAME --expires 30d`. If it needs a token, run `aprity connection set ALIAS --allow-tokens`.",
        .notPermitted,
        seen:
            "New connections do not allow it until somebody changes their settings. aprity itself signs in as before.",
        command: .allowTokens)

    static let notBlocked = Cause.Entry(
        .ownRules, "The app is not blocked in aprity.", "Nothing needs to be done.", .usage,
        seen: "There is no block to remove.")

    static let notPulled = Cause.Entry(
        .ownRules, "aprity has not pulled the metadata of this connection yet.",
        "Set how often it does: `aprity connection set ALIAS --pull-every 1d`. The Settings page and the API can also pull at once.",
        .usage,
        seen: "There is no complete pull in aprity's data folder. Pulls into other folders do not count.")

    static let compromiseNotReported = Cause.Entry(
        .ownRules, "The app's key was not reported as compromised.",
        "To report it, run `aprity credential compromise ALIAS --reason TEXT`.", .usage,
        seen: "There is no report to continue, to confirm or to withdraw. The app may be blocked for another reason.")

    static let unblockTestFailed = Cause.Entry(
        .ownRules, "The connection does not work, so the app stays blocked.",
        "Correct what the test found, then run `aprity unblock ALIAS` again.", .refused,
        seen: "aprity tests the connection before it unblocks the app. The test failed; its cause is shown.")

    static let signInBudgetUsed = Cause.Entry(
        .ownRules, "aprity's share of the user's sign-ins per hour is used up, so aprity sends no sign-in.",
        "Wait until the time in the message. `aprity budget ALIAS` shows what used the share, and `aprity budget set ALIAS` changes it.",
        .busy,
        retry: true,
        seen: "aprity counts every sign-in of the last hour, including refused ones.", command: .showBudget)

    static let apiCallBudgetUsed = Cause.Entry(
        .ownRules, "The pull has made as many API calls as it may.",
        "Allow more calls with --max-api-calls: listing alone takes one for three types. Or wait, because the org counts the requests of the last 24 hours. The next pull goes on from what the org has delivered.",
        .busy,
        retry: true,
        seen:
            "A pull counts its calls. It stops at the number that --max-api-calls gives, and leaves a twentieth of the org's daily API requests to others."
    )

    static let signInsPaused = Cause.Entry(
        .ownRules,
        "The org refused many ordinary sign-ins. aprity pauses them, because Salesforce may block the address.",
        "Find the cause with `aprity test`, which may still sign in. The pause ends when fewer than 20 refusals are within the last ten minutes; for a single connection, also at its next successful sign-in, such as one of `aprity test`.",
        .busy,
        retry: true,
        seen:
            "Within ten minutes, the org refused at least 20 ordinary sign-ins, and it granted fewer than it refused. The refused ones came from one connection, or from three or more connections that use the same address. Ordinary sign-ins are those that neither a test nor a rotation sends.",
        command: .test)

    static let notWatched = Cause.Entry(
        .ownRules, "aprity has no record of a change to this app.",
        "Run `aprity test ALIAS --changed` after a change in Salesforce.", .usage,
        seen: "There is no change to follow.", command: .followChange)

    static let rotationRefused = Cause.Entry(
        .ownRules, "The present state of the rotation does not allow this step.",
        "Run `aprity rotate status ALIAS` to see the state of the rotation, and what it waits for.", .usage,
        seen: "Nothing was changed. The message names the step that is not allowed now.",
        command: .showRotation)
}
