/// A question about real orgs that the documentation leaves open and that can be answered without changing anything in
/// an org. The raw value is its name on the command line and in transcripts, and must not change. The order of the
/// cases is the order in which they are asked.
package enum RealityQuestion: String, Codable, CaseIterable, Sendable {
    // Error texts
    case unknownConsumerKey = "unknown-consumer-key"
    case wrongSignature = "wrong-signature"
    case unknownUsername = "unknown-username"
    // Accepted claims
    case expiryAsText = "expiry-as-text"
    case expiryFarAhead = "expiry-far-ahead"
    case expiryJustPassed = "expiry-just-passed"
    case principalClaim = "principal-claim"
    case audienceWithSlash = "audience-with-slash"
    case otherAudience = "other-audience"
    case sameAssertionTwice = "same-assertion-twice"
    // Granted tokens
    case sameToken = "same-token"
    case grantedScope = "granted-scope"
    // Shown data
    case loginHistory = "login-history"
    case appCertificate = "app-certificate"
    case consumerSecret = "consumer-secret"
    case accessEntries = "access-entries"

    /// The question in words.
    package var asks: String {
        switch self {
        case .unknownConsumerKey: "With which text does the org refuse a Consumer Key that no app has?"
        case .wrongSignature: "With which text does the org refuse a signature that does not match the certificate?"
        case .unknownUsername: "With which text does the org refuse a username that it does not have?"
        case .expiryAsText: "Does the org accept `exp` as a JSON string?"
        case .expiryFarAhead: "Does the org accept an assertion that expires in an hour?"
        case .expiryJustPassed: "Does the org accept an assertion that expired 30 seconds ago?"
        case .principalClaim: "Does the org accept the old claim `prn` instead of `sub`?"
        case .audienceWithSlash: "Does the org accept an audience that ends with a slash?"
        case .otherAudience:
            "Does the org accept the other kind of audience (a shared login host, not the My Domain, or the reverse)?"
        case .sameAssertionTwice: "Does the org accept the same assertion twice?"
        case .sameToken: "Does a second sign-in return the same access token?"
        case .grantedScope: "Which scopes does the token response name in `scope`?"
        case .loginHistory: "How does Login History show a JWT Bearer sign-in?"
        case .appCertificate: "Does the app's metadata contain its certificate for this user?"
        case .consumerSecret: "Does the app's metadata contain a Consumer Secret? (The value is not stored.)"
        case .accessEntries: "Under which type does SetupEntityAccess list the app?"
        }
    }

    /// What in aprity the answer can change, as Markdown.
    package var changes: String {
        switch self {
        case .unknownConsumerKey:
            "The simulator's switch `unknownConsumerKey`, and the row for this text in the diagnosis table."
        case .wrongSignature:
            "The simulator's switch `signatureMismatch`, and what the admin guide says about `invalid_grant`."
        case .unknownUsername: "Whether the text distinguishes `usernameUnknown` from `userNotApproved`."
        case .expiryAsText: "The simulator's switch `acceptStringExp`."
        case .expiryFarAhead: "The simulator's switch `maximumLifetimeSeconds`."
        case .expiryJustPassed: "The simulator's switch `leewaySeconds`."
        case .principalClaim: "The simulator's switch `acceptPrn`."
        case .audienceWithSlash: "What `aprity assertion inspect` says about a slash."
        case .otherAudience:
            "The switches `legacyAudienceForExternalClientApp` and `myDomainAudienceForConnectedApp`, and how aprity derives the audience."
        case .sameAssertionTwice: "The simulator's switch `enforceReplay`."
        case .sameToken: "The simulator's switch `reuseToken`."
        case .grantedScope: "The step `scopes` of the connection test."
        case .loginHistory: "Which statuses the diagnosis can use as a hint."
        case .appCertificate: "The simulator's switch `retrieveReturnsCertificate`, and the step `appCertificate`."
        case .consumerSecret: "The simulator's switch `retrieveReturnsConsumerSecret`."
        case .accessEntries: "How aprity counts the users that the key of an External Client App can sign in as."
        }
    }

    /// The number of sign-ins that the question needs, including failed ones.
    package var signIns: Int {
        switch self {
        case .sameAssertionTwice, .sameToken: 2
        case .appCertificate, .consumerSecret, .accessEntries: 0
        case .unknownConsumerKey, .wrongSignature, .unknownUsername, .expiryAsText, .expiryFarAhead, .expiryJustPassed,
            .principalClaim, .audienceWithSlash, .otherAudience, .grantedScope, .loginHistory:
            1
        }
    }
}
