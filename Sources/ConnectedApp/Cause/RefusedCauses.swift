/// The entries of the chapter "Refusals by the org's token endpoint".
enum RefusedCauses {
    static let grantTypeRefused = Cause.Entry(
        .refused, "The org does not offer the JWT Bearer flow for this request.",
        "Check that the login host is the org itself and that no proxy rewrites the request.", .refused,
        seen: "The request was changed on its way, or the host does not offer the flow.",
        against: "aprity sends the right grant type. If the org got another one, a device on the way changed it.")

    static let assertionRefused = Cause.Entry(
        .refused,
        "The org refuses the assertion: it cannot read it, or (older reports) another key signed it.",
        "Check that no proxy rewrites the request. If none does, upload the certificate that `aprity certificate download ALIAS` writes, and wait 2 to 10 minutes.",
        .refused,
        seen:
            "The org cannot read the assertion. aprity checks its own assertions before it sends them, so a proxy that "
            + "rewrites the request is likely.",
        against: "In older reports, a refused signature gets these words too.",
        command: .inspectAssertion)

    static let audienceRefused = Cause.Entry(
        .refused, "The org refuses the audience of the assertion.",
        "A Connected App accepts the audience https://login.salesforce.com; in a sandbox or scratch org, it accepts https://test.salesforce.com. An External Client App accepts the My Domain. Set it with `aprity connection set ALIAS --audience URL`.",
        .refused,
        seen:
            "A Connected App requires `https://login.salesforce.com` or `https://test.salesforce.com` as audience, an "
            + "External Client App the My Domain. Reports: forcedotcom/cli#1640, #3325, #3482; "
            + "salesforce.stackexchange 184363.",
        against:
            "aprity also tries a Consumer Key that belongs to no app. If the org refuses it with the same text, the org stops "
            + "at the audience. If it refuses it with a different text, the org knows the connection's Consumer Key, and the "
            + "audience does not fit the app's kind: see `appKindWrong`.",
        task: .loginHost, command: .setAudience)

    static let consumerKeyUnknown = Cause.Entry(
        .refused, "The org does not know this Consumer Key.",
        "Compare it with the Consumer Key in Setup, under \(ConsumerKeyButton.either). If the app is new, wait 2 to 10 minutes, sometimes 30.",
        .refused, retry: true,
        seen:
            "The Consumer Key is misspelt or belongs to another org or sandbox, or the app was deleted or created just now.",
        against:
            "The org refuses a Consumer Key that belongs to no app with the same text, and a broken signature too: it looks "
            + "for the app before it checks the signature.",
        task: .consumerKey, command: .setConsumerKey)

    static let appNotInstalled = Cause.Entry(
        .refused, "The org has no such External Client App, or does not find it at this host.",
        "Check that the login host is the org's My Domain, and compare the Consumer Key. If the app is new, wait up to 30 minutes.",
        .refused, retry: true,
        seen:
            "The External Client App is disabled, was created in another org, or is not found at this host. The refusal can "
            + "come and go between attempts (forcedotcom/cli#3482).",
        against:
            "aprity also tries a Consumer Key that belongs to no app. If the org refuses it with a different text, the org "
            + "knows the connection's Consumer Key.",
        task: .enable)

    static let signatureRefused = Cause.Entry(
        .refused, "The signature does not match the certificate in the org.",
        "Upload the certificate that `aprity certificate download ALIAS` writes, and wait 2 to 10 minutes.", .refused,
        retry: true,
        seen:
            "Somebody uploaded another certificate, or deployed the app's settings without the certificate, which removes "
            + "it. Report: jpadilla/pyjwt#366.",
        against:
            "A user that does not exist gets the same text, so the user is not the reason. The org refuses a Consumer Key that "
            + "belongs to no app with a different text, so it knows the connection's Consumer Key.",
        task: .certificate, command: .downloadCertificate)

    static let certificateOfAnotherApp = Cause.Entry(
        .refused, "The certificate in the org is the one of another app in aprity.",
        "Upload this connection's own certificate, which `aprity certificate download ALIAS` writes.", .refused,
        retry: true,
        seen: "aprity signed in with the other app's key and this Consumer Key, and the org granted a token.",
        against: "That sign-in is proof.", task: .certificate, command: .downloadCertificate)

    static let certificateExpired = Cause.Entry(
        .refused, "The certificate has expired, and this org may refuse it for that reason.",
        "Replace the certificate. Salesforce is reported to accept expired certificates, so check other causes too.",
        .refused,
        seen:
            "The words are those of a wrong signature. Salesforce's product management said that expired certificates "
            + "continue to work by design (salesforce.stackexchange 313488); this is not confirmed for every org.",
        against:
            "The certificate has expired. Only a new certificate shows whether that is the reason for the refusal.",
        task: .rotate, command: .showCertificate)

    static let appKindWrong = Cause.Entry(
        .refused, "The org knows this Consumer Key, and the app is probably of the other kind.",
        "Check in Setup which kind of app has this Consumer Key. A connection keeps its kind, so if the app is of the other kind, add a connection with --app-kind connected-app or --app-kind external-client-app.",
        .refused,
        seen:
            "The words are those of a refused audience. A Connected App requires `https://login.salesforce.com` or "
            + "`https://test.salesforce.com` as audience, an External Client App the My Domain. So the Consumer Key of one "
            + "kind fails in a connection of the other kind. That an org checks the app before the audience is not "
            + "confirmed.",
        against:
            "The org refuses a Consumer Key that belongs to no app with a different text, so it knows the connection's "
            + "Consumer Key. The audience is right for the connection's kind.",
        task: .consumerKey)

    static let consumerKeyOfAnotherApp = Cause.Entry(
        .refused,
        "The Consumer Key belongs to the app of another connection, and the org has that app's certificate.",
        "Set the Consumer Key of this connection's own app: `aprity connection set ALIAS --consumer-key KEY`. If both connections are to use one app, add this connection again with --same-app-as. Do not replace the app's certificate: the other connection signs in with it.",
        .refused,
        seen:
            "Two connections in aprity have different apps, each with its own private key, but the same Consumer Key. The app "
            + "in Salesforce has only one certificate.",
        against:
            "If a sign-in with the other connection's key works, that is proof. If it does not, the only evidence is that the "
            + "Consumer Keys are the same.",
        task: .consumerKey, command: .setConsumerKey)

    static let assertionExpired = Cause.Entry(
        .refused, "The org says that the assertion has expired (its words name an authorization code).",
        "Correct this machine's clock, then run `aprity test`.", .refused,
        seen: "Reports: simple-salesforce/simple-salesforce#491, salesforce.stackexchange 282513.",
        against: "The step `clock` of the test compares this machine's clock with the org's.", command: .test)

    static let userNotApproved = Cause.Entry(
        .refused, "Each user must approve the app, and this user has not.",
        "Set Permitted Users to \"Admin approved users are pre-authorized\", and add the permission set to the app.",
        .refused, retry: true,
        seen:
            "Permitted Users is \"All users may self-authorize\". JWT Bearer never shows the page on which a user approves "
            + "an app. Reports: salesforce.stackexchange 164412, 184363, 207685; forcedotcom/cli#1640.",
        against:
            "A broken signature gets other words, so the app and the certificate are right. A user that does not exist "
            + "may get the same words.",
        task: .preauthorize)

    static let userNotAdminApproved = Cause.Entry(
        .refused, "The app's policies do not pre-authorize the user.",
        "Assign the permission set that the app lists to the user. If the app lists none, add one that only this user has.",
        .refused, retry: true,
        seen: "The app lists neither the user's profile nor a permission set of the user.",
        against:
            "A broken signature gets other words, so the app and the certificate are right. Other users may still sign in, "
            + "whereas a block of the app stops all users.",
        task: .preauthorize)

    static let refreshTokenScopeMissing = Cause.Entry(
        .refused, "The app lacks the scope \"Perform requests at any time (refresh_token, offline_access)\".",
        "Add that scope to the app's OAuth settings, and wait 2 to 10 minutes.", .refused, retry: true,
        seen:
            "JWT Bearer requires this scope although it never returns a refresh token. Report: "
            + "leandrob/node-salesforce-jwt#3.",
        against: "A broken signature gets other words, so the app and the certificate are right.", task: .scopes)

    static let noValidScopes = Cause.Entry(
        .refused, "The app has no scope for which the org can issue a token.",
        "Give the app exactly the two scopes `api` and `refresh_token, offline_access`.", .refused, retry: true,
        seen: "The app has only the scope refresh_token, or no scope that this flow can use.",
        against: "A broken signature gets other words, so the app and the certificate are right.", task: .scopes)

    static let usernameUnknown = Cause.Entry(
        .refused, "The org has no user with this username.",
        "Compare the username with Setup > Users. In a sandbox it ends with the sandbox's name.", .refused,
        seen: "The username is really the e-mail address, belongs to another org, or lacks the sandbox's suffix.",
        against: "A username that no user has gets the same words.", task: .user,
        command: .setUsername)

    static let userInactive = Cause.Entry(
        .refused, "The user is inactive.", "Activate the user: Setup > Users > the user > Edit > Active.", .refused,
        seen: inactiveOrFrozen, against: "A user that does not exist gets other words.", task: .user)

    static let userFrozen = Cause.Entry(
        .refused, "The user is frozen.",
        "Find out why the user was frozen (Salesforce may freeze a user because of the addresses that the traffic comes from), then unfreeze the user.",
        .refused,
        seen: inactiveOrFrozen, against: "A user that does not exist gets other words.", task: .user)

    private static let inactiveOrFrozen =
        "Inactive and frozen users may get the same words. Salesforce has announced that it may freeze users whose API "
        + "traffic comes from anonymizing VPNs, proxies or high-risk addresses."

    static let organizationInactive = Cause.Entry(
        .refused, "The org is locked, closed or suspended.", "Contact Salesforce about the org.", .refused,
        seen: "The trial has expired, or Salesforce closed the org.",
        against: "All users and all apps of the org are refused.")

    static let addressOrHoursRestricted = Cause.Entry(
        .refused, "The Login IP Ranges or Login Hours of the user's profile exclude this address or this hour.",
        "Widen them in the profile. The app's IP Relaxation does not apply to JWT Bearer.", .refused,
        seen: "The profile's ranges always apply to JWT Bearer, whatever the app's IP Relaxation is.",
        against: "The same sign-in works from an address inside the ranges.", task: .loginRanges)

    static let signInRateExceeded = Cause.Entry(
        .refused, "The user signed in too often: Salesforce allows 3,600 sign-ins an hour.",
        "Wait up to an hour, and find out what else signs in as this user.", .busy, retry: true,
        seen:
            "The org's words say so, or the HTTP status is 429. A status 429 is not certain: a proxy or another network "
            + "device may have sent it.",
        against: "Salesforce counts the user's sign-ins from all programs.",
        command: .showBudget)

    static let appBlockedInOrg = Cause.Entry(
        .refused, "The app is probably blocked in the org; these words are not confirmed for JWT Bearer.",
        "If nobody blocked it on purpose: Setup > Connected Apps OAuth Usage (External Client Apps > OAuth Usage) > Unblock.",
        .refused,
        seen: "The words are known from sign-ins in a browser. A block applies to all users at once.",
        against: "A missing pre-authorization concerns only some users.", task: .unblock)

    static let appUninstalled = Cause.Entry(
        .refused, "The app is not installed in the org, and the user may not use uninstalled apps.",
        "Install it: Setup > Connected Apps OAuth Usage > Install.", .refused,
        seen: "Since September 2025, Salesforce blocks uninstalled Connected Apps for most users.",
        against: "A user with the permission Approve Uninstalled Connected Apps can sign in.", task: .install)

    static let sessionLevelUnmet = Cause.Entry(
        .refused, "The app requires a high assurance session, which JWT Bearer can never have.",
        "Switch \"High assurance session required\" off in the app's policies.", .refused,
        seen: "The policy \"High assurance session required\" is on. Which words the org uses for it is not confirmed.",
        against: "Only the app's policies show this.", task: .sessionLevel)

    static let orgTransient = Cause.Entry(
        .refused, "The org asks to send the request again.", "Try again in a minute.", .busy, retry: true,
        seen:
            "The org's words say so, or the API answered with HTTP status 429. aprity sends reads and ordinary sign-ins up "
            + "to three times; the test signs in only once.",
        against:
            "Salesforce's own words ask for another try. A status 429 without them may come from a network device.")

    static let orgUnavailable = Cause.Entry(
        .refused, "The org is not available: it answers with a maintenance page or a server error.",
        "Wait and run the command again. status.salesforce.com shows maintenance and incidents of the org's instance.",
        .busy, retry: true,
        seen:
            "The answer is a page for people, or HTTP status 420, 500, 502, 503 or 504. The evidence quotes the page's "
            + "title. Reports: forcedotcom/cli#2487, restforce/restforce#860.",
        against:
            "If the token endpoint, REST, SOAP and the list of API versions answer alike, the app is not the reason. A proxy "
            + "or another network device can send such answers too.")

    static let authenticationFailure = Cause.Entry(
        .refused, "The org refuses the sign-in without a reason.",
        "Open Setup > Login History and find this user.", .refused,
        seen: "These words are known mostly from other flows.", against: "Login History may show the reason.",
        task: .loginHistory)

    static let refusalUnknown = Cause.Entry(
        .refused, "The org refused with words that aprity does not know.",
        "Read the org's words in the evidence. aprity does not guess what they mean.", .refused,
        seen: "aprity shows the words unchanged. Please report them, and the reason once you know it.",
        against: "Other sign-ins, each with one wrong part, show at which stage the org refused.",
        task: .loginHistory, command: .report)
}
