/// The table's entries of the chapter "What was typed".
enum TypedCauses {
    static let usage = Cause.Entry(
        .typed, "The command was not understood.", "Run it with --help.", .usage,
        seen: "A misspelt command or option, a missing argument, or options that do not go together.")

    static let unknownAlias = Cause.Entry(
        .typed, "There is no connection of this name.", "`aprity connection list` shows the names.", .usage,
        seen: "If a name is spelled alike, the message asks for it.", command: .listConnections)

    static let aliasTaken = Cause.Entry(
        .typed, "A connection of this name exists already.",
        "Choose another name, or change the existing one with `aprity connection set`.", .usage,
        seen: "The name is in use.", command: .listConnections)

    static let aliasMalformed = Cause.Entry(
        .typed, "This cannot be a connection's name.",
        "Use 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit.", .usage,
        seen: "The name has a character that cannot stand in one, or is too long.")

    static let usernameMalformed = Cause.Entry(
        .typed, "This is not a Salesforce username.",
        "Give the username (it looks like an e-mail address; in a sandbox it ends with the sandbox's name), not a user id.",
        .malformed,
        seen: "The text has no `@`, or is an id that begins with 005.", task: .user)

    static let loginHostMalformed = Cause.Entry(
        .typed, "This is not a login host.",
        "Give a URL with a host and nothing else, such as https://acme.my.salesforce.com.", .malformed,
        seen: "The text is not a URL, or has a path or a query.", task: .loginHost)

    static let hostNotAllowed = Cause.Entry(
        .typed, "This host is not one of Salesforce's login hosts, so nothing is sent to it.",
        "Use the org's My Domain (\(MyDomain.place)), or allow the host with --allow-host.",
        .notPermitted,
        seen:
            "Salesforce serves an org through many hosts. Only the My Domain is a login host, beside login.salesforce.com "
            + "and test.salesforce.com. The message says what the host serves: Lightning Experience, Setup, "
            + "Visualforce, content, a site, or many orgs (an instance). The remedy names the My Domain if the host's "
            + "name determines it: for `acme.lightning.force.com` it is `https://acme.my.salesforce.com`.",
        task: .loginHost, command: .setLoginHost)

    static let hostUnfitForAppKind = Cause.Entry(
        .typed, "An External Client App is not reliably found at login.salesforce.com or test.salesforce.com.",
        "Use the org's My Domain as login host (\(MyDomain.place)).", .usage,
        seen:
            "Reports: n8n-io/n8n#28990, forcedotcom/cli#3482. Use the kind Connected App only if the app really is one.",
        against:
            "The host's name and the app's kind alone decide; where an audience was given all the same, the "
            + "org knows the key and says that the app is not installed.",
        task: .loginHost, command: .setLoginHost)

    static let audienceUndecided = Cause.Entry(
        .typed, "Which audience this host accepts cannot be told from its name and the app's kind.",
        "Say it with --audience: for a Connected App https://login.salesforce.com (production) or https://test.salesforce.com (sandbox), for an External Client App the My Domain URL.",
        .usage,
        seen: "Government Cloud, hosts given with --allow-host, and for a Connected App this machine and the orgs of "
            + "Salesforce's programs. Nothing is tried out: each try would be a failed sign-in.",
        command: .setAudience)

    static let audienceMalformed = Cause.Entry(
        .typed, "This is not an audience.", "Give an https URL with a host and no trailing slash.", .malformed,
        seen: "The text is not an https URL, or ends with a slash.")

    static let consumerKeyMalformed = Cause.Entry(
        .typed, "This is not a Consumer Key.",
        "Copy the Consumer Key (8 to 256 letters, digits, `.` or `_`) from \(ConsumerKeyPlace.either) in Setup.",
        .malformed,
        seen: "The text has a character that no Consumer Key has, or is too short.", task: .consumerKey)

    static let consumerSecretGiven = Cause.Entry(
        .typed, "This looks like the Consumer Secret, not the Consumer Key; it was not stored.",
        "JWT Bearer never needs the secret: copy the other value, the Consumer Key (it begins with 3MVG9).",
        .malformed,
        seen: "The value is all digits or all capitals with digits, as secrets are. It is in no message.",
        task: .consumerKey)

    static let consumerKeyMissing = Cause.Entry(
        .typed, "The connection has no Consumer Key yet.",
        "Create the app in Salesforce, then run `aprity connection set ALIAS --consumer-key KEY`.",
        .configuration,
        seen: "The step `consumerKey` of the test shows the same.", task: .consumerKey,
        command: .setConsumerKey)

    static let lifetimeOutOfRange = Cause.Entry(
        .typed, "An assertion lives 1 to 180 seconds.", "Choose a lifetime in that range.", .usage,
        seen: "Only users of the library meet this.")
}
