internal import Foundation
internal import JWTBearer

/// Sends and shows notices about certificates that expire or must be replaced.
package struct Notices: ConnectionService {
    let targets: Targets

    /// Sends each due notice to each channel that has not accepted it yet. After a failed attempt, the channel is skipped
    /// for the rest of this run; a later run tries again when the outbox allows it. The outbox records each attempt
    /// before it begins, and its result after it. If the process dies in between, the notice is sent again after
    /// ``NoticeDelivery/claimTimeout``, with the same id.
    ///
    /// - Returns: The notices whose attempts failed.
    /// - Throws: ``ConnectedAppError`` if the store fails. A failed attempt is not an error.
    @discardableResult
    func sendDue(
        over channels: [any NoticeChannel], as principal: Principal
    ) async throws -> [NoticeView] {
        var failed: [NoticeView] = []
        // A channel that failed is not used again in this run.
        var broken: Set<NoticeAddress> = []
        for app in try await noticeApps() {
            let contents = app.dueNotices(at: surroundings.now())
            let owner = app.outbox.owner
            if app.outbox.hasWaiting(otherThan: contents) {
                try await change(owner) { $0.giveUpWaiting(otherThan: contents) }
            }
            for content in contents {
                for channel in channels where !broken.contains(channel.address) {
                    guard app.outbox.canClaim(content, for: channel.address, at: surroundings.now()),
                        let notice = try await claim(content, in: owner, for: channel.address)
                    else { continue }
                    let tried = try await send(notice, over: channel, outbox: owner, as: principal)
                    guard tried.state != .sent else { continue }
                    broken.insert(channel.address)
                    failed.append(NoticeView(tried))
                }
            }
        }
        return failed
    }

    /// Sends one test notice over each channel, in parallel, so that a slow channel does not delay the others.
    ///
    /// - Returns: The notices and their results, in the order of the channels.
    /// - Throws: ``ConnectedAppError`` with `.noticeChannelMissing` if there is no channel, or if the store fails.
    package func test(over channels: [any NoticeChannel], as principal: Principal) async throws -> [NoticeView] {
        guard !channels.isEmpty else { throw ConnectedAppError(.noticeChannelMissing) }
        return try await withThrowingTaskGroup(of: (Int, NoticeView).self) { group in
            for (index, channel) in channels.enumerated() {
                group.addTask { (index, try await testNotice(over: channel, as: principal)) }
            }
            var results: [(Int, NoticeView)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func testNotice(over channel: any NoticeChannel, as principal: Principal) async throws -> NoticeView {
        let (now, id) = (surroundings.now(), surroundings.randomHex(bytes: 16))
        let content = NoticeContent.test(now: now)
        let notice = try await change(.tests) { outbox in
            outbox.claimTest(content, for: channel.address, at: now, id: id)
        }
        return NoticeView(try await send(notice, over: channel, outbox: .tests, as: principal))
    }

    /// Returns the notices of all apps and the test notices, without those of altered outboxes, the newest attempt first,
    /// and the state of each channel. Reads the store; sends nothing.
    ///
    /// - Parameter limit: The maximum number of notices. It does not affect the state of the channels.
    package func view(
        over channels: [any NoticeChannel], limit: Int = 100, as principal: Principal
    ) async throws -> NoticesView {
        let all = Self.newestFirst(
            try await records.read { reading in try reading.intact(OutboxRecord.self).flatMap(\.value.notices) })
        return NoticesView(
            channels: channels.map { channel in
                NoticeChannelView(channel.address, all.filter { $0.address == channel.address })
            },
            notices: all.prefix(limit).map(NoticeView.init))
    }

    /// Sends the notices that are due, every minute until the task is cancelled.
    ///
    /// - Parameter onFailure: Called for each attempt that failed.
    package func runSending(
        over channels: [any NoticeChannel], onFailure: @Sendable (NoticeView) -> Void
    ) async {
        let principal = Principal(.schedule, name: "notices")
        await Schedule(place: .notices, pause: .seconds(60), surroundings: surroundings).run {
            guard !channels.isEmpty else { return }
            for failed in try await sendDue(over: channels, as: principal) { onFailure(failed) }
        }
    }

    // MARK: The outbox

    /// The apps that have a connection.
    private func noticeApps() async throws -> [NoticeApp] {
        try await records.read { reading in
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
            let byApp = Dictionary(grouping: connections, by: \.appID)
            // An altered record does not prevent notices about other apps.
            return byApp.sorted { $0.key < $1.key }.compactMap { _, connections in
                let aliases = connections.map(\.alias.description)
                guard let names = aliases.first.map({ NoticeConnections($0, aliases) }) else { return nil }
                return surroundings.tolerating(.notices, ["connection": names.first]) {
                    try NoticeApp(FoundConnection(names.first, reading), names, reading)
                }
            }
        }
    }

    /// Records that this process sends the notice now.
    ///
    /// - Returns: `nil` if another process was faster.
    private func claim(
        _ content: NoticeContent, in outbox: OutboxRecord.Owner, for address: NoticeAddress
    ) async throws -> Notice? {
        let (now, id) = (surroundings.now(), surroundings.randomHex(bytes: 16))
        return try await change(outbox) { $0.claim(content, for: address, at: now, id: id) }
    }

    /// Makes an attempt to send a claimed notice, and records its result in the outbox and in the audit record.
    ///
    /// - Returns: The notice after the attempt.
    private func send(
        _ notice: Notice, over channel: any NoticeChannel, outbox: OutboxRecord.Owner, as principal: Principal
    ) async throws -> Notice {
        var failure: NoticeFailure?
        do { try await channel.send(notice, at: surroundings.now()) } catch { failure = error }
        let (now, result) = (surroundings.now(), failure)
        var facts = ["noticeID": notice.id, "to": notice.address.destination, "attempt": String(notice.attempts)]
        facts["kind"] = notice.content.kind.rawValue
        facts["days"] = (notice.content.lead?.days).map(String.init)
        let event = AuditEvent(
            time: now, principal: principal, act: .noticeSent, connection: notice.content.connections.first,
            outcome: failure?.cause.rawValue ?? "done", facts: facts)
        return try await records.write { writing in
            var record = try writing.find(OutboxRecord.self, outbox.recordID)?.value ?? OutboxRecord(of: outbox)
            record.recordResult(notice.id, result, at: now)
            try writing.save(record)
            try writing.append(event)
            return record.notices.first { $0.id == notice.id } ?? notice
        }
    }

    /// Changes an outbox in a transaction of its own.
    @discardableResult
    private func change<Result: Sendable>(
        _ owner: OutboxRecord.Owner, _ change: @escaping @Sendable (inout OutboxRecord) -> Result
    ) async throws -> Result {
        let (result, dropped) = try await records.write { writing in
            let former = try writing.find(OutboxRecord.self, owner.recordID)?.value ?? OutboxRecord(of: owner)
            var record = former
            let result = change(&record)
            if record != former { try writing.save(record) }
            return (result, record.droppedUnsent)
        }
        if dropped > 0 {
            surroundings.note(
                UnsentNoticesDropped(), at: .notices, ["outbox": owner.recordID, "dropped": String(dropped)])
        }
        return result
    }
}

/// An outbox was full, so it dropped notices that were not sent yet.
private struct UnsentNoticesDropped: Error {}
