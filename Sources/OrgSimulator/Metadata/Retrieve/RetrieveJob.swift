import Foundation

/// An asynchronous retrieve: Queued when made, then Pending, InProgress, and Succeeded or Failed.
struct RetrieveJob: Sendable {
    enum Status: String, Sendable {
        case pending = "Pending"
        case inProgress = "InProgress"
        case succeeded = "Succeeded"
        case failed = "Failed"

        var isDone: Bool { self == .succeeded || self == .failed }
    }

    /// 18 characters, `09S` first.
    let id: String
    /// Only this user may ask for the job.
    let userID: String
    let created: Date
    let outcome: RetrieveOutcome
    /// Seconds from `created` to the end.
    let seconds: Double
    /// Status calls until the end; nil when the clock decides.
    let polls: Int?
    /// Status calls so far.
    var pollCount = 0
    /// The archive was given out, and the org has forgotten it.
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
