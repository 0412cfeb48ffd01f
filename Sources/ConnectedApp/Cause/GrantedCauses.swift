/// The table's entries of the chapter "After a token was granted".
enum GrantedCauses {
    static let organizationChanged = Cause.Entry(
        .granted, "Another org answers than the one that this connection is pinned to; no token of it was used.",
        "After a sandbox refresh run `aprity connection repin ALIAS --expect ORGID`; otherwise check the login host.",
        .refused,
        seen:
            "A refreshed sandbox keeps its address and gets a new org id; its app may carry production's certificate, "
            + "policies and users.",
        against: "The host or its answer names another org id than the pinned one.",
        command: .repin)

    static let organizationContradictory = Cause.Entry(
        .granted, "The answer names two different orgs; its token was thrown away unused.",
        "Check that no proxy mixes up answers.", .refused,
        seen: "The token and the identity URL name different orgs.")

    static let instanceRefused = Cause.Entry(
        .granted, "The answer names an API address that no token may be sent to; its token was thrown away unused.",
        "Check that the login host is the org itself and that no proxy rewrites its answers. If the address is yours, allow it with --allow-host.",
        .refused,
        seen:
            "The answer's `instance_url` is empty, is no https URL of a Salesforce host, or has more in it than a host. The "
            + "evidence quotes it and says what is wrong.",
        against: "The answer was a token; only the address beside it cannot be used.")

    static let scopesDiffer = Cause.Entry(
        .granted, "The scopes of the app are not exactly the two that it should have.",
        "Setup > the app's OAuth settings: leave `api` and `refresh_token, offline_access`, remove the others.",
        .refused,
        seen: "The granted scopes are in the evidence.", task: .scopes)

    static let tokenUseless = Cause.Entry(
        .granted, "A token was granted, but the org's API does not accept it.",
        "Check the scope `api`, and whether API Access Control restricts which apps may call the API.",
        .refused,
        seen:
            "Also if the integration user was logged out or its tokens were revoked, and the org returns the same token "
            + "again. The evidence has the API's own words.",
        task: .apiAccess)

    static let apiAccessRestricted = Cause.Entry(
        .granted, "A token with the scope api was granted, and the API still refuses the app.",
        "Look at Setup > API Access Control: where it is on, the app must be installed and allowed.", .refused,
        seen: "The words are \"This session is not valid for use with the REST API\". Reports: "
            + "forcedotcom/dataloader#1641, forcedotcom/cli#3428.",
        against: "The token has the scope api: it is not the scope.", task: .apiAccess)

    static let jwtFormatToken = Cause.Entry(
        .granted, "The app issues JWT-based access tokens, which the SOAP API does not take.",
        "Untick \"Issue JSON Web Token (JWT)-based access tokens for named users\" in the app's OAuth settings.",
        .refused,
        seen: "The token is a JWT; REST takes it, SOAP does not. Report: forcedotcom/cli#3297.",
        against: "The REST call worked with the same token.", task: .tokenFormat)

    static let apiDisabled = Cause.Entry(
        .granted, "The org's API is not enabled for this user, or not for the org.",
        "Give the user the permission API Enabled (through the integration permission set); if it has that, look whether the org's edition has an API.",
        .refused,
        seen: "The API's code is `API_DISABLED_FOR_ORG`: the user's right is missing, or the edition has no API.",
        task: .permissions)

    static let editionWithoutAPI = Cause.Entry(
        .granted, "The org's edition has no API.",
        "Look at the edition in Setup > Company Information, and ask Salesforce for API access.", .refused,
        seen: "The API's code is `API_DISABLED_FOR_ORG`, as for a user without API Enabled.",
        against: "No user of the org can use the API, whatever its rights.")

    static let apiLimitReached = Cause.Entry(
        .granted, "The org's API request limit is used up.", "Wait; the limit counts the last 24 hours.", .busy,
        retry: true,
        seen: "The step `requests` shows how many requests are left.")

    static let metadataAccessMissing = Cause.Entry(
        .granted, "The user may not use the Metadata API.",
        "Give the user \"Modify Metadata Through Metadata API Functions\": Salesforce asks for it even to read.",
        .refused,
        seen: "aprity only reads, whatever the permission's name says.",
        against: "The REST call worked with the same token.", task: .permissions)

    static let metadataFault = Cause.Entry(
        .granted, "The org's Metadata API refused the call.", "Read the org's own words.", .refused,
        seen: "The words of the Metadata API are in the evidence.")

    static let retrieveFailed = Cause.Entry(
        .granted, "The org could not finish the retrieve.",
        "Read the org's own words, and try fewer types with --types.",
        .refused, retry: true,
        seen: "The words of the Metadata API are in the evidence.")

    static let retrieveTimedOut = Cause.Entry(
        .granted, "The org did not finish the retrieve in time.", "Try again, or fewer types with --types.",
        .unreachable,
        retry: true,
        seen: "The org was asked again and again, and was not done.")

    static let archiveRefused = Cause.Entry(
        .granted, "The archive that the org sent is damaged or hostile; nothing of it was kept.",
        "Try again; if it stays so, check that the host really is the org.", .refused,
        seen: "The evidence names the rule that the archive broke.")

    static let typeUnknown = Cause.Entry(
        .granted, "The org has no such metadata type.", "`aprity metadata types` lists the types.", .usage,
        seen: "Names are exact: `ApexClass`, not `apexclass` or `classes`.",
        command: .listMetadataTypes)
}
