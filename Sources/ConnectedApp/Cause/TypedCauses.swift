/// The entries of the chapter "Input".
enum TypedCauses {
    static let usage = Cause.Entry(
        .typed, "The command was used incorrectly.", "Run the command with --help.", .usage,
        seen:
            "A command or an option is misspelt, an argument is missing or not valid, or two options exclude each other. The "
            + "message says what is wrong.")

    static let unknownAlias = Cause.Entry(
        .typed, "There is no connection of this name.", "Run `aprity connection list` to see the names.", .usage,
        seen: "If a connection has a similar name, the message suggests it.", command: .listConnections)

    static let aliasTaken = Cause.Entry(
        .typed, "A connection of this name already exists.",
        "Choose another name, or change the existing connection with `aprity connection set ALIAS`.", .usage,
        seen: "The name is in use.", command: .listConnections)

    static let aliasMalformed = Cause.Entry(
        .typed, "This is not a valid name for a connection.",
        "Use 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit.", .usage,
        seen:
            "The name is empty or too long, contains a character that is not allowed, or does not begin with a letter or "
            + "digit.")

    static let usernameMalformed = Cause.Entry(
        .typed, "This is not a Salesforce username.",
        "Enter the username (it looks like an e-mail address; in a sandbox it ends with the sandbox's name), not a user id.",
        .malformed,
        seen: "The text has no `@`, or it is a user id, which begins with 005.", task: .user)

    static let loginHostMalformed = Cause.Entry(
        .typed, "This is not a login host.",
        "Enter a URL with a host and nothing else, such as https://acme.my.salesforce.com.", .malformed,
        seen: "The text is not a URL, or the URL has a path or a query.", task: .loginHost)

    static let hostNotAllowed = Cause.Entry(
        .typed, "This host is not one of Salesforce's login hosts, so aprity sends nothing to it.",
        "Use the org's My Domain (\(MyDomain.place)), or allow the host with --allow-host.",
        .notPermitted,
        seen:
            "Salesforce serves an org from many hosts. The only login hosts are the My Domain, login.salesforce.com and "
            + "test.salesforce.com. The message says what this host serves: Lightning Experience, Setup, Visualforce, "
            + "content, a site, or many orgs (an instance). If the My Domain can be derived from the host's name, the "
            + "remedy shows it: for `acme.lightning.force.com` it is `https://acme.my.salesforce.com`.",
        task: .loginHost, command: .setLoginHost)

    static let hostUnfitForAppKind = Cause.Entry(
        .typed,
        "Salesforce does not reliably find an External Client App at login.salesforce.com or test.salesforce.com.",
        "Use the org's My Domain as login host (\(MyDomain.place)).", .usage,
        seen:
            "Reports: n8n-io/n8n#28990, forcedotcom/cli#3482. Use the kind Connected App only if the app really is one.",
        against:
            "The host's name and the app's kind are enough to decide this. If you set an audience anyway, the org "
            + "recognizes the Consumer Key and answers that the app is not installed.",
        task: .loginHost, command: .setLoginHost)

    static let audienceUndecided = Cause.Entry(
        .typed, "aprity cannot derive the audience from this host's name and the app's kind.",
        "Set it with --audience: for a Connected App https://login.salesforce.com (production) or https://test.salesforce.com (sandbox), for an External Client App the My Domain URL.",
        .usage,
        seen:
            "This happens for hosts under `salesforce.mil` and for hosts allowed with --allow-host. For a Connected App it "
            + "also happens for localhost and for demo, patch and Trailhead orgs, such as "
            + "`acme.trailblaze.my.salesforce.com`. aprity does not try audiences, because each try would be a failed "
            + "sign-in.",
        command: .setAudience)

    static let audienceMalformed = Cause.Entry(
        .typed, "This is not an audience.",
        "Enter an https URL with a host and no trailing slash. For a stored connection, `--audience reasoned` lets aprity derive the audience.",
        .malformed,
        seen:
            "The text is not an https URL, or it ends with a slash, has more than 255 characters, or is not ASCII.")

    static let consumerKeyMalformed = Cause.Entry(
        .typed, "This is not a Consumer Key.",
        "Copy the Consumer Key (8 to 256 letters, digits, `.` or `_`) from \(ConsumerKeyButton.either) in Setup.",
        .malformed,
        seen: "The text contains a character that no Consumer Key has, or it is too short or too long.",
        task: .consumerKey)

    static let consumerSecretGiven = Cause.Entry(
        .typed, "This looks like the Consumer Secret, not the Consumer Key; it was not stored.",
        "Copy the other value, the Consumer Key (it begins with 3MVG9). JWT Bearer never needs the secret.",
        .malformed,
        seen:
            "The value consists of digits only, or of digits and capital letters only, as secrets do. No message contains it.",
        task: .consumerKey)

    static let consumerKeyMissing = Cause.Entry(
        .typed, "The connection has no Consumer Key yet.",
        "Create the app in Salesforce, then run `aprity connection set ALIAS --consumer-key KEY`.",
        .configuration,
        seen: "The step `consumerKey` of the test fails with this cause.", task: .consumerKey,
        command: .setConsumerKey)

    static let lifetimeOutOfRange = Cause.Entry(
        .typed, "The lifetime of an assertion must be 1 to 180 seconds.", "Choose a lifetime in that range.", .usage,
        seen: "Only programs that use the library can cause this.")
}
