/// The entries of the chapter "After a token was granted".
enum GrantedCauses {
    static let organizationChanged = Cause.Entry(
        .granted,
        "The org that answers is not the one that this connection is pinned to; aprity did not use its token.",
        "After a sandbox refresh, run `aprity connection repin ALIAS --expect ORGID`. Otherwise check the login host.",
        .refused,
        seen:
            "A refreshed sandbox keeps its address but gets a new org id. Its app may carry over the certificate, policies "
            + "and users of production.",
        against: "The host, or its answer, names an org id that differs from the pinned one.",
        command: .repin)

    static let organizationContradictory = Cause.Entry(
        .granted, "The answer names two different orgs; aprity discarded its token unused.",
        "Check that no proxy mixes up answers.", .refused,
        seen: "The token and the identity URL name different orgs.")

    static let instanceRefused = Cause.Entry(
        .granted,
        "The answer names an API address to which aprity sends no token; aprity discarded the answer's token unused.",
        "Check that the login host is the org itself and that no proxy rewrites its answers. If the address is yours, allow it with --allow-host.",
        .refused,
        seen:
            "The answer's `instance_url` is empty, is not an https URL of a Salesforce host, or contains more than a host. "
            + "The evidence quotes it and says what is wrong.",
        against: "The org granted a token. Only the API address in the same answer cannot be used.")

    static let scopesDiffer = Cause.Entry(
        .granted, "The app's scopes are not exactly the two that it should have.",
        "In Setup > the app's OAuth settings, keep `api` and `refresh_token, offline_access` and remove all others.",
        .refused,
        seen: "The evidence lists the granted scopes.", task: .scopes)

    static let tokenUseless = Cause.Entry(
        .granted, "The org granted a token, but its API does not accept it.",
        "Check the scope `api`, and whether API Access Control restricts which apps may call the API.",
        .refused,
        seen:
            "This also happens if the integration user was logged out or its tokens were revoked, and the org returns the "
            + "same token again. The evidence quotes the API.",
        task: .apiAccess)

    static let apiAccessRestricted = Cause.Entry(
        .granted, "The org granted a token with the scope api, but the API refuses the app.",
        "Open Setup > API Access Control. If it is on, the app must be installed and allowed.", .refused,
        seen:
            "The API answers \"This session is not valid for use with the REST API\". Reports: "
            + "forcedotcom/dataloader#1641, forcedotcom/cli#3428.",
        against: "The token has the scope api, so the scope is not the reason.", task: .apiAccess)

    static let jwtFormatToken = Cause.Entry(
        .granted, "The app issues JWT-based access tokens, which the SOAP API does not accept.",
        "Untick \"Issue JSON Web Token (JWT)-based access tokens for named users\" in the app's OAuth settings.",
        .refused,
        seen: "The token is a JWT. REST accepts it, SOAP does not. Report: forcedotcom/cli#3297.",
        against: "The REST call worked with the same token.", task: .tokenFormat)

    static let apiDisabled = Cause.Entry(
        .granted, "The API is not enabled for this user, or not for the org.",
        "Give the user the permission API Enabled (in the integration permission set). If the user has it, check whether the org's edition includes the API.",
        .refused,
        seen:
            "The API's code is `API_DISABLED_FOR_ORG`: the user lacks the permission, or the edition does not include the API.",
        task: .permissions)

    static let editionWithoutAPI = Cause.Entry(
        .granted, "The org's edition does not include the API.",
        "Check the edition in Setup > Company Information, and ask Salesforce for API access.", .refused,
        seen: "The API's code is `API_DISABLED_FOR_ORG`, the same as for a user without API Enabled.",
        against: "No user of the org can use the API, whatever permissions the user has.")

    static let apiLimitReached = Cause.Entry(
        .granted, "The org's API request limit is used up.", "Wait. The limit counts the last 24 hours.", .busy,
        retry: true,
        seen: "The step `requests` of the test shows how many requests are left.")

    static let metadataAccessMissing = Cause.Entry(
        .granted, "The user may not use the Metadata API.",
        "Give the user \"Modify Metadata Through Metadata API Functions\". Salesforce requires it even for reading.",
        .refused,
        seen: "aprity only reads, although the permission's name says \"Modify\".",
        against: "The REST call worked with the same token.", task: .permissions)

    static let metadataFault = Cause.Entry(
        .granted, "The org's Metadata API refused the call.", "Read the org's words in the evidence.", .refused,
        seen: "The evidence quotes the Metadata API.")

    static let retrieveFailed = Cause.Entry(
        .granted, "The org could not finish the retrieve.",
        "Read the org's words in the evidence, and retrieve fewer types with --types.",
        .refused, retry: true,
        seen: "The evidence quotes the Metadata API.")

    static let retrieveTimedOut = Cause.Entry(
        .granted, "The org did not finish the retrieve in time.", "Try again, or retrieve fewer types with --types.",
        .unreachable,
        retry: true,
        seen: "aprity asked for the result repeatedly, and the retrieve was still running.")

    static let archiveRefused = Cause.Entry(
        .granted, "The archive that the org sent is damaged or malicious; aprity kept nothing of it.",
        "Try again. If it fails again, check that the host really is the org.", .refused,
        seen: "The evidence names the rule that the archive violates.")

    static let typeUnknown = Cause.Entry(
        .granted, "The org has no such metadata type.", "Run `aprity metadata types` to list the types.", .usage,
        seen: "Names are exact: `ApexClass`, not `apexclass` or `classes`.",
        command: .listMetadataTypes)
}
