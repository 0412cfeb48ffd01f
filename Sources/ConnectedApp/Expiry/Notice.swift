package import Foundation

/// How a notice is sent. The raw value is its name in records and views.
package enum NoticeChannelKind: String, Codable, Sendable, CaseIterable {
    case mail, webhook
}

/// The state of a notice to one address. The raw value is its name in records and views.
package enum NoticeState: String, Codable, Sendable, CaseIterable {
    /// A process has claimed it and is sending it.
    case sending
    case sent
    /// An attempt failed, and another one follows.
    case waiting
    /// Never sent, and no longer due because of a later notice, a new certificate or a rotation. If it becomes due
    /// again, it is tried again. A failed test notice is also in this state, and is not tried again.
    case givenUp
}

/// The receiver of a notice, and how the notice is sent.
package struct NoticeAddress: Codable, Hashable, Sendable, CustomStringConvertible {
    let kind: NoticeChannelKind
    /// A mail address, or a webhook's host: never a path, which may be a secret.
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
    /// Makes one attempt, within about a minute. Returns when the receiver has accepted the notice.
    func send(_ notice: Notice, at now: Date) async throws(NoticeFailure)
}

/// One notice to one address, as it is stored: what was sent, to whom, with what result.
package struct Notice: Codable, Equatable, Sendable {
    /// Sent to the receiver with each attempt, so that it can recognize a repetition.
    package let id: String
    let address: NoticeAddress
    package let content: NoticeContent
    let createdAt: Date
    package private(set) var state: NoticeState
    package private(set) var attempts: Int
    package private(set) var lastAttempt: Date
    package private(set) var nextAttempt: Date?
    /// Why the last attempt failed.
    package private(set) var cause: Cause?
    /// The receiver's reply to the last attempt, shortened.
    package private(set) var reply: String?

    /// Creates a notice whose first attempt starts now.
    init(id: String, to address: NoticeAddress, _ content: NoticeContent, at now: Date) {
        self.id = id
        self.address = address
        self.content = content
        createdAt = now
        state = .sending
        attempts = 1
        lastAttempt = now
    }

    func isFor(_ content: NoticeContent, _ address: NoticeAddress) -> Bool {
        self.address == address && self.content.key == content.key
    }

    /// Returns whether an attempt may begin now.
    ///
    /// - Precondition: The notice's content is due.
    func mayBeTried(at now: Date) -> Bool {
        switch state {
        case .sent: false
        case .givenUp: true
        case .waiting: (nextAttempt ?? now) <= now
        // Whether it was sent is not known. A notice that arrives twice is better than one that never arrives.
        case .sending: abs(now.timeIntervalSince(lastAttempt)) > NoticeDelivery.claimTimeout
        }
    }

    /// Returns when the notice will be tried; `nil` if it was sent or is being sent.
    func nextTry(at now: Date) -> Date? {
        switch state {
        case .sending, .sent: nil
        case .waiting: nextAttempt ?? now
        case .givenUp: now
        }
    }

    /// Records that another attempt starts now.
    mutating func beginAttempt(at now: Date) {
        state = .sending
        attempts += 1
        lastAttempt = now
        nextAttempt = nil
    }

    /// Records the result of an attempt. A notice that was sent stays sent.
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

    mutating func giveUp() {
        state = .givenUp
        nextAttempt = nil
    }
}
