import Foundation

/// An asynchronous retrieve: Queued when created, then Pending, InProgress, and Succeeded or Failed.
struct RetrieveJob: Sendable {
    /// The raw values are those of `RetrieveStatus` in the Metadata API.
    enum Status: String, Sendable {
        case pending = "Pending"
        case inProgress = "InProgress"
        case succeeded = "Succeeded"
        case failed = "Failed"

        var isDone: Bool { self == .succeeded || self == .failed }
    }

    /// 18 characters, beginning with `09S`.
    let id: String
    /// The user who started the job. Other users cannot read its status.
    let userID: String
    /// Org time.
    let created: Date
    let outcome: RetrieveOutcome
    /// The duration in seconds of org time.
    let seconds: Double
    /// The number of status calls that are answered before the job is done; `nil` if org time determines the end.
    let polls: Int?
    /// The number of status calls so far.
    var pollCount = 0
    /// Whether the archive was sent. The org has then deleted it.
    var isDelivered = false

    /// - Parameter now: Org time.
    func status(at now: Date) -> Status {
        guard isDone(at: now) else { return isHalfway(at: now) ? .inProgress : .pending }
        return if case .succeeded = outcome { .succeeded } else { .failed }
    }

    private func isDone(at now: Date) -> Bool {
        if let polls { return pollCount > polls }
        return now.timeIntervalSince(created) >= seconds
    }

    private func isHalfway(at now: Date) -> Bool {
        if polls != nil { return pollCount > 1 }
        return now.timeIntervalSince(created) * 2 >= seconds
    }
}
