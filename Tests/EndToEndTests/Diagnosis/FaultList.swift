internal import ConnectedApp
internal import Foundation

extension FaultCase {
    static let single: [FaultCase] =
        ofTheCertificate + ofTheApp + ofTheUser + ofTheHost + afterTheToken + ofTheWire + distinguishedByToken
        + ofThisSide
        + addedLater

    private static let ofTheCertificate: [FaultCase] = [
        .init("no certificate uploaded", [.signatureRefused]) { $0.app("certificatePEM", NSNull()) },
        .init("another certificate uploaded", [.signatureRefused]) {
            $0.app("certificatePEM", DiagnosisBench.foreignCertificate)
        },
        .init("another certificate, in the older wording", [.signatureRefused]) {
            $0.app("certificatePEM", DiagnosisBench.foreignCertificate)
            $0.appSwitch("signatureMismatch", "invalidAssertion")
        },
        .init("the certificate of another app in the store", [.certificateOfAnotherApp], certain: true) {
            $0.app("certificatePEM", DiagnosisBench.neighbourCertificate)
        },
        .init(
            "certificate expired, and the org refuses it", [.certificateExpired, .assertionRefused],
            .init(expiredDays: 3)
        ) { $0.appSwitch("refuseExpiredCertificate", true) },
    ]

    private static let ofTheApp: [FaultCase] = [
        .init("Consumer Key mistyped", [.consumerKeyUnknown], .init(consumerKey: "3MVG9mistyped.Key_00000")),
        .init(
            "Consumer Key mistyped, refused as app_not_found", [.consumerKeyUnknown, .appNotInstalled],
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
            "user not pre-authorized, in the other wording",
            [.userNotAdminApproved, .userNotApproved, .refreshTokenScopeMissing, .usernameUnknown]
        ) {
            $0.app("permissionSets", ["Aprity_Admin"])
            $0.appSwitch("userNotAssigned", "userHasNotApproved")
        },
        .init("refresh_token scope missing", [.refreshTokenScopeMissing]) { $0.app("scopes", ["Api"]) },
        .init(
            "refresh_token scope missing, in the other wording",
            [.refreshTokenScopeMissing, .userNotApproved, .userNotAdminApproved, .usernameUnknown]
        ) {
            $0.app("scopes", ["Api"])
            $0.appSwitch("refreshScopeMissing", "userHasNotApproved")
        },
        .init("no scope except refresh_token", [.noValidScopes]) { $0.app("scopes", ["RefreshToken"]) },
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
        .init("login rate exceeded, in the documented wording", [.signInRateExceeded]) {
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
        .init("an extra scope", [.scopesDiffer], certain: true) {
            $0.app("scopes", ["Api", "RefreshToken", "Full"])
        },
        .init("scope api missing", [.scopesDiffer], certain: true) { $0.app("scopes", ["RefreshToken", "Web"]) },
        .init("API Access Control", [.apiAccessRestricted], certain: true) {
            $0.app("blockedByAPIAccessControl", true)
        },
        .init("API Enabled missing", [.apiDisabled, .editionWithoutAPI]) { $0.user("apiEnabled", false) },
        .init("no access to the Metadata API", [.metadataAccessMissing], certain: true) {
            $0.permissionSet("userPermissions", ["ApiEnabled", "ViewSetup"])
        },
        .init("API requests used up", [.apiLimitReached], certain: true) { $0.org("dailyAPIRequestLimit", 0) },
        .init("JWT-based access tokens", [.jwtFormatToken], certain: true) { $0.app("issuesJWTAccessTokens", true) },
        .init("the key can sign in as two users", [.reachTooWide], certain: true) {
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
        .init("an HTML page instead of a token", [.answerUnintelligible]) {
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
        .init("the answer is cut off", [.connectionLost], certain: true) {
            $0.fault(["kind": "truncate", "path": "/services/oauth2/token", "bytes": 20, "count": 9])
        },
        .init("the connection is dropped", [.connectionLost], certain: true) {
            $0.fault(["kind": "drop", "path": "/services/oauth2/token", "count": 9])
        },
        .init("endless white space", [.answerTooLarge], certain: true) {
            $0.fault(["kind": "giant", "path": "/services/oauth2/token", "count": 9])
        },
        .init("a token for a host that is not Salesforce's", [.instanceRefused], certain: true) {
            $0.tokenAnswer(body: FalseTokenAnswers.foreignInstance)
        },
        .init("a token that names two orgs", [.organizationContradictory], certain: true) {
            $0.tokenAnswer(body: FalseTokenAnswers.twoOrgs)
        },
        .init("200 with the body of a refusal", [.answerUnintelligible]) {
            $0.tokenAnswer(body: #"{"error":"invalid_grant","error_description":"invalid assertion"}"#)
        },
        .init("400 with a token", [.answerUnintelligible]) {
            $0.tokenAnswer(status: 400, body: FalseTokenAnswers.token)
        },
        .init("an unknown refusal", [.refusalUnknown]) {
            $0.tokenAnswer(status: 400, body: #"{"error":"nonsense","error_description":"the moon is full"}"#)
        },
        .init("retry your request", [.orgTransient]) { $0.tokenRow(19) },
        .init("activation secret invalid", [.refusalUnknown]) { $0.tokenRow(22) },
        .init("grant type not supported", [.grantTypeRefused]) { $0.tokenRow(1) },
        .init("limits answered by an HTML page", [.answerUnintelligible]) {
            $0.fault(["kind": "html", "path": "/services/data/v67.0/limits", "count": 9])
        },
        .init("metadata answered by an HTML page", [.answerUnintelligible]) {
            $0.fault(["kind": "html", "prefix": "/services/Soap/", "count": 9])
        },
    ]

    /// Faults that a read with an earlier token distinguishes, although the wording of the refusal does not.
    private static let distinguishedByToken: [FaultCase] = [
        .init("self-authorize, shown by an earlier token", [.userNotApproved], certain: true, .signedInBefore) {
            $0.app("permittedUsers", "allSelfAuthorized")
        },
        .init("not pre-authorized, shown by an earlier token", [.userNotAdminApproved], certain: true, .signedInBefore)
        {
            $0.app("permissionSets", ["Aprity_Admin"])
            $0.appSwitch("userNotAssigned", "userHasNotApproved")
        },
    ]

    private static let ofThisSide: [FaultCase] = [
        .init("no Consumer Key yet", [.consumerKeyMissing], certain: true, .init(consumerKey: nil)),
        .init(
            "no server listens at the login host", [.connectionRefused], certain: true,
            .init(loginHost: "http://127.0.0.1:9")),
    ]

    /// Faults added after the table of causes was fixed.
    private static let addedLater: [FaultCase] = [
        .init("the app was created again, with another Consumer Key", [.consumerKeyUnknown]) {
            $0.app("consumerKey", "3MVG9another.Key_0123456789")
        },
        .init(
            "an app with the same key in another org answers first", [.organizationChanged], certain: true,
            .signedInBefore
        ) {
            $0.org("id", "00D000000000064EAA")
            $0.org("myDomain", "other.my.salesforce.com")
        },
        .init("user deactivated after a sign-in", [.userInactive, .userFrozen], .signedInBefore) {
            $0.user("isActive", false)
        },
        .init("the org rejects assertions valid for more than 60 seconds", [.assertionRefused]) {
            $0.appSwitch("maximumLifetimeSeconds", 60)
        },
        .init("a second user has the permission set through a group", [.reachTooWide], certain: true) {
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
        .init("only the scopes web and refresh_token", [.scopesDiffer], certain: true) {
            $0.app("scopes", ["RefreshToken", "Web"])
        },
        .init("app blocked, with an unknown refusal", [.refusalUnknown]) { $0.tokenRow(24) },
        .init("missing app, in the browser's wording", [.appNotInstalled, .consumerKeyUnknown]) { $0.tokenRow(18) },
        .init("expired access/refresh token, a refusal of another flow", [.refusalUnknown]) { $0.tokenRow(21) },
        .init("status 500 with HTML", [.orgUnavailable]) {
            $0.tokenAnswer(status: 500, body: "<html>", contentType: "text/html")
        },
    ]
}

/// Token answers with false or contradictory content.
enum FalseTokenAnswers {
    /// A plausible answer, whose token the org does not know.
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
