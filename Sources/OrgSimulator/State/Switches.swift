/// Switches for behaviour of Salesforce on which the evidence is thin or contradictory. The defaults have the best
/// evidence.
struct Switches: Codable, Equatable, Sendable {
    enum PropagationMode: String, Codable, CaseIterable, Sendable { case spread, instant }
    enum ServerSelection: String, Codable, CaseIterable, Sendable { case connection, request }
    enum SignatureMismatch: String, Codable, CaseIterable, Sendable { case invalidClient, invalidAssertion }
    enum UserNotAssigned: String, Codable, CaseIterable, Sendable { case invalidAppAccess, userHasNotApproved }
    enum RefreshScopeMissing: String, Codable, CaseIterable, Sendable { case invalidRequest, userHasNotApproved }
    enum UnknownConsumerKey: String, Codable, CaseIterable, Sendable { case clientIdentifierInvalid, appNotFound }
    enum LoginRateAnswer: String, Codable, CaseIterable, Sendable { case invalidGrant, rateLimitExceeded }
    enum IllegalSession: String, Codable, CaseIterable, Sendable { case short, long }

    /// The user permission that is required to read settings of External Client Apps.
    enum AppSettingsPermission: String, Codable, CaseIterable, Sendable {
        case customizeApplication, viewAllExternalClientApps
    }

    /// The format of a deployed certificate that an External Client App can read.
    enum CertificateEncoding: String, Codable, CaseIterable, Sendable { case bodyWithoutArmour, pem }

    /// Whether all files of an External Client App can be deployed together, or the app must exist before the others.
    enum ExternalClientAppDeployment: String, Codable, CaseIterable, Sendable { case together, parentFirst }

    /// Whether a change of an app reaches the servers one after the other or all at once.
    var propagation = PropagationMode.spread
    /// How the server for a request is chosen: once per TCP connection, or at random for each request.
    var serverSelection = ServerSelection.connection
    /// The number of app servers, 1 to 64.
    var servers = 8
    var editDelay = DelayWindow(minimumSeconds: 120, maximumSeconds: 600)
    var creationDelay = DelayWindow(minimumSeconds: 120, maximumSeconds: 1_800)

    var signatureMismatch = SignatureMismatch.invalidClient
    var userNotAssigned = UserNotAssigned.invalidAppAccess
    var refreshScopeMissing = RefreshScopeMissing.invalidRequest
    var unknownConsumerKey = UnknownConsumerKey.clientIdentifierInvalid
    var loginRateAnswer = LoginRateAnswer.invalidGrant
    /// The Metadata API's error text for a token without a session. Recordings have both forms.
    var illegalSession = IllegalSession.short

    /// The accepted signature algorithms. Any other `alg` is answered like a wrong signature.
    var algorithms: [SignatureAlgorithm] = [.rs256]
    /// How long after `exp` an assertion is still accepted.
    var leewaySeconds = 60.0
    /// The longest time from now to `exp`; `nil` for no limit.
    var maximumLifetimeSeconds: Double?
    /// Accept `exp` as a JSON string.
    var acceptStringExp = true
    /// Accept the old claim `prn` instead of `sub`.
    var acceptPrn = true
    /// Accept an assertion of the app (`private_key_jwt`, RFC 7523 §2.2) instead of its secret at introspection. The
    /// discovery document lists this method; not confirmed on a real org.
    var acceptClientAssertion = true
    /// Reject an assertion before its `nbf`. No org is known to check it; not confirmed on a real org.
    var enforceNotBefore = false
    /// Accept a header and claims that begin with a byte order mark, which RFC 8259 §8.1 allows a reader to ignore; not
    /// confirmed on a real org.
    var acceptByteOrderMark = false
    /// Read the parameters of a token request from the query if the body lacks them. Some clients send them there; not
    /// confirmed on a real org.
    var acceptQueryParameters = true
    var refuseExpiredCertificate = false
    /// Accept an assertion only once. No real org is known to check for replays.
    var enforceReplay = false

    /// Include the certificate in a retrieved external client app. Reports about real orgs differ.
    var retrieveReturnsCertificate = false
    /// Include a `consumerSecret` with a recognizable value in retrieved apps, to test that a reader neither stores nor
    /// shows it.
    var retrieveReturnsConsumerSecret = false
    var appSettingsPermission = AppSettingsPermission.customizeApplication
    var certificateEncoding = CertificateEncoding.bodyWithoutArmour
    var externalClientAppDeployment = ExternalClientAppDeployment.together

    var legacyHostsServeExternalClientApps = false
    var legacyAudienceForExternalClientApp = false
    var myDomainAudienceForConnectedApp = false

    /// Return the existing token to the same user and app while it is valid.
    var reuseToken = true
    /// Idle seconds of org time after which a session expires.
    var sessionTimeoutSeconds = 7_200.0
    /// The number of sign-ins allowed to one user in any hour of org time.
    var loginsPerHour = 3_600
    /// Inject a mild mixture of faults, and delay changes on one app server.
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

/// The range of delays, in seconds of org time, after which a change reaches a server. Both ends are included.
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
