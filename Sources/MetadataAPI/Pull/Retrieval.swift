/// The state machine of one retrieve, from the call that starts the job to the archive.
///
/// The org deletes an archive after delivering it, so the call for it can succeed only once. Therefore
/// ``Event/deliveryBegan`` is recorded before that call is sent. If the connection is lost afterwards, the job is
/// restarted instead of polled. A lost poll is simply sent again.
///
/// This is a value without clock and I/O. The caller waits; the elapsed time counted here is the sum of the requested
/// waits.
public struct Retrieval: Codable, Equatable, Sendable {
    /// The state of a retrieve.
    enum State: Codable, Equatable, Sendable {
        /// No job is known. The org may still run an earlier one whose id or archive was lost; nobody collects it.
        case requested
        /// The org works on the job. `polls` counts the polls that were answered or lost.
        case waiting(RetrieveID, polls: Int)
        /// The archive is complete in the org and was not requested yet.
        case ready(RetrieveID)
        /// The call for the archive was sent, or is about to be sent. The org may have deleted the archive.
        case delivering(RetrieveID)
        /// The archive was received completely. The org has deleted it.
        case delivered(RetrieveID)
        /// The retrieve has failed and is not retried.
        case failed(Failure)
    }

    /// What the caller has to do next.
    public enum Step: Equatable, Sendable {
        /// Send `retrieve`. Record ``Event/accepted(_:)``, or the event for the fault, the unreadable reply or the lost
        /// connection.
        case sendRetrieve
        /// Wait `afterSeconds`, then send `checkRetrieveStatus` without the archive. Record the event for the reply.
        case poll(RetrieveID, afterSeconds: Int)
        /// Record ``Event/deliveryBegan``, then send `checkRetrieveStatus` with the archive. Record the event for the
        /// reply.
        case fetchArchive(RetrieveID)
        /// Wait for the reply to the call for the archive. If this state was restored after a crash, record
        /// ``Event/connectionLost``.
        case awaitArchive(RetrieveID)
        /// The archive was received. Nothing is left to do.
        case finished
        /// The retrieve has failed. Nothing is left to do.
        case failed(Failure)
    }

    /// What happened to a call or a job.
    public enum Event: Codable, Equatable, Sendable {
        /// The org has accepted the job.
        case accepted(RetrieveID)
        /// A poll was answered, and the org still works on the job.
        case stillRunning
        /// A poll was answered, and the archive is complete.
        case succeeded
        /// The job ended without an archive. `code` is the org's code, `UNKNOWN` if it sent none.
        case jobFailed(code: String, message: String)
        /// The call for the archive is about to be sent.
        case deliveryBegan
        /// The whole reply was read, including the archive.
        case archiveDelivered
        /// The reply to the call for the archive had no archive, or a poll was answered so, usually because the org has
        /// already deleted it.
        case archiveMissing
        /// The org answered with a fault.
        case refused(code: String, message: String)
        /// A reply or an archive could not be read.
        case replyUnreadable(reason: String)
        /// There was no reply, or only a part of it.
        case connectionLost
    }

    /// Why a retrieve failed.
    public enum Failure: Codable, Equatable, Sendable {
        case refused(code: String, message: String)
        case jobFailed(code: String, message: String)
        case replyUnreadable(reason: String)
        /// The job was not done after waits of this many seconds in total.
        case tookTooLong(seconds: Int)
        /// Too many jobs were lost: the connection was lost while a job was started or its archive was delivered, or
        /// the reply had no archive.
        case connectionLost

        /// Whether the org's reason was too many files or bytes. A smaller part may succeed.
        public var isLimitExceeded: Bool {
            switch self {
            case .jobFailed(let code, _), .refused(let code, _): code == RetrieveResult.limitExceeded
            case .replyUnreadable, .tookTooLong, .connectionLost: false
            }
        }
    }

    /// An event that is not possible in the current state. The retrieval is unchanged.
    public struct ImpossibleEvent: Error, Equatable, CustomStringConvertible {
        let state: State
        let event: Event
        public var description: String { "The event \(event) is not possible in the state \(state)." }
    }

    /// The longest total wait for one job in seconds, 30 minutes.
    static let waitLimit = 1_800
    /// How often a job is restarted before the retrieve fails.
    static let restartLimit = 2

    private(set) var state = State.requested
    private(set) var restarts = 0

    public init() {}

    /// The retrieval of a job that the org has accepted before.
    public init(of job: RetrieveID) { state = .waiting(job, polls: 0) }

    /// Returns the seconds to wait before a poll, which is counted from 0: 1, 2, 4, 8, 15, then 30 each.
    static func wait(before poll: Int) -> Int { poll < 4 ? 1 << poll : poll == 4 ? 15 : 30 }

    /// Returns the total seconds waited for a number of polls.
    static func waited(for polls: Int) -> Int { (0..<polls).reduce(0) { $0 + wait(before: $1) } }

    /// The next step in the current state. Reading it changes nothing.
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
    /// - Throws: ``ImpossibleEvent`` if the event is not possible in the current state. The state is then unchanged.
    public mutating func apply(_ event: Event) throws(ImpossibleEvent) {
        switch (state, event) {
        case (.requested, .accepted(let id)): state = .waiting(id, polls: 0)
        case (.requested, .connectionLost), (.delivering, .connectionLost), (.delivering, .archiveMissing),
            (.waiting, .archiveMissing):
            restart()
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
            throw ImpossibleEvent(state: state, event: event)
        }
    }

    /// Waits for another poll, or fails if that would exceed ``waitLimit``.
    private mutating func poll(_ id: RetrieveID, polls: Int) {
        let seconds = Retrieval.waited(for: polls)
        let isPatient = seconds + Retrieval.wait(before: polls) <= Retrieval.waitLimit
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
        case .jobFailed(let code, let message): "The retrieve failed in the org (\(code)): \(message)"
        case .replyUnreadable(let reason): "The org's reply cannot be used. \(reason)"
        case .tookTooLong(let seconds): "The org had not finished the retrieve after \(seconds) seconds."
        case .connectionLost:
            """
            The retrieve was attempted \(Retrieval.restartLimit + 1) times. Each time, the connection was lost, or the \
            reply had no archive.
            """
        }
    }
}

extension Retrieval.Event {
    /// The event for a reply to `checkRetrieveStatus`.
    ///
    /// - Parameter askedForArchive: Whether the call asked for the archive.
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

    /// The event for a fault. Do not use it for a fault about the access token; the sender of the call must replace the
    /// token and send the call again.
    public init(_ fault: SOAPFault) { self = .refused(code: fault.code, message: fault.string) }
}
