package import Foundation

/// A key that somebody else may have, as it is kept with its app's block: the block is not lifted before another key is in
/// force everywhere.
package struct Compromise: Codable, Sendable, Equatable {
    /// Whose key it is.
    package let credentialID: String
    package let certificateSHA256: String
    package let toldAt: Date
    /// An admin said that the app is blocked in Salesforce.
    package var blockedInOrgAt: Date?
    /// The org took another key everywhere, and this one was refused everywhere and destroyed.
    package var replacedAt: Date?
    /// An admin said that every token of the app was revoked in Salesforce, after ``replacedAt``.
    package var revokedInOrgAt: Date?
}
