package import Foundation

/// The pulls of a connection that aprity makes by itself, for people and JSON. The names of properties and cases are JSON
/// names (`PullStatus` in `openapi.yaml`) and must not change.
package struct PullStatusView: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
        /// No pull is scheduled.
        case off
        /// The next pull is due at ``PullStatusView/nextAt``.
        case scheduled
        /// A pull waits for others to end.
        case waiting
        case running
    }

    /// How far a running pull is.
    package struct Progress: Codable, Sendable, Equatable {
        /// How many entries of `package.xml` were delivered, of those that the pull needs.
        package let entries: Int
        package let of: Int
        package let bytes: Int
    }

    /// Why scheduled pulls pause.
    package enum Pause: String, Codable, Sendable {
        case blocked
        case consumerKeyMissing
        /// aprity has never signed in, so it does not know the org. A connection test is enough.
        case notSignedIn

        init?(_ connection: ConnectionRecord, _ app: AppRecord) {
            if app.isBlocked {
                self = .blocked
            } else if app.consumerKey == nil {
                self = .consumerKeyMissing
            } else if connection.pinnedOrganizationID == nil {
                self = .notSignedIn
            } else {
                return nil
            }
        }
    }

    package let connection: String
    package let state: State
    /// `null` if pulls do not pause, or if none is scheduled.
    @ExplicitNull package var pausedBecause: Pause?
    /// How often it is pulled; `null` if no pull is scheduled.
    @ExplicitNull package var everySeconds: Int?
    /// The path of the folder on the server.
    package let folder: String
    /// When the latest pull began; `null` if there was none.
    @ExplicitNull package var startedAt: Date?
    /// When it ended; `null` if it runs, or was interrupted.
    @ExplicitNull package var endedAt: Date?
    /// `null` if none is scheduled, if pulls pause, or if there was none yet. A time in the past means as soon as possible.
    @ExplicitNull package var nextAt: Date?
    /// `null` if no pull runs in this process, or it has not retrieved anything yet.
    @ExplicitNull package var progress: Progress?
    /// Why the latest pull failed; `null` if it did not.
    @ExplicitNull package var problem: ProblemView?
    /// What the latest pull that did not fail has found; `null` if there was none.
    @ExplicitNull package var result: PullResult?

    package var every: PullInterval? { everySeconds.map(PullInterval.init(unchecked:)) }

    init(
        _ found: FoundConnection, _ state: State, folder: String, _ last: LastPull?, _ progress: Progress?
    ) {
        let record = found.connection.value
        let interval = record.pullInterval
        connection = record.alias.description
        self.state = state
        pausedBecause = interval.flatMap { _ in Pause(record, found.app.value) }
        everySeconds = interval?.seconds
        self.folder = folder
        startedAt = last?.startedAt
        endedAt = last?.endedAt
        nextAt = pausedBecause == nil ? interval.flatMap { last?.next(every: $0) } : nil
        self.progress = progress
        problem = last?.problem
        result = last?.result
    }
}
