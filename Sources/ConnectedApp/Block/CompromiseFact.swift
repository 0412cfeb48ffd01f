/// A fact about the replacement of a compromised key that only an admin can know.
package enum CompromiseFact: Sendable, Equatable {
    /// The app was blocked in Salesforce.
    case blockedInSalesforce
    /// The next certificate was saved in the app. The Consumer Key is that of the second app; `nil` if there is none.
    case uploaded(consumerKey: String?)
    /// Every token of the app was revoked in Salesforce.
    case revokedInSalesforce
}
