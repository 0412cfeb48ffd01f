public import Foundation

/// How many sign-ins of a connection's user were made within the last hour, and how many may be.
public struct BudgetView: Codable, Sendable {
    public struct Share: Codable, Sendable {
        public let purpose: SignInPurpose
        public let used: Int
        public let limit: Int
    }

    /// What the org itself counted that is not ours.
    public struct Others: Codable, Sendable, Equatable {
        public let signIns: Int
        public let measuredAt: Date
    }

    public let connection: String
    /// The org's id, or the login host before it is known: what the count is kept by, together with the username.
    public let organization: String
    public let username: String
    public let perHour: Int
    public let reserve: Int
    public let shares: [Share]
    /// From the org's Login History; `null` where it was not readable, or not lately read.
    @ExplicitNull public var others: Others?
    /// Which way sign-ins leave, and how many ordinary ones of the last ten minutes the org refused.
    public let egress: String
    public let refusedLately: Int
    public let endedLately: Int
    /// When the next ordinary sign-in may be made; `null`: now.
    @ExplicitNull public var nextAt: Date?
    /// Why not now.
    @ExplicitNull public var because: String?
}
