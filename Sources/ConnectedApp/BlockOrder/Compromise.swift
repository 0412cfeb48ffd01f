internal import Foundation

/// A key that somebody else may have. Stored with its app's block, which cannot be lifted before another key is in use
/// everywhere.
struct Compromise: Codable, Sendable, Equatable {
    /// The credential whose key it is.
    let credentialID: String
    let certificateSHA256: String
    /// When the key was reported.
    let toldAt: Date
    /// When an admin confirmed that the app is blocked in Salesforce.
    var blockedInOrgAt: Date?
    /// When the org accepted another key everywhere, and this one was refused everywhere and destroyed.
    var replacedAt: Date?
    /// When an admin confirmed that every token of the app is revoked in Salesforce. Later than ``replacedAt``.
    var revokedInOrgAt: Date?
}
