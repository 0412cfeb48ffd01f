package import Foundation

/// How a notice is sent. The raw value is its name in records and JSON, and must not change.
package enum NoticeChannelKind: String, Codable, Sendable, CaseIterable {
    case mail, webhook
}

/// The state of a notice to one address. The raw value is its name in records and JSON, and must not change.
package enum NoticeState: String, Codable, Sendable, CaseIterable {
    /// A process has claimed it and is sending it, or died while it did.
    case sending
    case sent
    /// The last attempt failed. It is tried again as long as it is due.
    case waiting
    /// Every attempt failed, and the notice is no longer due because of a later notice, a new certificate or a
    /// rotation. If it becomes due again, it is tried again. A failed test notice is also in this state, and is not
    /// tried again.
    case givenUp

    /// Whether another attempt may follow.
    var isOpen: Bool {
        switch self {
        case .sending, .waiting: true
        case .sent, .givenUp: false
        }
    }
}

/// The receiver of a notice, and how the notice is sent. Stored in ``Notice``; the names of properties must not change.
package struct NoticeAddress: Codable, Hashable, Sendable, CustomStringConvertible {
    let kind: NoticeChannelKind
    /// A mail address, or a webhook's host with its port: never a path, which may be a secret.
    let destination: String

    package init(_ kind: NoticeChannelKind, _ destination: String) {
        self.kind = kind
        self.destination = destination
    }

    package var description: String { "\(kind.rawValue) to \(destination)" }
}

/// Sends notices to one address.
package protocol NoticeChannel: Sendable {
    var address: NoticeAddress { get }
    /// Makes one attempt. Returns when the receiver has accepted the notice.
    ///
    /// An attempt must end well before ``NoticeDelivery/claimTimeout``, because another process then sends the notice
    /// too. The channels of aprity end after a minute at the latest.
    ///
    /// - Throws: ``NoticeFailure`` if the receiver did not accept the notice, or if that is not known.
    func send(_ notice: Notice, at now: Date) async throws(NoticeFailure)
}

/// One notice to one address: what was sent, to whom, with what result.
///
/// Stored in ``OutboxRecord``; the names of properties must not change.
package struct Notice: Codable, Equatable, Sendable {
    /// 32 hexadecimal digits. Sent to the receiver with each attempt, so that it can recognize a repetition.
    package let id: String
    let address: NoticeAddress
    package let content: NoticeContent
    /// When the first attempt began.
    let createdAt: Date
    package private(set) var state: NoticeState
    /// The number of attempts, including one that is under way.
    package private(set) var attempts: Int
    /// When the last attempt began.
    package private(set) var lastAttempt: Date
    /// The earliest time of the next attempt; `nil` unless the notice is waiting.
    package private(set) var nextAttempt: Date?
    /// Why the last finished attempt failed; `nil` if it did not.
    package private(set) var cause: Cause?
    /// The receiver's reply to the last finished attempt, if that attempt failed: without secrets, at most 200
    /// characters.
    package private(set) var reply: String?

    /// Creates a notice in the state ``NoticeState/sending``: its first attempt begins now.
    init(id: String, to address: NoticeAddress, _ content: NoticeContent, at now: Date) {
        self.id = id
        self.address = address
        self.content = content
        createdAt = now
        state = .sending
        attempts = 1
        lastAttempt = now
    }

    /// Returns whether this is the notice with this content to this address. Texts may differ; see
    /// ``NoticeContent/Key``.
    func isFor(_ content: NoticeContent, _ address: NoticeAddress) -> Bool {
        self.address == address && self.content.key == content.key
    }

    /// Returns whether an attempt may begin now. Ask only about a notice that is still due.
    func mayBeTried(at now: Date) -> Bool {
        switch state {
        case .sent: false
        case .givenUp: true
        case .waiting: (nextAttempt ?? now) <= now
        // After this time, the process that claimed the notice has died. It may have sent the notice, but two are better
        // than none. A claim far in the future means that the clock was set back.
        case .sending: abs(now.timeIntervalSince(lastAttempt)) > NoticeDelivery.claimTimeout
        }
    }

    /// Returns the earliest time of the next attempt, if the notice is still due then; `nil` if it was sent or is being
    /// sent.
    ///
    /// If a process dies while it sends a notice, the notice stays in ``NoticeState/sending``. This returns `nil` also
    /// for such a notice, although it is tried again after ``NoticeDelivery/claimTimeout``.
    func nextTry(at now: Date) -> Date? {
        switch state {
        case .sending, .sent: nil
        case .waiting: nextAttempt ?? now
        case .givenUp: now
        }
    }

    /// Records that another attempt begins now.
    mutating func beginAttempt(at now: Date) {
        state = .sending
        attempts += 1
        lastAttempt = now
        nextAttempt = nil
    }

    /// Records the result of an attempt.
    ///
    /// A notice that was sent stays sent. If a failed attempt took so long that the notice was given up meanwhile, it
    /// stays given up.
    ///
    /// - Parameter failure: `nil` if the receiver accepted the notice.
    mutating func endAttempt(_ failure: NoticeFailure?, at now: Date) {
        guard state != .sent else { return }
        cause = failure?.cause
        reply = failure?.reply
        guard let failure else {
            state = .sent
            return
        }
        guard state == .sending else { return }
        state = .waiting
        let pause = NoticeDelivery.pause(afterAttempt: attempts, isPermanent: failure.isPermanent)
        nextAttempt = now.addingTimeInterval(pause)
    }

    /// Records that the notice is no longer tried.
    mutating func giveUp() {
        state = .givenUp
        nextAttempt = nil
    }
}
