package import Foundation

/// The latest pull of a connection that aprity made by itself, and what came of it. Stored; the property names must not
/// change. ``PullOutcome`` reads a part of it.
struct LastPull: DispensableRecord, Equatable {
    static let kind = RecordKind.lastPull

    let alias: String
    let startedAt: Date
    /// `nil` while it runs, and if it was interrupted.
    private(set) var endedAt: Date?
    /// Why it failed; `nil` if it did not.
    private(set) var problem: ProblemView?
    /// What the latest pull that did not fail has found; `nil` if there is none.
    private(set) var result: PullResult?

    var recordID: String { alias }

    /// - Parameter former: The pull before this one.
    init(of alias: String, startedAt: Date, after former: LastPull?) {
        self.alias = alias
        self.startedAt = startedAt
        result = former?.result
    }

    mutating func end(_ result: PullResult, at time: Date) {
        endedAt = time
        self.result = result
    }

    mutating func fail(_ error: ConnectedAppError, at time: Date) {
        endedAt = time
        // The usual remedy names options of a pull that somebody starts.
        problem =
            error.cause == .outputExists
            ? ProblemView(error, remedy: "Move the folder away on the server. The next pull creates it again.")
            : ProblemView(error)
    }

    /// The longest time after which a pull that failed is tried again, in seconds.
    private static let longestPause: TimeInterval = 3_600
    /// The time after which a pull that was interrupted goes on, in seconds. If pulls end the process, it does not end all the
    /// time.
    private static let pauseAfterInterruption: TimeInterval = 300

    /// When the next one is due.
    func next(every interval: PullInterval) -> Date {
        let regular = TimeInterval(interval.seconds)
        let pause =
            if endedAt == nil { Self.pauseAfterInterruption } else if problem != nil {
                min(regular, Self.longestPause)
            } else {
                regular
            }
        return startedAt.addingTimeInterval(pause)
    }
}

/// What a pull that aprity made by itself has found. Stored, and part of JSON; the property names must not change.
package struct PullResult: Codable, Sendable, Equatable {
    package struct Change: Codable, Sendable, Equatable {
        package enum Kind: String, Codable, Sendable {
            case added, changed, removed
        }

        package let kind: Kind
        package let change: PullView.Change
    }

    /// How many rows of a kind are kept here. The record of the pull has all.
    static let most = 20

    package let startedAt: Date
    /// The start of the pull that the changes are compared with, in RFC 3339; `null` if there was none.
    @ExplicitNull package var since: String?
    package let apiVersion: String
    package let files: Int
    package let listed: Int
    package let delivered: Int
    package let leftOut: Int
    /// How many of these the pull before did not leave out for the same reason.
    package let newlyLeftOut: Int
    package let added: Int
    package let changed: Int
    package let removed: Int
    package let apiCalls: Int
    package let elapsedSeconds: Double
    /// The first new paths of files that were changed in the folder, and whose paths have the org's files now; and the path of a
    /// folder that was moved aside because its record could not be read.
    package let keptAside: [String]
    /// The first rows of what was left out.
    package let firstLeftOut: [PullView.LeftOut]
    /// The first changes.
    package let firstChanges: [Change]

    init(_ view: PullView, startedAt: Date, keptAside former: [String] = []) {
        self.startedAt = startedAt
        since = view.since
        apiVersion = view.apiVersion
        files = view.files
        listed = view.listed
        delivered = view.delivered
        leftOut = view.leftOut.count
        newlyLeftOut = view.newlyLeftOut
        added = view.added.count
        changed = view.changed.count
        removed = view.removed.count
        apiCalls = view.apiCalls
        elapsedSeconds = view.elapsedSeconds
        keptAside = Array((former + view.keptAside).prefix(Self.most))
        firstLeftOut = Array(view.leftOut.prefix(Self.most))
        let changes =
            view.added.map { Change(kind: .added, change: $0) }
            + view.changed.map { Change(kind: .changed, change: $0) }
            + view.removed.map { Change(kind: .removed, change: $0) }
        firstChanges = Array(changes.prefix(Self.most))
    }
}
