package import Foundation

/// The sign-ins of a connection's user within the last hour, and their limits.
package struct BudgetView: Codable, Sendable {
    /// Sign-ins of one purpose.
    package struct Share: Codable, Sendable {
        package let purpose: SignInPurpose
        /// Within the last hour.
        package let used: Int
        /// How many may be made within an hour.
        package let limit: Int
    }

    /// The sign-ins that the org counted but aprity did not make.
    package struct Others: Codable, Sendable, Equatable {
        /// Sign-ins of others as this user, beyond ours.
        package let signIns: Int
        /// When Login History was read.
        package let measuredAt: Date
    }

    /// The connection's name.
    let connection: String
    /// The org's id, or the login host before the id is known. Together with the username, it identifies the count.
    package let organization: String
    /// The user whose sign-ins are counted, for all connections together.
    package let username: String
    /// The most sign-ins as this user within an hour, ours and those of others.
    package let perHour: Int
    /// Of those, left to others who sign in as this user.
    package let reserve: Int
    /// One for each purpose.
    package let shares: [Share]
    /// From the org's Login History; `null` if it could not be read or was not read recently.
    @ExplicitNull package var others: Others?
    /// How sign-ins leave: `direct`, or the proxy's host and port.
    package let egress: String
    /// The ordinary sign-ins through this egress that the org refused within the last ten minutes.
    package let refusedLately: Int
    /// The ordinary sign-ins through this egress that the org granted or refused within the last ten minutes.
    package let endedLately: Int
    /// When the next ordinary sign-in may be made; `null` for now.
    @ExplicitNull var nextAt: Date?
    /// Why no sign-in may be made now; `null` if one may.
    @ExplicitNull package var because: String?
}
