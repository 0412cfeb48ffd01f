package import Foundation

/// The sign-ins of a connection's user within the last hour, and their limits. The property names are the JSON keys of
/// `aprity budget` and of the API; they must not change.
package struct BudgetView: Codable, Sendable {
    /// Sign-ins of one purpose.
    package struct Share: Codable, Sendable {
        package let purpose: SignInPurpose
        /// How many aprity began within the last hour.
        package let used: Int
        /// How many aprity may make within an hour. For ordinary use, what others made beyond ``BudgetView/reserve`` is
        /// already deducted.
        package let limit: Int
    }

    /// The sign-ins that the org counted but aprity did not make.
    package struct Others: Codable, Sendable, Equatable {
        /// How many there were within the hour before ``measuredAt``.
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
    /// The maximum number of sign-ins as this user within an hour, by aprity and by others.
    package let perHour: Int
    /// The part of ``perHour`` that is left to others.
    package let reserve: Int
    /// One for each purpose, always in the same order.
    package let shares: [Share]
    /// From the org's Login History; `null` if it was not read within the last 15 minutes.
    @ExplicitNull package var others: Others?
    /// How sign-ins leave: `direct`, or the proxy's host and port.
    package let egress: String
    /// How many ordinary sign-ins through this egress were refused within the last ten minutes, for all users and apps.
    package let refusedLately: Int
    /// How many ordinary sign-ins through this egress were granted or refused within the last ten minutes, for all
    /// users and apps.
    package let endedLately: Int
    /// When the next ordinary sign-in may be made; `null` if one may be made now.
    @ExplicitNull var nextAt: Date?
    /// A sentence that says why no ordinary sign-in may be made now; `null` if one may be made.
    @ExplicitNull package var because: String?
}
