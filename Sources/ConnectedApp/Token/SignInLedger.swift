package import Foundation

/// One POST to the token endpoint, as the ledger keeps it.
package struct SignInEntry: Sendable, Equatable, Codable {
    /// The org's id where it is known, else the login host.
    package let organization: String
    package let username: String
    package let purpose: SignInPurpose
    package let startedAt: Date
    /// `nil` while under way, or where the process died.
    package var outcome: String?

    package init(
        organization: String, username: String, purpose: SignInPurpose, startedAt: Date, outcome: String? = nil
    ) {
        self.organization = organization
        self.username = username
        self.purpose = purpose
        self.startedAt = startedAt
        self.outcome = outcome
    }
}

/// What a sign-in is spent on.
public enum SignInPurpose: String, Codable, Sendable, CaseIterable {
    case use, diagnosis
}

/// Keeps every sign-in: written before it is sent, its outcome after.
///
/// What must hold for every implementation: `begin` is durable when it returns and is seen by every process on the
/// store; entries are never changed but for their outcome, which is set once.
package protocol SignInLedger: Sendable {
    /// - Returns: The entry's number.
    func begin(_ entry: SignInEntry) async throws -> Int64
    func finish(_ number: Int64, outcome: String) async throws
    /// Entries that began at or after the date, oldest first.
    func entries(since date: Date) async throws -> [SignInEntry]
}
