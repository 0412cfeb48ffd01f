/// Switches for behaviour of Salesforce on which the evidence is thin or contradictory. The defaults have the best
/// evidence.
///
/// Property names and raw values are keys and values of the state document; `docs/simulator-state.schema.json` lists
/// them. *Legacy* means the shared login hosts, `login.salesforce.com` and `test.salesforce.com`, as a host or as an
/// audience.
struct Switches: Codable, Equatable, Sendable {
    enum PropagationMode: String, Codable, CaseIterable, Sendable { case spread, instant }
    enum ServerSelection: String, Codable, CaseIterable, Sendable { case connection, request }

    // The possible refusals of the token endpoint. ``TokenRefusal`` has their texts.
    enum SignatureMismatch: String, Codable, CaseIterable, Sendable { case invalidClient, invalidAssertion }
    enum UserNotAssigned: String, Codable, CaseIterable, Sendable { case invalidAppAccess, userHasNotApproved }
    enum RefreshScopeMissing: String, Codable, CaseIterable, Sendable { case invalidRequest, userHasNotApproved }
    enum UnknownConsumerKey: String, Codable, CaseIterable, Sendable { case clientIdentifierInvalid, appNotFound }
    enum LoginRateAnswer: String, Codable, CaseIterable, Sendable { case invalidGrant, rateLimitExceeded }

    enum IllegalSession: String, Codable, CaseIterable, Sendable { case short, long }

    /// The user permission that is required to read the settings of External Client Apps.
    enum AppSettingsPermission: String, Codable, CaseIterable, Sendable {
        case customizeApplication, viewAllExternalClientApps
    }

    /// The format in which an External Client App can read a deployed certificate. It ignores one in the other format.
    enum CertificateEncoding: String, Codable, CaseIterable, Sendable { case bodyWithoutArmour, pem }

    /// Whether all files of an External Client App can be deployed together, or the app must exist before its other files.
    enum ExternalClientAppDeployment: String, Codable, CaseIterable, Sendable { case together, parentFirst }

    /// Whether a change to an app reaches the servers one after the other or all at once.
    var propagation = PropagationMode.spread
    /// How the app server for a request is chosen: at random once per TCP connection, or at random for each request.
    var serverSelection = ServerSelection.connection
    /// The number of app servers, 1 to 64.
    var servers = 8
    /// How long a change to an existing app, or its deletion, takes to reach a server.
    var editDelay = DelayWindow(minimumSeconds: 120, maximumSeconds: 600)
    /// How long a new app takes to reach a server.
    var creationDelay = DelayWindow(minimumSeconds: 120, maximumSeconds: 1_800)

    /// The refusal if the signature does not match the app's certificate.
    var signatureMismatch = SignatureMismatch.invalidClient
    /// The refusal if the user is not pre-authorized for an app that requires it.
    var userNotAssigned = UserNotAssigned.invalidAppAccess
    /// The refusal if the app lacks the scope `refresh_token`.
    var refreshScopeMissing = RefreshScopeMissing.invalidRequest
    /// The refusal if no app has the consumer key.
    var unknownConsumerKey = UnknownConsumerKey.clientIdentifierInvalid
    /// The refusal if the user has reached ``loginsPerHour``.
    var loginRateAnswer = LoginRateAnswer.invalidGrant
    /// The Metadata API's error text for a token without a session. Recordings have both forms.
    var illegalSession = IllegalSession.short

    /// The accepted signature algorithms. An assertion with any other `alg` is refused like one with a wrong signature.
    var algorithms: [SignatureAlgorithm] = [.rs256]
    /// How many seconds after `exp`, or before `nbf` if it is checked, an assertion is still accepted.
    var leewaySeconds = 60.0
    /// The most seconds from now to `exp`; `nil` for no limit.
    var maximumLifetimeSeconds: Double?
    /// Accept `exp` as a JSON string.
    var acceptStringExp = true
    /// Accept the old claim `prn` instead of `sub`.
    var acceptPrn = true
    /// At introspection, accept an assertion that the app signed (`private_key_jwt`, RFC 7523 §2.2) instead of its
    /// secret. The discovery document lists this method; not confirmed on a real org.
    var acceptClientAssertion = true
    /// List the custom permissions of a token with the scope `custom_permissions` in the answer of the userinfo endpoint
    /// too, not only in that of the identity URL; not confirmed on a real org.
    var userInfoListsCustomPermissions = false
    /// Refuse an assertion before its `nbf`. No org is known to check it; not confirmed on a real org.
    var enforceNotBefore = false
    /// Accept an assertion whose header or claims begin with a byte order mark, which RFC 8259 §8.1 allows a parser to
    /// ignore; not confirmed on a real org.
    var acceptByteOrderMark = false
    /// Read a parameter of a token request from the URL's query if the body lacks it. Some clients send parameters
    /// there; not confirmed on a real org.
    var acceptQueryParameters = true
    /// Refuse sign-ins after the app's certificate has expired. No real org is known to check it.
    var refuseExpiredCertificate = false
    /// Accept an assertion only once. No real org is known to check for replays.
    var enforceReplay = false

    /// Include the certificate in a retrieved External Client App. Reports about real orgs differ.
    var retrieveReturnsCertificate = false
    /// Include a `consumerSecret` with a recognizable value in retrieved apps, to test that a client neither stores nor
    /// shows it.
    var retrieveReturnsConsumerSecret = false
    var appSettingsPermission = AppSettingsPermission.customizeApplication
    var certificateEncoding = CertificateEncoding.bodyWithoutArmour
    var externalClientAppDeployment = ExternalClientAppDeployment.together

    /// Let External Client Apps sign in at the shared login hosts. Reports say that orgs refuse it since Spring '26
    /// (n8n-io/n8n#28990); not confirmed on a real org.
    var legacyHostsServeExternalClientApps = false
    /// Accept the legacy audience from an External Client App that signs in at its My Domain.
    var legacyAudienceForExternalClientApp = false
    /// Accept the org's My Domain as the audience of a Connected App's assertion.
    var myDomainAudienceForConnectedApp = false

    /// While a user has a valid token for the same app and scopes, answer a sign-in with that token instead of a new
    /// one.
    var reuseToken = true
    /// Idle seconds of org time after which a session expires, for apps without a timeout of their own. Above 0.
    var sessionTimeoutSeconds = 7_200.0
    /// The number of sign-ins allowed to one user in any hour of org time.
    var loginsPerHour = 3_600
    /// Inject the faults of ``AdverseMixture``, and delay changes longer on one app server.
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
        userInfoListsCustomPermissions =
            try keys.value(.userInfoListsCustomPermissions, or: userInfoListsCustomPermissions)
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

/// The range from which the delay of a change is drawn for each server, in seconds of org time. Both ends are included.
struct DelayWindow: Codable, Equatable, Sendable {
    /// At least 0, and at most ``maximumSeconds``.
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
