/// What only an admin can know about a key in other hands.
public enum CompromiseFact: Sendable, Equatable {
    /// The app is blocked in Salesforce.
    case blockedInSalesforce
    /// The next certificate was saved. The Consumer Key is the second app's, where there is one.
    case uploaded(consumerKey: String?)
    /// Every token of the app was revoked in Salesforce.
    case revokedInSalesforce
}
