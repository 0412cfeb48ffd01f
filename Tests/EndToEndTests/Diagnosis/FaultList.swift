internal import ConnectedApp
internal import Foundation

extension FaultCase {
    /// A refused signature has only one meaning if there is no other key and the certificate is valid.
    private static let later: [Cause] = [
        .userInactive, .userFrozen, .signInRateExceeded, .appBlockedInOrg, .appUninstalled, .addressOrHoursRestricted,
        .sessionLevelUnmet, .noValidScopes,
    ]

    static let single: [FaultCase] =
        ofTheCertificate + ofTheApp + ofTheUser + ofTheHost + afterTheToken + ofTheWire + seenByAToken + ofThisSide
        + afterTheFreeze

    private static let ofTheCertificate: [FaultCase] = [
        .init("no certificate uploaded", [.signatureRefused]) { $0.app("certificatePEM", NSNull()) },
        .init("another certificate uploaded", [.signatureRefused]) {
            $0.app("certificatePEM", DiagnosisBench.foreignCertificate)
        },
        .init("another certificate, in the older words", [.signatureRefused]) {
            $0.app("certificatePEM", DiagnosisBench.foreignCertificate)
            $0.appSwitch("signatureMismatch", "invalidAssertion")
        },
        .init("the certificate of another app of the store", [.certificateOfAnotherApp], certain: true) {
            $0.app("certificatePEM", DiagnosisBench.neighbourCertificate)
        },
        .init(
            "expired, and the org refuses it for that", [.certificateExpired, .assertionRefused], .init(expiredDays: 3)
        ) { $0.appSwitch("refuseExpiredCertificate", true) },
    ]

    private static let ofTheApp: [FaultCase] = [
        .init("Consumer Key mistyped", [.consumerKeyUnknown], .init(consumerKey: "3MVG9mistyped.Key_00000")),
        .init(
            "Consumer Key mistyped, told as app_not_found", [.consumerKeyUnknown, .appNotInstalled],
            .init(consumerKey: "3MVG9mistyped.Key_00000")
        ) { $0.appSwitch("unknownConsumerKey", "appNotFound") },
        .init("Connected App deleted", [.consumerKeyUnknown], .connectedApp) { $0.org("apps", [Any]()) },
        .init("External Client App disabled", [.appNotInstalled]) { $0.app("enabled", false) },
        .init("External Client App not installed", [.appNotInstalled]) { $0.app("installed", false) },
        .init("Connected App uninstalled", [.appUninstalled], .connectedApp) { $0.app("installed", false) },
        .init("app blocked in the org", [.appBlockedInOrg]) { $0.app("blocked", true) },
        .init(
            "self-authorize, nobody approved",
            [.userNotApproved, .userNotAdminApproved, .refreshTokenScopeMissing, .usernameUnknown]
        ) { $0.app("permittedUsers", "allSelfAuthorized") },
        .init("user not pre-authorized", [.userNotAdminApproved]) { $0.app("permissionSets", ["Aprity_Admin"]) },
        .init(
            "user not pre-authorized, in the other words",
            [.userNotAdminApproved, .userNotApproved, .refreshTokenScopeMissing, .usernameUnknown]
        ) {
            $0.app("permissionSets", ["Aprity_Admin"])
            $0.appSwitch("userNotAssigned", "userHasNotApproved")
        },
        .init("refresh_token scope missing", [.refreshTokenScopeMissing]) { $0.app("scopes", ["Api"]) },
        .init(
            "refresh_token scope missing, in the other words",
            [.refreshTokenScopeMissing, .userNotApproved, .userNotAdminApproved, .usernameUnknown]
        ) {
            $0.app("scopes", ["Api"])
            $0.appSwitch("refreshScopeMissing", "userHasNotApproved")
        },
        .init("no scope but refresh_token", [.noValidScopes]) { $0.app("scopes", ["RefreshToken"]) },
        .init("high assurance session required", [.sessionLevelUnmet, .authenticationFailure]) {
            $0.app("requiredSessionLevel", "HIGH_ASSURANCE")
        },
    ]

    private static let ofTheUser: [FaultCase] = [
        .init(
            "username unknown", [.usernameUnknown, .userNotApproved, .userNotAdminApproved, .refreshTokenScopeMissing],
            .init(username: "integration@harbour-bikes.example.dev")),
        .init("user inactive", [.userInactive, .userFrozen]) { $0.user("isActive", false) },
        .init("user frozen", [.userFrozen, .userInactive]) { $0.user("isFrozen", true) },
        .init("outside the Login IP Ranges", [.addressOrHoursRestricted]) {
            $0.org(
                "profiles",
                [
                    [
                        "name": "Minimum Access - API Only Integrations",
                        "loginIPRanges": [["start": "10.0.0.1", "end": "10.0.0.9"]],
                    ] as [String: Any]
                ])
        },
        .init("outside the Login Hours", [.addressOrHoursRestricted]) {
            $0.org(
                "profiles",
                [
                    [
                        "name": "Minimum Access - API Only Integrations",
                        "loginHours": [["day": "monday", "startMinutes": 0, "endMinutes": 1] as [String: Any]],
                    ] as [String: Any]
                ])
            $0.clock("orgTime", "2026-11-25T12:00:00.000Z")
        },
        .init("login rate exceeded", [.signInRateExceeded]) { $0.appSwitch("loginsPerHour", 0) },
        .init("login rate exceeded, as documented", [.signInRateExceeded]) {
            $0.appSwitch("loginsPerHour", 0)
            $0.appSwitch("loginRateAnswer", "rateLimitExceeded")
        },
        .init("org inactive", [.organizationInactive, .usernameUnknown]) { $0.org("isActive", false) },
    ]

    private static let ofTheHost: [FaultCase] = [
        .init(
            "audience of the wrong class", [.audienceRefused], certain: true,
            .init(audience: "https://test.salesforce.com")),
        .init(
            "My Domain as audience of a Connected App", [.audienceRefused], certain: true,
            .init(kind: "connectedApp", audience: "ORG")),
        .init(
            "login audience of an External Client App", [.audienceRefused], certain: true,
            .init(audience: "https://login.salesforce.com")),
        .init("this machine's clock is slow", [.clockSkew], certain: true) { $0.clock("dateHeaderOffsetSeconds", 600) },
        .init("this machine's clock is fast", [.clockSkew], certain: true) {
            $0.clock("dateHeaderOffsetSeconds", -600)
            $0.appSwitch("maximumLifetimeSeconds", 300)
        },
        .init("the sandbox was refreshed", [.organizationChanged], certain: true, .signedInBefore) {
            $0.org("id", "00D000000000063EAA")
        },
    ]

    private static let afterTheToken: [FaultCase] = [
        .init("a scope too many", [.scopesDiffer], certain: true) {
            $0.app("scopes", ["Api", "RefreshToken", "Full"])
        },
        .init("scope api missing", [.scopesDiffer], certain: true) { $0.app("scopes", ["RefreshToken", "Web"]) },
        .init("API Access Control", [.apiAccessRestricted], certain: true) {
            $0.app("blockedByAPIAccessControl", true)
        },
        .init("API Enabled missing", [.apiDisabled, .editionWithoutAPI]) { $0.user("apiEnabled", false) },
        .init("no right to the Metadata API", [.metadataAccessMissing], certain: true) {
            $0.permissionSet("userPermissions", ["ApiEnabled", "ViewSetup"])
        },
        .init("API requests used up", [.apiLimitReached], certain: true) { $0.org("dailyAPIRequestLimit", 0) },
        .init("JWT-based access tokens", [.jwtFormatToken], certain: true) { $0.app("issuesJWTAccessTokens", true) },
        .init("two users within reach", [.reachTooWide], certain: true) {
            $0.org(
                "users",
                [
                    [
                        "username": OrgDocument.user, "profile": "Minimum Access - API Only Integrations",
                        "permissionSets": ["Aprity_Integration"],
                    ] as [String: Any],
                    ["username": "second@harbour-bikes.example", "permissionSets": ["Aprity_Integration"]],
                ])
        },
        .init("a profile is pre-authorized", [.reachTooWide], certain: true) {
            $0.app("profiles", ["System Administrator"])
        },
        .init("self-authorize, approved once", [.selfAuthorizationAllowed], certain: true) {
            $0.app("permittedUsers", "allSelfAuthorized")
            $0.app("approvals", [["username": OrgDocument.user, "scopes": ["Api", "RefreshToken"]] as [String: Any]])
        },
    ]

    private static let ofTheWire: [FaultCase] = [
        .init("a page of HTML in place of a token", [.answerUnintelligible]) {
            $0.fault(["kind": "html", "path": "/services/oauth2/token", "count": 9])
        },
        .init("an empty answer", [.answerUnintelligible]) {
            $0.fault(["kind": "empty", "path": "/services/oauth2/token", "count": 9])
        },
        .init("503 with a maintenance page", [.orgUnavailable]) {
            $0.tokenAnswer(status: 503, body: "<h1>Maintenance</h1>", contentType: "text/html")
        },
        .init("429", [.signInRateExceeded]) { $0.tokenAnswer(status: 429, body: "{}") },
        .init("a redirect", [.redirected], certain: true) {
            $0.tokenAnswer(status: 302, body: "", headers: ["Location": "https://evil.example/"])
        },
        .init("the answer breaks off", [.connectionLost], certain: true) {
            $0.fault(["kind": "truncate", "path": "/services/oauth2/token", "bytes": 20, "count": 9])
        },
        .init("the connection is dropped", [.connectionLost], certain: true) {
            $0.fault(["kind": "drop", "path": "/services/oauth2/token", "count": 9])
        },
        .init("white space without end", [.answerTooLarge], certain: true) {
            $0.fault(["kind": "giant", "path": "/services/oauth2/token", "count": 9])
        },
        .init("a token for a foreign host", [.instanceRefused], certain: true) {
            $0.tokenAnswer(body: LyingAnswers.foreignInstance)
        },
        .init("a token of two orgs", [.organizationContradictory], certain: true) {
            $0.tokenAnswer(body: LyingAnswers.twoOrgs)
        },
        .init("200 with the body of a refusal", [.answerUnintelligible]) {
            $0.tokenAnswer(body: #"{"error":"invalid_grant","error_description":"invalid assertion"}"#)
        },
        .init("400 with a token", [.answerUnintelligible]) { $0.tokenAnswer(status: 400, body: LyingAnswers.token) },
        .init("words that nobody knows", [.refusalUnknown]) {
            $0.tokenAnswer(status: 400, body: #"{"error":"nonsense","error_description":"the moon is full"}"#)
        },
        .init("retry your request", [.orgTransient]) { $0.tokenRow(19) },
        .init("activation secret invalid", [.refusalUnknown]) { $0.tokenRow(22) },
        .init("grant type not supported", [.grantTypeRefused]) { $0.tokenRow(1) },
        .init("limits answered by a page", [.answerUnintelligible]) {
            $0.fault(["kind": "html", "path": "/services/data/v67.0/limits", "count": 9])
        },
        .init("metadata answered by a page", [.answerUnintelligible]) {
            $0.fault(["kind": "html", "prefix": "/services/Soap/", "count": 9])
        },
    ]

    /// With a token, the org itself shows what its wording leaves open.
    private static let seenByAToken: [FaultCase] = [
        .init("self-authorize, seen by an earlier token", [.userNotApproved], certain: true, .signedInBefore) {
            $0.app("permittedUsers", "allSelfAuthorized")
        },
        .init("not pre-authorized, seen by an earlier token", [.userNotAdminApproved], certain: true, .signedInBefore) {
            $0.app("permissionSets", ["Aprity_Admin"])
            $0.appSwitch("userNotAssigned", "userHasNotApproved")
        },
    ]

    private static let ofThisSide: [FaultCase] = [
        .init("no Consumer Key yet", [.consumerKeyMissing], certain: true, .init(consumerKey: nil)),
        .init("nothing listens", [.connectionRefused], certain: true, .init(loginHost: "http://127.0.0.1:9")),
    ]

    /// Added after the table of causes was frozen.
    private static let afterTheFreeze: [FaultCase] = [
        .init("the app was made anew, with another Consumer Key", [.consumerKeyUnknown]) {
            $0.app("consumerKey", "3MVG9another.Key_0123456789")
        },
        .init(
            "an app of the same key in another org answers first", [.organizationChanged], certain: true,
            .signedInBefore
        ) {
            $0.org("id", "00D000000000064EAA")
            $0.org("myDomain", "other.my.salesforce.com")
        },
        .init("user deactivated after a sign-in", [.userInactive, .userFrozen], .signedInBefore) {
            $0.user("isActive", false)
        },
        .init("the org takes no assertion of more than 60 seconds", [.assertionRefused]) {
            $0.appSwitch("maximumLifetimeSeconds", 60)
        },
        .init("the group holds the permission set of two", [.reachTooWide], certain: true) {
            $0.org("groups", [["name": "Aprity_Group", "permissionSets": ["Aprity_Integration"]] as [String: Any]])
            $0.org(
                "users",
                [
                    [
                        "username": OrgDocument.user, "profile": "Minimum Access - API Only Integrations",
                        "permissionSets": ["Aprity_Integration"],
                    ] as [String: Any], ["username": "second@harbour-bikes.example", "groups": ["Aprity_Group"]],
                ])
        },
        .init("scopes: web only beside refresh_token", [.scopesDiffer], certain: true) {
            $0.app("scopes", ["RefreshToken", "Web"])
        },
        .init("blocked, in words that nobody knows", [.refusalUnknown]) { $0.tokenRow(24) },
        .init("browser's word for a missing app", [.appNotInstalled, .consumerKeyUnknown]) { $0.tokenRow(18) },
        .init("expired access/refresh token, a word of another flow", [.refusalUnknown]) { $0.tokenRow(21) },
        .init("status 500 with HTML", [.orgUnavailable]) {
            $0.tokenAnswer(status: 500, body: "<html>", contentType: "text/html")
        },
    ]
}

/// Answers of an org that lies.
enum LyingAnswers {
    static let token = body(instance: "https://harbour-bikes.my.salesforce.com", org: "00D000000000062")
    static let foreignInstance = body(instance: "https://evil.example", org: "00D000000000062")
    static let twoOrgs = body(instance: "https://harbour-bikes.my.salesforce.com", org: "00D000000000099")

    private static func body(instance: String, org: String) -> String {
        """
        {"access_token":"\(org)!AQ.CANARYTOKEN","scope":"api","instance_url":"\(instance)",\
        "id":"https://login.salesforce.com/id/00D000000000062EAA/005000000000001AAA","token_type":"Bearer"}
        """
    }
}
