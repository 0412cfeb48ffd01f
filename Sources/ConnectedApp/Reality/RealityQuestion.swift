/// What is not known of real orgs and can be found out without changing anything in one. The raw value is its name on the
/// command line and in transcripts.
public enum RealityQuestion: String, Codable, CaseIterable, Sendable {
    // Words
    case unknownConsumerKey = "unknown-consumer-key"
    case wrongSignature = "wrong-signature"
    case unknownUsername = "unknown-username"
    // What is taken
    case expiryAsText = "expiry-as-text"
    case expiryFarAhead = "expiry-far-ahead"
    case expiryJustPassed = "expiry-just-passed"
    case principalClaim = "principal-claim"
    case audienceWithSlash = "audience-with-slash"
    case otherAudience = "other-audience"
    case sameAssertionTwice = "same-assertion-twice"
    // What is given
    case sameToken = "same-token"
    case grantedScope = "granted-scope"
    // What is shown
    case loginHistory = "login-history"
    case appCertificate = "app-certificate"
    case consumerSecret = "consumer-secret"
    case accessEntries = "access-entries"

    public var asks: String {
        switch self {
        case .unknownConsumerKey: "In which words is a Consumer Key refused that no app has?"
        case .wrongSignature: "In which words is a signature refused that does not fit the certificate?"
        case .unknownUsername: "In which words is a username refused that the org does not have?"
        case .expiryAsText: "Is `exp` taken as a JSON string?"
        case .expiryFarAhead: "Is an assertion taken that expires in an hour?"
        case .expiryJustPassed: "Is an assertion taken that expired 30 seconds ago?"
        case .principalClaim: "Is the old claim `prn` taken in place of `sub`?"
        case .audienceWithSlash: "Is the audience taken with a slash at its end?"
        case .otherAudience: "Is the other kind of audience taken: the class of the org, or the My Domain?"
        case .sameAssertionTwice: "Is one and the same assertion taken twice?"
        case .sameToken: "Does a second sign-in bring the same access token?"
        case .grantedScope: "What does the answer name as `scope`?"
        case .loginHistory: "How does a JWT Bearer sign-in stand in Login History?"
        case .appCertificate: "Does the app's metadata give its certificate back to this user?"
        case .consumerSecret: "Does the app's metadata carry a Consumer Secret? (Only whether; the value is not kept.)"
        case .accessEntries: "Under which type does SetupEntityAccess list the app?"
        }
    }

    /// What the answer would change.
    public var changes: String {
        switch self {
        case .unknownConsumerKey: "The simulator's switch `unknownConsumerKey`, and the table's row of these words."
        case .wrongSignature:
            "The simulator's switch `signatureMismatch`, and what the admin guide says of `invalid_grant`."
        case .unknownUsername: "Whether `usernameUnknown` can be told from `userNotApproved` by words."
        case .expiryAsText: "The simulator's switch `acceptStringExp`."
        case .expiryFarAhead: "The simulator's switch `maximumLifetimeSeconds`."
        case .expiryJustPassed: "The simulator's switch `leewaySeconds`."
        case .principalClaim: "The simulator's switch `acceptPrn`."
        case .audienceWithSlash: "The linter's finding on a slash."
        case .otherAudience:
            "The switches `legacyAudienceForExternalClientApp` and `myDomainAudienceForConnectedApp`, and the reasoning."
        case .sameAssertionTwice: "The simulator's switch `enforceReplay`."
        case .sameToken: "The simulator's switch `reuseToken`."
        case .grantedScope: "The step `scopes` of the connection test."
        case .loginHistory: "Which statuses the diagnosis may take as a hint."
        case .appCertificate: "The simulator's switch `retrieveReturnsCertificate`, and the step `appCertificate`."
        case .consumerSecret: "The simulator's switch `retrieveReturnsConsumerSecret`."
        case .accessEntries: "How the key's reach is counted for External Client Apps."
        }
    }

    /// Sign-ins that asking takes, failed ones included.
    public var signIns: Int {
        switch self {
        case .sameAssertionTwice, .sameToken: 2
        case .appCertificate, .consumerSecret, .accessEntries: 0
        default: 1
        }
    }
}
