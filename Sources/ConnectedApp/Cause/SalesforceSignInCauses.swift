/// The entries about people who sign in with Salesforce, in the chapter "Accounts and API tokens".
enum SalesforceSignInCauses {
    static let signInAppMissing = Cause.Entry(
        .access, "Signing in with Salesforce is not set up.",
        "An admin sets it up on the page Users, or with `aprity sign-in-app set`. Sign in with an account or the start token.",
        .usage, seen: "No app is set up for it, or its setup was removed or altered outside aprity.",
        command: .showSignInApp)

    static let signInAppShared = Cause.Entry(
        .access, "A connection uses the app with this Consumer Key, so people must not sign in through it.",
        "Create a second External Client App in Salesforce for people, and give its Consumer Key.", .usage,
        seen:
            "People and connections never share an app. A block of a connection's app would otherwise keep out the people who "
            + "have to lift it, and people would get tokens of the app that reads metadata.",
        command: .showSignInApp)

    static let signInNotStarted = Cause.Entry(
        .access, "aprity does not know this sign-in, so nobody was signed in.",
        "Open the sign-in page of aprity and begin again.", .malformed,
        seen:
            "A sign-in with Salesforce ends in the browser and in the process in which it began, within ten minutes, and only "
            + "once. This one began elsewhere, is too old, was completed before, or began before a later one in this browser.",
        against: "The org answered, but aprity did not look at its answer.")

    static let signInRefusedByOrg = Cause.Entry(
        .access, "The org refused the sign-in.",
        "Compare the org's words with the app's settings in Salesforce: Callback URL, scopes `openid` and `custom_permissions`, PKCE, and Permitted Users. If you denied access, begin again.",
        .notPermitted,
        seen:
            "The login page or the token endpoint answered with an OAuth error (RFC 6749 sections 4.1.2.1 and 5.2). The evidence "
            + "quotes it.",
        against: "These are the org's words. aprity did not get as far as its own checks.", command: .showSignInApp)

    static let signInOrganizationWrong = Cause.Entry(
        .access, "This person belongs to another org.",
        "Sign in with a user of the org that `aprity sign-in-app show` names. If that org is wrong, an admin sets the right one with `aprity sign-in-app set`.",
        .notPermitted,
        seen: "The org id in the org's answer differs from the one that was given at the setup. The token was revoked.",
        against: "The org let the person in. aprity refused, because only people of one org may sign in.",
        command: .showSignInApp)

    static let signInPermissionMissing = Cause.Entry(
        .access, "This person has neither of the custom permissions Aprity_Admin and Aprity_User.",
        "An admin of the org assigns a permission set with one of these custom permissions to the user. Then sign in again.",
        .notPermitted,
        seen:
            "The org listed the person's custom permissions, and neither one was among them. If the custom permission has a "
            + "Connected App in Setup, it must be the app for signing in.",
        against: "The org let the person in. aprity refused, because nothing says what this person may do.")

    static let signInIdentityUnread = Cause.Entry(
        .access, "The org did not say who signed in and which custom permissions this person has.",
        "Give the app the scopes `openid` and `custom_permissions` in Salesforce, wait 10 minutes, and sign in again.",
        .refused,
        seen:
            "aprity asks the org for the person's name, org and custom permissions with the new token. The org refused to "
            + "answer, or the answer lacks one of them. The evidence names it.",
        against: "The org let the person in and granted a token, which was revoked.")
}
