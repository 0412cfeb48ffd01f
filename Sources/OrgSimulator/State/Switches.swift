/// Where the evidence about Salesforce is split or thin, a switch chooses; its default is what is best proven.
struct Switches: Codable, Equatable, Sendable {
    enum PropagationMode: String, Codable, CaseIterable, Sendable { case spread, instant }
    enum ServerSelection: String, Codable, CaseIterable, Sendable { case connection, request }
    enum SignatureMismatch: String, Codable, CaseIterable, Sendable { case invalidClient, invalidAssertion }
    enum UserNotAssigned: String, Codable, CaseIterable, Sendable { case invalidAppAccess, userHasNotApproved }
    enum RefreshScopeMissing: String, Codable, CaseIterable, Sendable { case invalidRequest, userHasNotApproved }
    enum UnknownConsumerKey: String, Codable, CaseIterable, Sendable { case clientIdentifierInvalid, appNotFound }
    enum LoginRateAnswer: String, Codable, CaseIterable, Sendable { case invalidGrant, rateLimitExceeded }
    enum IllegalSession: String, Codable, CaseIterable, Sendable { case short, long }

    /// The user permission that settings of External Client Apps are read with.
    enum AppSettingsPermission: String, Codable, CaseIterable, Sendable {
        case customizeApplication, viewAllExternalClientApps
    }

    /// The form of a deployed certificate that an External Client App understands.
    enum CertificateEncoding: String, Codable, CaseIterable, Sendable { case bodyWithoutArmour, pem }

    /// Whether the files of an External Client App may come all at once, or the app itself has to be there before.
    enum ExternalClientAppDeployment: String, Codable, CaseIterable, Sendable { case together, parentFirst }

    /// Whether a change of an app takes its time from server to server.
    var propagation = PropagationMode.spread
    /// How the server for a request is chosen: kept for a TCP connection, or at random each time.
    var serverSelection = ServerSelection.connection
    /// App servers, 1 through 64.
    var servers = 8
    var editDelay = DelayWindow(minimumSeconds: 120, maximumSeconds: 600)
    var creationDelay = DelayWindow(minimumSeconds: 120, maximumSeconds: 1_800)

    var signatureMismatch = SignatureMismatch.invalidClient
    var userNotAssigned = UserNotAssigned.invalidAppAccess
    var refreshScopeMissing = RefreshScopeMissing.invalidRequest
    var unknownConsumerKey = UnknownConsumerKey.clientIdentifierInvalid
    var loginRateAnswer = LoginRateAnswer.invalidGrant
    /// How the Metadata API words that a token is no session. Recordings have both forms.
    var illegalSession = IllegalSession.short

    /// The signatures that are verified; every other `alg` is answered as a wrong signature is.
    var algorithms: [SignatureAlgorithm] = [.rs256]
    /// How long after `exp` an assertion is still taken.
    var leewaySeconds = 60.0
    /// How far ahead `exp` may lie; nil: any distance.
    var maximumLifetimeSeconds: Double?
    /// Take `exp` written as a JSON string.
    var acceptStringExp = true
    /// Take the old claim `prn` in place of `sub`.
    var acceptPrn = true
    /// Take an assertion of the app (`private_key_jwt`, RFC 7523 §2.2) in place of its secret at introspection. The discovery
    /// document names it; not confirmed on a real org.
    var acceptClientAssertion = true
    /// Refuse an assertion before the time of its `nbf`. No org is known to look; not confirmed on a real org.
    var enforceNotBefore = false
    /// Take header and claims that begin with a byte order mark, which RFC 8259 §8.1 lets a reader ignore; not confirmed on a
    /// real org.
    var acceptByteOrderMark = false
    /// Take the parameters of a token request from the query of the address, where the body lacks them. Some clients put them
    /// there; not confirmed on a real org.
    var acceptQueryParameters = true
    var refuseExpiredCertificate = false
    /// Take an assertion once only. No real org is known to look.
    var enforceReplay = false

    /// A retrieved external client app carries its certificate. Reports differ on what a real org does.
    var retrieveReturnsCertificate = false
    /// Retrieved apps carry a `consumerSecret`, with a canary in it: a reader must neither store nor show it.
    var retrieveReturnsConsumerSecret = false
    var appSettingsPermission = AppSettingsPermission.customizeApplication
    var certificateEncoding = CertificateEncoding.bodyWithoutArmour
    var externalClientAppDeployment = ExternalClientAppDeployment.together

    var legacyHostsServeExternalClientApps = false
    var legacyAudienceForExternalClientApp = false
    var myDomainAudienceForConnectedApp = false

    /// Hand the same token to the same user and app again while it is valid.
    var reuseToken = true
    /// Idle seconds of org time after which a session ends.
    var sessionTimeoutSeconds = 7_200.0
    /// Sign-ins of one user in any hour of org time.
    var loginsPerHour = 3_600
    /// Let a mild mixture of faults loose, and keep one app server stale.
    var adverse = false

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        propagation = try keys.value(.propagation, or: propagation)
        serverSelection = try keys.value(.serverSelection, or: serverSelection)
        servers = try keys.value(.servers, or: servers)
        editDelay = try keys.value(.editDelay, or: editDelay)
        creationDelay = try keys.value(.creationDelay, or: creationDelay)
        signatureMismatch = try keys.value(.signatureMismatch, or: signatureMismatch)
        userNotAssigned = try keys.value(.userNotAssigned, or: userNotAssigned)
        refreshScopeMissing = try keys.value(.refreshScopeMissing, or: refreshScopeMissing)
        unknownConsumerKey = try keys.value(.unknownConsumerKey, or: unknownConsumerKey)
        loginRateAnswer = try keys.value(.loginRateAnswer, or: loginRateAnswer)
        illegalSession = try keys.value(.illegalSession, or: illegalSession)
        algorithms = try keys.value(.algorithms, or: algorithms)
        leewaySeconds = try keys.value(.leewaySeconds, or: leewaySeconds)
        maximumLifetimeSeconds = try keys.decodeIfPresent(Double.self, forKey: .maximumLifetimeSeconds)
        acceptStringExp = try keys.value(.acceptStringExp, or: acceptStringExp)
        acceptPrn = try keys.value(.acceptPrn, or: acceptPrn)
        acceptClientAssertion = try keys.value(.acceptClientAssertion, or: acceptClientAssertion)
        enforceNotBefore = try keys.value(.enforceNotBefore, or: enforceNotBefore)
        acceptByteOrderMark = try keys.value(.acceptByteOrderMark, or: acceptByteOrderMark)
        acceptQueryParameters = try keys.value(.acceptQueryParameters, or: acceptQueryParameters)
        enforceReplay = try keys.value(.enforceReplay, or: enforceReplay)
        refuseExpiredCertificate = try keys.value(.refuseExpiredCertificate, or: refuseExpiredCertificate)
        retrieveReturnsCertificate = try keys.value(.retrieveReturnsCertificate, or: retrieveReturnsCertificate)
        retrieveReturnsConsumerSecret =
            try keys.value(.retrieveReturnsConsumerSecret, or: retrieveReturnsConsumerSecret)
        appSettingsPermission = try keys.value(.appSettingsPermission, or: appSettingsPermission)
        certificateEncoding = try keys.value(.certificateEncoding, or: certificateEncoding)
        externalClientAppDeployment = try keys.value(.externalClientAppDeployment, or: externalClientAppDeployment)
        legacyHostsServeExternalClientApps =
            try keys.value(.legacyHostsServeExternalClientApps, or: legacyHostsServeExternalClientApps)
        legacyAudienceForExternalClientApp =
            try keys.value(.legacyAudienceForExternalClientApp, or: legacyAudienceForExternalClientApp)
        myDomainAudienceForConnectedApp =
            try keys.value(.myDomainAudienceForConnectedApp, or: myDomainAudienceForConnectedApp)
        reuseToken = try keys.value(.reuseToken, or: reuseToken)
        sessionTimeoutSeconds = try keys.value(.sessionTimeoutSeconds, or: sessionTimeoutSeconds)
        loginsPerHour = try keys.value(.loginsPerHour, or: loginsPerHour)
        adverse = try keys.value(.adverse, or: adverse)
    }
}

/// The seconds of org time within which a change reaches a server, both ends included.
struct DelayWindow: Codable, Equatable, Sendable {
    var minimumSeconds: Double
    var maximumSeconds: Double

    init(minimumSeconds: Double, maximumSeconds: Double) {
        self.minimumSeconds = minimumSeconds
        self.maximumSeconds = maximumSeconds
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        minimumSeconds = try keys.decode(Double.self, forKey: .minimumSeconds)
        maximumSeconds = try keys.decode(Double.self, forKey: .maximumSeconds)
    }
}
