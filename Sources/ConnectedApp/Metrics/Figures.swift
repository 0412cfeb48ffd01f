package import Foundation
internal import JWTBearer

/// The figures for monitoring, at one moment. They identify a connection by its alias only: they contain no user, host,
/// Consumer Key or address for notices.
package struct Figures: Sendable, Equatable {
    package struct Connection: Sendable, Equatable {
        package let alias: String
        /// When the certificate in use expires.
        package let notAfter: Date
        /// When the next certificate of a rotation expires; `nil` if there is none.
        package let nextNotAfter: Date?
        package let rotationDueAt: Date
        package let rotation: RotationStateName
        package let isBlocked: Bool
        /// The number of sign-ins of this connection within the last hour, by outcome. `nil`: in progress, or the
        /// process crashed.
        package let signIns: [SignInOutcome.Kind?: Int]
        /// The number of notices about its app, by state.
        package let notices: [NoticeState: Int]
    }

    /// The configured channels of one kind.
    package struct Channels: Sendable, Equatable {
        package let kind: NoticeChannelKind
        package let all: Int
        package let failing: Int
    }

    /// Sorted by alias.
    package let connections: [Connection]
    /// The number of connections whose records were altered or are damaged.
    package let unreadable: Int
    package let channels: [Channels]
}
