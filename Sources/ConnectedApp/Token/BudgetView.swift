public import Foundation

/// The sign-ins of a connection's user within the last hour, and their limits.
public struct BudgetView: Codable, Sendable {
    /// Sign-ins of one purpose.
    public struct Share: Codable, Sendable {
        public let purpose: SignInPurpose
        /// Within the last hour.
        public let used: Int
        /// How many may be made within an hour.
        public let limit: Int
    }

    /// The sign-ins that the org counted but aprity did not make.
    public struct Others: Codable, Sendable, Equatable {
        /// Sign-ins of others as this user, beyond ours.
        public let signIns: Int
        /// When Login History was read.
        public let measuredAt: Date
    }

    /// The connection's name.
    public let connection: String
    /// The org's id, or the login host before the id is known. Together with the username, it identifies the count.
    public let organization: String
    /// The user whose sign-ins are counted, for all connections together.
    public let username: String
    /// The most sign-ins as this user within an hour, ours and those of others.
    public let perHour: Int
    /// Of those, left to others who sign in as this user.
    public let reserve: Int
    /// One for each purpose.
    public let shares: [Share]
    /// From the org's Login History; `null` if it could not be read or was not read recently.
    @ExplicitNull public var others: Others?
    /// How sign-ins leave: `direct`, or the proxy's host and port.
    public let egress: String
    /// The ordinary sign-ins through this egress that the org refused within the last ten minutes.
    public let refusedLately: Int
    /// The ordinary sign-ins through this egress that the org granted or refused within the last ten minutes.
    public let endedLately: Int
    /// When the next ordinary sign-in may be made; `null` for now.
    @ExplicitNull public var nextAt: Date?
    /// Why no sign-in may be made now; `null` if one may.
    @ExplicitNull public var because: String?
}
