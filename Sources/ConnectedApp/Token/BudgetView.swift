public import Foundation

/// How many sign-ins of a connection's user were made within the last hour, and how many may be.
public struct BudgetView: Codable, Sendable {
    /// Sign-ins of one purpose.
    public struct Share: Codable, Sendable {
        public let purpose: SignInPurpose
        /// Within the last hour.
        public let used: Int
        /// How many may be made within an hour.
        public let limit: Int
    }

    /// What the org itself counted that is not ours.
    public struct Others: Codable, Sendable, Equatable {
        /// Sign-ins of others as this user, beyond ours.
        public let signIns: Int
        /// When Login History was read.
        public let measuredAt: Date
    }

    /// The connection's name.
    public let connection: String
    /// The org's id, or the login host before it is known: what the count is kept by, together with the username.
    public let organization: String
    /// The user whose sign-ins are counted, for all connections together.
    public let username: String
    /// The most sign-ins as this user within an hour, ours and those of others.
    public let perHour: Int
    /// Of those, left to others who sign in as this user.
    public let reserve: Int
    /// One for each purpose.
    public let shares: [Share]
    /// From the org's Login History; `null` if it could not be read, or was not read lately.
    @ExplicitNull public var others: Others?
    /// Which way sign-ins leave: `direct`, or a proxy.
    public let egress: String
    /// Ordinary sign-ins through the egress that were refused within the last ten minutes.
    public let refusedLately: Int
    /// Ordinary sign-ins through the egress that were answered within the last ten minutes.
    public let endedLately: Int
    /// When the next ordinary sign-in may be made; `null`: now.
    @ExplicitNull public var nextAt: Date?
    /// Why not now; `null` if now.
    @ExplicitNull public var because: String?
}
