package import Foundation
internal import JWTBearer

/// Figures of one moment, for those who watch over many. Of a connection they hold its name only: no user, no host, no
/// Consumer Key, no address of a notice.
package struct Figures: Sendable, Equatable {
    package struct Connection: Sendable, Equatable {
        package let alias: String
        /// Of the certificate in force.
        package let notAfter: Date
        /// Of the certificate that a rotation is to bring into force; `nil` where none waits for that.
        package let nextNotAfter: Date?
        package let rotationDueAt: Date
        package let rotation: RotationStateName
        package let isBlocked: Bool
        /// Of this connection within the last hour, by their outcome; `nil`: under way, or the process died.
        package let signIns: [SignInOutcome.Kind?: Int]
        /// Of its app's outbox.
        package let notices: [NoticeState: Int]
    }

    package struct Channels: Sendable, Equatable {
        package let kind: NoticeChannelKind
        package let all: Int
        package let failing: Int
    }

    /// Sorted by alias.
    package let connections: [Connection]
    /// Connections whose records were altered or are damaged.
    package let unreadable: Int
    package let channels: [Channels]
}
