package import Foundation

/// A key that somebody else may have. Stored with its app's block, which cannot be lifted before another key is in use
/// everywhere.
package struct Compromise: Codable, Sendable, Equatable {
    /// The credential whose key it is.
    package let credentialID: String
    package let certificateSHA256: String
    /// When the key was reported.
    package let toldAt: Date
    /// When an admin confirmed that the app is blocked in Salesforce.
    package var blockedInOrgAt: Date?
    /// When the org accepted another key everywhere, and this one was refused everywhere and destroyed.
    package var replacedAt: Date?
    /// When an admin confirmed that every token of the app is revoked in Salesforce. Later than ``replacedAt``.
    package var revokedInOrgAt: Date?
}
