/// The table's entries of the chapter "What the org's token endpoint refused".
enum RefusedCauses {
    static let grantTypeRefused = Cause.Entry(
        .refused, "The org does not offer the JWT Bearer flow to this request.",
        "Check that the login host is the org itself and that a proxy does not rewrite the request.", .refused,
        seen: "The request was misspelt on its way, or the host does not offer the flow.",
        against: "aprity's request has the right grant type: something in between rewrote it.")

    static let assertionRefused = Cause.Entry(
        .refused,
        "The org refuses the assertion: it cannot be read, or (older reports) it was signed with another key.",
        "Upload the certificate that `aprity certificate download` gives, and wait 10 minutes.", .refused,
        seen: "The assertion cannot be read. aprity's own are linted, so first think of a rewriting proxy.",
        against: "A refusal for the signature has these words in older reports too.",
        command: .inspectAssertion)

    static let audienceRefused = Cause.Entry(
        .refused, "The org refuses the audience of the assertion.",
        "A Connected App takes https://login.salesforce.com as audience, in a sandbox or scratch org https://test.salesforce.com; an External Client App takes the My Domain. `connection set --audience` sets it.",
        .refused,
        seen:
            "For a Connected App `https://login.salesforce.com` or `https://test.salesforce.com` is the audience; for an "
            + "External Client App the My Domain. Reports: forcedotcom/cli#1640, #3325, #3482; "
            + "salesforce.stackexchange 184363.",
        against:
            "If a nonsense Consumer Key gets the same words, the org stops at the audience. If it gets others, the org "
            + "knows this key, and the audience does not fit the app's kind: see `appKindWrong`.",
        task: .loginHost, command: .setAudience)

    static let consumerKeyUnknown = Cause.Entry(
        .refused, "The org does not know this Consumer Key.",
        "Compare it with \(ConsumerKeyPlace.either) in Setup; a new app needs 2 to 10 minutes, sometimes 30.",
        .refused, retry: true,
        seen: "A typing error, the key of another org or sandbox, a deleted app, or a new one.",
        against:
            "A nonsense Consumer Key gets the same words, and so does a broken signature: the org stops at the "
            + "app, before it looks at the key.",
        task: .consumerKey, command: .setConsumerKey)

    static let appNotInstalled = Cause.Entry(
        .refused, "The org has no such External Client App, or not at this host.",
        "Check that the login host is the org's My Domain and compare the Consumer Key; a new app needs up to 30 minutes.",
        .refused, retry: true,
        seen:
            "The External Client App is disabled, was made in another org, or is not found at this host. It can come and "
            + "go between attempts (forcedotcom/cli#3482).",
        against: "Where a nonsense Consumer Key gets other words, the org knows this key.", task: .enable)

    static let signatureRefused = Cause.Entry(
        .refused, "The signature does not fit the certificate that the org holds.",
        "Upload the certificate that `aprity certificate download` gives, and wait 2 to 10 minutes.", .refused,
        retry: true,
        seen:
            "Somebody uploaded another file, or a deployment of the app's settings without the certificate removed it. "
            + "Report: jpadilla/pyjwt#366.",
        against:
            "A user that does not exist gets the same words, so it is not about the user; a nonsense Consumer "
            + "Key gets others, so the app is known.",
        task: .certificate, command: .downloadCertificate)

    static let certificateOfAnotherApp = Cause.Entry(
        .refused, "The org holds the certificate of another app of aprity's.",
        "Upload this connection's own certificate: `aprity certificate download` gives it.", .refused,
        retry: true,
        seen: "A sign-in with the other app's key and this Consumer Key worked.",
        against: "It worked: that is proof.", task: .certificate, command: .downloadCertificate)

    static let certificateExpired = Cause.Entry(
        .refused, "The certificate has expired, and this org may refuse it for that.",
        "Replace the certificate; Salesforce is reported to go on accepting an expired one, so look further too.",
        .refused,
        seen:
            "The words are those of a wrong signature. Salesforce's product management called it intended that an expired "
            + "certificate goes on working (salesforce.stackexchange 313488); not confirmed for every org.",
        against: "The certificate's end has passed; whether that is the reason, only a new certificate shows.",
        task: .rotate, command: .showCertificate)

    static let appKindWrong = Cause.Entry(
        .refused, "The org knows this Consumer Key, and the app is probably of the other kind.",
        "Look in Setup which kind of app has it. A connection keeps its kind: if the app is of the other one, add a connection with --app-kind connected-app or --app-kind external-client-app.",
        .refused,
        seen: "The words are those of a refused audience. A Connected App takes `https://login.salesforce.com` or "
            + "`https://test.salesforce.com`, an External Client App the My Domain, so the Consumer Key of one kind "
            + "fails in a connection of the other. That an org checks it after the app is not confirmed.",
        against:
            "A nonsense Consumer Key gets other words: the org knows this one. The audience is the one for the "
            + "connection's kind.",
        task: .consumerKey)

    static let consumerKeyOfAnotherApp = Cause.Entry(
        .refused, "The Consumer Key is that of another connection's app, whose certificate the org holds.",
        "Set the Consumer Key of this connection's own app: `aprity connection set ALIAS --consumer-key KEY`. If both are to use one app, add this connection again with --same-app-as. Do not replace the app's certificate: the other connection signs in with it.",
        .refused,
        seen: "Two connections have an app of their own here, with keys of their own, and one Consumer Key. The app in "
            + "Salesforce has one certificate.",
        against:
            "A sign-in with the other connection's key works: that is proof. If it does not, only the equal Consumer "
            + "Keys speak for it.",
        task: .consumerKey, command: .setConsumerKey)

    static let assertionExpired = Cause.Entry(
        .refused, "The org holds the assertion for expired (its words speak of an authorization code).",
        "Correct this machine's clock, then run `aprity test`.", .refused,
        seen: "Reports: simple-salesforce/simple-salesforce#491, salesforce.stackexchange 282513.",
        against: "The step `clock` compares this machine's clock with the org's.", command: .test)

    static let userNotApproved = Cause.Entry(
        .refused, "Every user has to approve the app for themselves, and this one has not.",
        "Set Permitted Users to \"Admin approved users are pre-authorized\", and name the permission set on the app.",
        .refused, retry: true,
        seen: "Permitted Users is \"All users may self-authorize\", and JWT Bearer never shows the page where a user "
            + "approves. Reports: salesforce.stackexchange 164412, 184363, 207685; forcedotcom/cli#1640.",
        against:
            "A broken signature gets other words: app and certificate are right. A user that does not exist "
            + "may get the same ones.",
        task: .preauthorize)

    static let userNotAdminApproved = Cause.Entry(
        .refused, "The user is not among those whom the app's policies pre-authorize.",
        "Assign the user the permission set that the app lists; if it lists none, add one for this user alone.",
        .refused, retry: true,
        seen: "Neither the user's profile nor an assigned permission set is listed on the app.",
        against:
            "A broken signature gets other words: app and certificate are right. Other users may still get in: "
            + "a blocked app keeps out all of them.",
        task: .preauthorize)

    static let refreshTokenScopeMissing = Cause.Entry(
        .refused, "The app lacks the scope \"Perform requests at any time (refresh_token, offline_access)\".",
        "Add that scope to the app's OAuth settings, and wait 2 to 10 minutes.", .refused, retry: true,
        seen: "The flow never returns a refresh token and needs the scope all the same. Report: "
            + "leandrob/node-salesforce-jwt#3.",
        against: "A broken signature gets other words: app and certificate are right.", task: .scopes)

    static let noValidScopes = Cause.Entry(
        .refused, "The app has no scope that a token could be issued for.",
        "Give the app exactly the two scopes `api` and `refresh_token, offline_access`.", .refused, retry: true,
        seen: "The app has no scope but refresh_token, or none that this flow can use.",
        against: "A broken signature gets other words: app and certificate are right.", task: .scopes)

    static let usernameUnknown = Cause.Entry(
        .refused, "The org has no user of this name.",
        "Compare the username with Setup > Users; in a sandbox it ends with the sandbox's name.", .refused,
        seen: "Copied from the e-mail address, of another org, or without a sandbox's suffix.",
        against: "A user that surely does not exist gets the same words.", task: .user,
        command: .setUsername)

    static let userInactive = Cause.Entry(
        .refused, "The user is inactive.", "Activate the user: Setup > Users > the user > Edit > Active.", .refused,
        seen:
            "Inactive and frozen may have the same words. Salesforce has announced that it may freeze users whose API "
            + "traffic comes from anonymizing VPNs, proxies or high-risk addresses.",
        against: "A user that does not exist gets other words.", task: .user)

    static let userFrozen = Cause.Entry(
        .refused, "The user is frozen.",
        "Find out why it was frozen (Salesforce looks at where traffic comes from), then unfreeze it.", .refused,
        seen:
            "Inactive and frozen may have the same words. Salesforce has announced that it may freeze users whose API "
            + "traffic comes from anonymizing VPNs, proxies or high-risk addresses.",
        against: "A user that does not exist gets other words.", task: .user)

    static let organizationInactive = Cause.Entry(
        .refused, "The org is locked, closed or suspended.", "Ask Salesforce about the org.", .refused,
        seen: "An expired trial, or an org that Salesforce closed.",
        against: "It concerns every user and every app of the org.")

    static let addressOrHoursRestricted = Cause.Entry(
        .refused, "This address or hour is outside the user's profile's Login IP Ranges or Login Hours.",
        "Widen them on the profile; the app's IP Relaxation does not apply to JWT Bearer.", .refused,
        seen: "JWT Bearer always follows the profile's ranges, whatever the app's IP Relaxation says.",
        against: "The same sign-in from an address inside the ranges works.", task: .loginRanges)

    static let signInRateExceeded = Cause.Entry(
        .refused, "The user signed in too often: Salesforce allows 3,600 sign-ins an hour.",
        "Wait up to an hour; find out who else signs in as this user.", .busy, retry: true,
        seen:
            "HTTP status 429 is read as this too, and is not certain then: a proxy or another network device may have "
            + "sent it.",
        against: "Salesforce counts every sign-in of the user, whoever makes it.",
        command: .showBudget)

    static let appBlockedInOrg = Cause.Entry(
        .refused, "The app is probably blocked in the org; these words are not confirmed for JWT Bearer.",
        "Setup > Connected Apps OAuth Usage (External Client Apps > OAuth Usage) > Unblock, if that is meant.",
        .refused,
        seen: "The words are known from sign-ins in a browser. A block concerns every user at once.",
        against: "A missing pre-authorization concerns some users only.", task: .unblock)

    static let appUninstalled = Cause.Entry(
        .refused, "The app is not installed in the org, and the user may not use uninstalled apps.",
        "Setup > Connected Apps OAuth Usage > Install.", .refused,
        seen: "Since September 2025 Salesforce blocks uninstalled Connected Apps for most users.",
        against: "A user with Approve Uninstalled Connected Apps gets in.", task: .install)

    static let sessionLevelUnmet = Cause.Entry(
        .refused, "The app asks for a high assurance session, which JWT Bearer can never have.",
        "Switch \"High assurance session required\" off in the app's policies.", .refused,
        seen: "The policy \"High assurance session required\" is on. Which words it has is not confirmed.",
        against: "Nothing but the app's policies shows it.", task: .sessionLevel)

    static let orgTransient = Cause.Entry(
        .refused, "The org asks to send the request again.", "Try again in a minute.", .busy, retry: true,
        seen:
            "HTTP status 429 of the API is read as this too. Reads are sent up to three times, sign-ins for use too; the "
            + "test signs in once.",
        against: "The words of Salesforce ask for another try; a bare status 429 may be a network device's.")

    static let orgUnavailable = Cause.Entry(
        .refused, "The org is not available: it answers with a maintenance page or a server error.",
        "Wait and run the command again; status.salesforce.com shows maintenance and incidents of the org's instance.",
        .busy, retry: true,
        seen:
            "A page for people in place of an answer, or HTTP 420, 500, 502, 503 or 504. The evidence quotes the page's "
            + "title. Reports: forcedotcom/cli#2487, restforce/restforce#860.",
        against:
            "If token endpoint, REST, SOAP and list of versions answer alike, it is not about this app. A proxy or "
            + "another network device can answer so too.")

    static let authenticationFailure = Cause.Entry(
        .refused, "The org refuses the sign-in without saying why.",
        "Look at Setup > Login History for this user.", .refused,
        seen: "Mostly known from other flows.", against: "Login History may say more.", task: .loginHistory)

    static let refusalUnknown = Cause.Entry(
        .refused, "The org refused with words that aprity does not know.",
        "Read the org's own words; nothing is guessed from them.", .refused,
        seen: "The words are shown as they came. Please report them, with what the reason turned out to be.",
        against: "At which stage the org refused, the controls show, whatever the words.", task: .loginHistory,
        command: .report)
}
