/// One retrieve, from the call that starts the job to the archive: what to do next, and what came of it.
///
/// The org deletes an archive when it has delivered it, so the call that asks for it can succeed only once. Therefore
/// ``Event/deliveryBegan`` is recorded before that call leaves, and when the connection is lost after that the job is
/// started anew instead of asked again. Losing a poll costs nothing: it is sent again.
///
/// A value without clock and I/O. Waiting is the caller's; the time spent is the sum of the waits that were asked for.
public struct Retrieval: Codable, Equatable, Sendable {
    public enum State: Codable, Equatable, Sendable {
        /// The org knows of no job, or of one whose id was lost on the way, which ends by itself.
        case requested
        /// The org works on the job. So many polls have been answered or lost.
        case waiting(RetrieveID, polls: Int)
        /// The archive lies in the org, and nobody has asked for it.
        case ready(RetrieveID)
        /// In doubt: the call for the archive has left, or was about to. The org may have deleted the archive.
        case delivering(RetrieveID)
        /// The archive is here, whole; the org has none.
        case delivered(RetrieveID)
        /// Nothing more will be tried.
        case failed(Failure)
    }

    public enum Step: Equatable, Sendable {
        /// Send `retrieve`. Record ``Event/accepted(_:)``, ``Event/connectionLost``, or a refusal.
        case sendRetrieve
        /// Wait so many seconds, then send `checkRetrieveStatus` without the archive.
        case poll(RetrieveID, afterSeconds: Int)
        /// Record ``Event/deliveryBegan``, then send `checkRetrieveStatus` with the archive.
        case fetchArchive(RetrieveID)
        /// The call for the archive is under way. If it is not, because this state was read back after a crash, record
        /// ``Event/connectionLost``.
        case awaitArchive(RetrieveID)
        case finished
        case failed(Failure)
    }

    public enum Event: Codable, Equatable, Sendable {
        /// The org has taken the job on.
        case accepted(RetrieveID)
        /// The org still works on it.
        case stillRunning
        case succeeded
        /// The job ended without an archive, for the org's reason.
        case jobFailed(code: String, message: String)
        /// The call that delivers the archive is about to leave.
        case deliveryBegan
        /// The whole reply was read, and the archive with it.
        case archiveDelivered
        /// The org answered the call for the archive without one: it was deleted before.
        case archiveMissing
        /// The org answered with a fault.
        case refused(code: String, message: String)
        /// A reply was not one that can be read; or an archive was not one.
        case replyUnreadable(reason: String)
        /// No reply, or the beginning of one.
        case connectionLost
    }

    public enum Failure: Codable, Equatable, Sendable {
        case refused(code: String, message: String)
        case jobFailed(code: String, message: String)
        case replyUnreadable(reason: String)
        case tookTooLong(seconds: Int)
        /// The connection was lost too often where only a new job helps.
        case connectionLost

        /// The org gave too many files or bytes as its reason; a smaller part may succeed.
        public var isLimitExceeded: Bool {
            switch self {
            case .jobFailed(let code, _), .refused(let code, _): code == "LIMIT_EXCEEDED"
            case .replyUnreadable, .tookTooLong, .connectionLost: false
            }
        }
    }

    /// The event cannot happen in this state. The retrieval is unchanged.
    public struct Refusal: Error, Equatable, CustomStringConvertible {
        public let state: State
        public let event: Event
        public var description: String { "The event \(event) does not fit the state \(state)." }
    }

    /// Seconds of waiting in one job, 30 minutes.
    public static let patience = 1_800
    /// How often a job is started anew.
    public static let restartLimit = 2

    public private(set) var state = State.requested
    public private(set) var restarts = 0

    public init() {}

    /// Seconds to wait before a poll: 1, 2, 4, 8, 15, then 30 each.
    static func wait(before poll: Int) -> Int { poll < 4 ? 1 << poll : poll == 4 ? 15 : 30 }

    /// Seconds waited before so many polls.
    static func waited(for polls: Int) -> Int { (0..<polls).reduce(0) { $0 + wait(before: $1) } }

    /// What the state asks for. Asking changes nothing, so it may be asked again after a crash.
    public var step: Step {
        switch state {
        case .requested: .sendRetrieve
        case .waiting(let id, let polls): .poll(id, afterSeconds: Retrieval.wait(before: polls))
        case .ready(let id): .fetchArchive(id)
        case .delivering(let id): .awaitArchive(id)
        case .delivered: .finished
        case .failed(let failure): .failed(failure)
        }
    }

    /// Records what happened.
    ///
    /// - Throws: ``Refusal`` naming state and event; nothing has changed then.
    public mutating func apply(_ event: Event) throws(Refusal) {
        switch (state, event) {
        case (.requested, .accepted(let id)): state = .waiting(id, polls: 0)
        case (.requested, .connectionLost), (.delivering, .connectionLost), (.delivering, .archiveMissing): restart()
        case (.waiting(let id, let polls), .stillRunning), (.waiting(let id, let polls), .connectionLost):
            poll(id, polls: polls + 1)
        case (.waiting(let id, _), .succeeded): state = .ready(id)
        case (.ready(let id), .deliveryBegan): state = .delivering(id)
        case (.delivering(let id), .archiveDelivered): state = .delivered(id)
        case (.waiting, .jobFailed(let code, let message)), (.delivering, .jobFailed(let code, let message)):
            state = .failed(.jobFailed(code: code, message: message))
        case (.requested, .refused(let code, let message)), (.waiting, .refused(let code, let message)),
            (.delivering, .refused(let code, let message)):
            state = .failed(.refused(code: code, message: message))
        case (.requested, .replyUnreadable(let reason)), (.waiting, .replyUnreadable(let reason)),
            (.delivering, .replyUnreadable(let reason)):
            state = .failed(.replyUnreadable(reason: reason))
        case (.requested, _), (.waiting, _), (.ready, _), (.delivering, _), (.delivered, _), (.failed, _):
            throw Refusal(state: state, event: event)
        }
    }

    private mutating func poll(_ id: RetrieveID, polls: Int) {
        let seconds = Retrieval.waited(for: polls)
        let isPatient = seconds + Retrieval.wait(before: polls) <= Retrieval.patience
        state = isPatient ? .waiting(id, polls: polls) : .failed(.tookTooLong(seconds: seconds))
    }

    private mutating func restart() {
        guard restarts < Retrieval.restartLimit else {
            state = .failed(.connectionLost)
            return
        }
        restarts += 1
        state = .requested
    }
}

extension Retrieval.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let code, let message): "The org refused the retrieve (\(code)): \(message)"
        case .jobFailed(let code, let message): "The org could not carry the retrieve out (\(code)): \(message)"
        case .replyUnreadable(let reason): "The org's reply cannot be used. \(reason)"
        case .tookTooLong(let seconds): "The org had not finished the retrieve after \(seconds) seconds."
        case .connectionLost: "The connection was lost again and again while the archive was on its way."
        }
    }
}

extension Retrieval.Event {
    /// What a reply to `checkRetrieveStatus` means.
    ///
    /// - Parameter askedForArchive: The call was the one that delivers the archive.
    public init(_ result: RetrieveResult, askedForArchive: Bool) {
        switch result.status {
        case .pending, .inProgress:
            self = askedForArchive ? .archiveMissing : .stillRunning
        case .succeeded:
            guard result.isDone else {
                self = askedForArchive ? .archiveMissing : .stillRunning
                return
            }
            guard result.isSuccess != false else {
                self = .jobFailed(result)
                return
            }
            guard askedForArchive else {
                self = .succeeded
                return
            }
            self = result.archiveByteCount == nil ? .archiveMissing : .archiveDelivered
        case .failed: self = .jobFailed(result)
        }
    }

    private static func jobFailed(_ result: RetrieveResult) -> Retrieval.Event {
        .jobFailed(code: result.errorStatusCode ?? "UNKNOWN", message: result.errorMessage ?? "")
    }

    /// What a fault means to a retrieve. A refused token is replaced by whoever makes the call, and never gets here.
    public init(_ fault: SOAPFault) { self = .refused(code: fault.code, message: fault.string) }
}
