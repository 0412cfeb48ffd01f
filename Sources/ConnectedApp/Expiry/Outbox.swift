package import Foundation

/// The notices of one app, or the test notices. Because a notice is claimed here before it is sent, two processes do
/// not send the same one.
///
/// Stored as a record; the names in `CodingKeys` must not change.
package struct OutboxRecord: RecordValue, Equatable {
    package static let kind = RecordKind.outbox
    /// How many notices are kept. A further notice drops the oldest one, whatever its state; see ``droppedUnsent``. If the
    /// dropped notice was waiting and is still due, it is sent as a new notice, with a new id.
    private static let longest = 300

    /// Whose notices they are.
    package enum Owner: Equatable, Sendable {
        /// The app with this id.
        case app(String)
        /// Test notices, which belong to no app.
        case tests
    }

    package let owner: Owner
    /// In the order in which they were first tried, the oldest first.
    package private(set) var notices: [Notice] = []

    /// How many notices that were not sent yet this value has dropped. Not stored.
    package private(set) var droppedUnsent = 0

    package var recordID: String { owner.recordID }

    private enum CodingKeys: String, CodingKey {
        case owner = "id"
        case notices
    }

    package init(of owner: Owner) { self.owner = owner }

    /// Whether ``claim(_:for:at:id:)`` would return a notice.
    package func canClaim(_ content: NoticeContent, for address: NoticeAddress, at now: Date) -> Bool {
        notices.first { $0.isFor(content, address) }?.mayBeTried(at: now) ?? true
    }

    /// Records that this process sends the notice now. Save the record before sending.
    ///
    /// - Parameter id: The id of the notice if it is new. A notice that is repeated keeps its id.
    /// - Returns: `nil` if the notice was sent, is being sent, or must not be tried yet.
    package mutating func claim(
        _ content: NoticeContent, for address: NoticeAddress, at now: Date, id: String
    ) -> Notice? {
        guard let index = notices.firstIndex(where: { $0.isFor(content, address) }) else {
            return add(content, for: address, at: now, id: id)
        }
        guard notices[index].mayBeTried(at: now) else { return nil }
        notices[index].beginAttempt(at: now)
        return notices[index]
    }

    /// Records that this process sends a test notice now. Each test is a new notice. Save the record before sending.
    package mutating func claimTest(
        _ content: NoticeContent, for address: NoticeAddress, at now: Date, id: String
    ) -> Notice { add(content, for: address, at: now, id: id) }

    private mutating func add(
        _ content: NoticeContent, for address: NoticeAddress, at now: Date, id: String
    ) -> Notice {
        let notice = Notice(id: id, to: address, content, at: now)
        notices.append(notice)
        let surplus = max(0, notices.count - Self.longest)
        droppedUnsent += notices.prefix(surplus).count { $0.state.isOpen }
        notices.removeFirst(surplus)
        return notice
    }

    /// Records the result of an attempt. Does nothing if the notice was dropped meanwhile. A test that fails is given
    /// up.
    ///
    /// - Parameter failure: `nil` if the receiver accepted the notice.
    package mutating func recordResult(_ id: String, _ failure: NoticeFailure?, at now: Date) {
        guard let index = notices.firstIndex(where: { $0.id == id }) else { return }
        notices[index].endAttempt(failure, at: now)
        if owner == .tests, notices[index].state == .waiting { notices[index].giveUp() }
    }

    /// Returns the earliest time of the next attempt at a notice that is due; `nil` if it was sent or is being sent.
    /// See ``Notice/nextTry(at:)`` for a process that died while it was sending.
    package func nextAttempt(_ content: NoticeContent, for address: NoticeAddress, at now: Date) -> Date? {
        guard let notice = notices.first(where: { $0.isFor(content, address) }) else { return now }
        return notice.nextTry(at: now)
    }

    /// Returns whether a notice is waiting that is no longer due.
    ///
    /// - Parameter due: All notices of the app that are due.
    package func hasWaiting(otherThan due: [NoticeContent]) -> Bool {
        notices.contains { Self.isWaiting($0, otherThan: due) }
    }

    /// Gives up each notice that is waiting but is no longer due.
    ///
    /// - Parameter due: All notices of the app that are due.
    package mutating func giveUpWaiting(otherThan due: [NoticeContent]) {
        for index in notices.indices where Self.isWaiting(notices[index], otherThan: due) { notices[index].giveUp() }
    }

    private static func isWaiting(_ notice: Notice, otherThan due: [NoticeContent]) -> Bool {
        notice.state == .waiting && !due.contains { $0.key == notice.content.key }
    }
}

extension OutboxRecord.Owner: Codable {
    /// The record id of the test notices. It cannot be an app's id, which has 32 hexadecimal digits.
    private static let testsID = "test"

    package var recordID: String {
        switch self {
        case .app(let id): id
        case .tests: Self.testsID
        }
    }

    package init(from decoder: any Decoder) throws {
        let id = try decoder.singleValueContainer().decode(String.self)
        self = id == Self.testsID ? .tests : .app(id)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(recordID)
    }
}
