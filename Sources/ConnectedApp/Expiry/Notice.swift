package import Foundation

/// How a notice goes out. The raw value is its name in records and views.
public enum NoticeChannelKind: String, Codable, Sendable, CaseIterable {
    case mail, webhook
}

/// What a notice tells. The raw value is its name in records and views.
public enum NoticeKind: String, Codable, Sendable, CaseIterable {
    case certificateExpiry, rotationDue, uploadMissing, test
}

/// How far a notice to one address is. The raw value is its name in records and views.
public enum NoticeState: String, Codable, Sendable, CaseIterable {
    /// A process has said that it sends it now.
    case sending
    case sent
    /// An attempt failed; another will be made.
    case waiting
    /// Never taken, and not due any more: a later notice, a new certificate or a rotation took its place.
    case givenUp
}

/// To whom a notice goes, and how.
package struct NoticeAddress: Codable, Hashable, Sendable, CustomStringConvertible {
    package let kind: NoticeChannelKind
    /// A mail address, or a webhook's host: never a path, which may be a secret.
    package let destination: String

    package init(_ kind: NoticeChannelKind, _ destination: String) {
        self.kind = kind
        self.destination = destination
    }

    package var description: String { "\(kind.rawValue) to \(destination)" }
}

/// What is told, before it is addressed.
package struct NoticeContent: Codable, Equatable, Sendable {
    package let kind: NoticeKind
    /// ASCII, one line.
    package let subject: String
    /// ASCII, lines of at most 300 characters.
    package let text: String
    /// Names of the connections that it is about.
    package let connections: [String]
    /// Lower-case hex, of the certificate that it is about; `nil` for a test.
    package let certificateSHA256: String?
    /// That certificate's end.
    package let notAfter: Date?
    /// Which of its kind's notices it is: days before the end, or since the next certificate is ready.
    package let days: Int?

    /// Whether both are the same notice, whatever words they have.
    package func isSame(as other: NoticeContent) -> Bool {
        kind == other.kind && certificateSHA256 == other.certificateSHA256 && days == other.days
    }
}

/// One notice to one address, as it is kept: what was sent, to whom, with what result.
package struct Notice: Codable, Equatable, Sendable {
    /// Told to the receiver with each attempt, so that it can tell a repetition.
    package let id: String
    package let address: NoticeAddress
    package let content: NoticeContent
    package let createdAt: Date
    package fileprivate(set) var state: NoticeState
    package fileprivate(set) var attempts: Int
    package fileprivate(set) var lastAttempt: Date
    package fileprivate(set) var nextAttempt: Date?
    /// Why the last attempt failed.
    package fileprivate(set) var cause: Cause?
    /// What the receiver said, shortened.
    package fileprivate(set) var reply: String?

    fileprivate func isFor(_ content: NoticeContent, _ address: NoticeAddress) -> Bool {
        self.address == address && self.content.isSame(as: content)
    }

    fileprivate func mayBeTried(at now: Date) -> Bool {
        switch state {
        case .sent: false
        // Never taken, and due again: a rotation that was begun was given up.
        case .givenUp: true
        case .waiting: (nextAttempt ?? now) <= now
        // Whether it was sent is not known. A notice that comes twice does less harm than one that never comes.
        case .sending: abs(now.timeIntervalSince(lastAttempt)) > NoticeSchedule.claimLife
        }
    }
}

/// A way on which notices go out, to one address.
package protocol NoticeChannel: Sendable {
    var address: NoticeAddress { get }
    /// Makes one attempt, within a minute or so. Returns when the receiver has taken the notice.
    func send(_ notice: Notice, at now: Date) async throws(NoticeFailure)
}

/// The outbox of one app: its notices, the oldest first. What keeps two processes from sending the same.
package struct OutboxRecord: RecordValue, Equatable {
    package static let kind = RecordKind.outbox
    /// Of the outbox that holds tests.
    package static let testID = "test"
    private static let longest = 300

    /// An app's id, or ``testID``.
    package let id: String
    package private(set) var notices: [Notice] = []

    package var recordID: String { id }

    package init(id: String) { self.id = id }

    /// Whether ``claim(_:for:at:id:)`` would give a notice out.
    package func wants(_ content: NoticeContent, for address: NoticeAddress, at now: Date) -> Bool {
        notices.first { $0.isFor(content, address) }?.mayBeTried(at: now) ?? true
    }

    /// Writes down that this process sends the notice now.
    ///
    /// - Returns: `nil` where it was sent, is being sent, or is not to be tried yet.
    package mutating func claim(
        _ content: NoticeContent, for address: NoticeAddress, at now: Date, id: String
    ) -> Notice? {
        if let index = notices.firstIndex(where: { $0.isFor(content, address) }) {
            guard notices[index].mayBeTried(at: now) else { return nil }
            notices[index].state = .sending
            notices[index].attempts += 1
            notices[index].lastAttempt = now
            notices[index].nextAttempt = nil
            return notices[index]
        }
        return add(content, for: address, at: now, id: id)
    }

    /// Each test is a notice of its own.
    package mutating func claimTest(
        _ content: NoticeContent, for address: NoticeAddress, at now: Date, id: String
    ) -> Notice { add(content, for: address, at: now, id: id) }

    private mutating func add(
        _ content: NoticeContent, for address: NoticeAddress, at now: Date, id: String
    ) -> Notice {
        let notice = Notice(
            id: id, address: address, content: content, createdAt: now, state: .sending, attempts: 1, lastAttempt: now)
        notices.append(notice)
        notices = notices.suffix(Self.longest)
        return notice
    }

    /// Keeps how an attempt ended.
    package mutating func settle(_ id: String, _ failure: NoticeFailure?, at now: Date) {
        guard let index = notices.firstIndex(where: { $0.id == id }), notices[index].state != .sent else { return }
        notices[index].cause = failure?.cause
        notices[index].reply = failure?.reply
        guard let failure else {
            notices[index].state = .sent
            return
        }
        guard notices[index].state == .sending else { return }
        notices[index].state = .waiting
        let pause = NoticeSchedule.pause(afterAttempt: notices[index].attempts, isPermanent: failure.isPermanent)
        notices[index].nextAttempt = now.addingTimeInterval(pause)
    }

    /// A test is tried once.
    package mutating func settleTest(_ id: String, _ failure: NoticeFailure?, at now: Date) {
        settle(id, failure, at: now)
        guard let index = notices.firstIndex(where: { $0.id == id }), notices[index].state == .waiting else { return }
        notices[index].state = .givenUp
        notices[index].nextAttempt = nil
    }

    /// When the notice will be tried; `nil` where that is over, or it is being sent.
    package func nextAttempt(_ content: NoticeContent, for address: NoticeAddress, at now: Date) -> Date? {
        guard let notice = notices.first(where: { $0.isFor(content, address) }) else { return now }
        return switch notice.state {
        case .sending, .sent: nil
        case .waiting: notice.nextAttempt ?? now
        case .givenUp: now
        }
    }

    /// Whether a notice waits that is not due any more.
    package func hasOutdated(by contents: [NoticeContent]) -> Bool {
        notices.contains { Self.isOutdated($0, contents) }
    }

    /// Gives up what waits and is none of the notices that are due.
    package mutating func giveUpOutdated(by contents: [NoticeContent]) {
        for index in notices.indices where Self.isOutdated(notices[index], contents) {
            notices[index].state = .givenUp
            notices[index].nextAttempt = nil
        }
    }

    private static func isOutdated(_ notice: Notice, _ contents: [NoticeContent]) -> Bool {
        notice.state == .waiting && !contents.contains { $0.isSame(as: notice.content) }
    }
}
