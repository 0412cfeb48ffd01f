package import Foundation
internal import JWTBearer

/// The figures behind `/metrics`, at one moment. They identify a connection only by its alias: they contain no user, host,
/// Consumer Key or address for notices.
package struct Figures: Sendable, Equatable {
    /// The figures of one connection.
    package struct Connection: Sendable, Equatable {
        package let alias: String
        /// When the certificate in use expires.
        package let notAfter: Date
        /// When the next certificate of a rotation expires; `nil` if there is none.
        package let nextNotAfter: Date?
        /// When the certificate in use should be replaced.
        package let rotationDueAt: Date
        /// The state of the app's rotation.
        package let rotation: RotationStateName
        /// Whether the app is blocked in aprity.
        package let isBlocked: Bool
        /// `nil` if no pull is scheduled.
        package let pull: Pull?
        /// The clients whose handles are valid.
        package let clients: Int
        /// `nil` if the gateway was not tested for this connection yet.
        package let probe: GatewayProbe?
        /// The number of sign-ins of this connection within the last hour, by outcome. The key `nil` is for sign-ins in
        /// progress and for those whose process crashed. Outcomes with no sign-in are missing.
        package let signIns: [SignInOutcome.Kind?: Int]
        /// The number of notices about the connection's app, by state. States with no notice are missing.
        package let notices: [NoticeState: Int]
    }

    /// What the pulls are like that aprity makes of a connection by itself.
    package struct Pull: Sendable, Equatable {
        /// Whether the latest one failed.
        package let fails: Bool
        /// When the latest one that did not fail began; `nil` if there was none.
        package let succeededAt: Date?
    }

    /// The number of configured channels for notices of one kind.
    package struct Channels: Sendable, Equatable {
        package let kind: NoticeChannelKind
        /// All channels of the kind, failing ones included.
        package let all: Int
        /// The channels whose last finished attempt failed.
        package let failing: Int
    }

    /// Sorted by alias.
    package let connections: [Connection]
    /// The number of connections whose records were altered or are damaged.
    package let unreadable: Int
    /// One element for each kind, in the order of its cases, also for kinds with no channel.
    package let channels: [Channels]
}
