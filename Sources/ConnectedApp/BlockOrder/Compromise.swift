internal import Foundation

/// The report that somebody else may have a key. Stored with its app's block. Until the report is withdrawn or another
/// key is in use everywhere, the block cannot be lifted. The property names must not change.
struct Compromise: Codable, Sendable, Equatable {
    /// The credential whose key was reported.
    let credentialID: String
    /// Lower-case hex.
    let certificateSHA256: String
    /// When the key was reported.
    let toldAt: Date
    /// The reason of the report; `nil` if an earlier version recorded it. See ``Block/checkedReason(_:)``.
    let reason: String?
    /// When an admin confirmed that the app is blocked in Salesforce; `nil`: not yet.
    var blockedInOrgAt: Date?
    /// When an admin confirmed that the next certificate is saved in the app and the app is unblocked in Salesforce;
    /// `nil`: not yet. Not before ``blockedInOrgAt``.
    var uploadedAt: Date?
    /// When aprity recorded that the org accepts another key everywhere, and that this one is refused everywhere and
    /// destroyed; `nil`: not yet.
    var replacedAt: Date?
    /// When an admin confirmed that every token of the app is revoked in Salesforce; `nil`: not yet. Not before
    /// ``replacedAt``.
    var revokedInOrgAt: Date?

    /// Returns whether an admin confirmed the upload during the rotation that began at this time.
    func isUploaded(since begunAt: Date?) -> Bool {
        guard let uploadedAt else { return false }
        return uploadedAt >= begunAt ?? .distantPast
    }
}
