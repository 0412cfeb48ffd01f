internal import Foundation

extension Notices {
    /// Returns the notices of a connection's app: the next one, and those in the outbox. It reads only the store.
    ///
    /// - Parameter limit: The maximum number of notices. It does not affect the state of the channels.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, or if a record of the connection was altered.
    package func view(
        of alias: String, over channels: [any NoticeChannel], limit: Int = 20, as principal: Principal
    ) async throws -> ConnectionNoticesView {
        let now = surroundings.now()
        return try await records.read {
            try Self.view(of: FoundConnection(alias, $0), $0, over: channels, limit: limit, now: now)
        }
    }

    static func view(
        of found: FoundConnection, _ reading: CheckedReading, over channels: [any NoticeChannel], limit: Int, now: Date
    ) throws -> ConnectionNoticesView {
        let connections = try AppMembers(reading).aliases(ofApp: found.app.value.id)
        let subject = try NoticeApp(
            found, NoticeConnections(found.connection.value.alias.description, connections), reading)
        let sorted =
            channels.isEmpty ? [] : newestFirst(try reading.intact(OutboxRecord.self).flatMap(\.value.notices))
        // A notice that is due and was not tried yet counts as due now: it is sent within a minute.
        let pending = subject.dueNotices(at: now).flatMap { content in
            channels.compactMap { channel in
                subject.outbox.nextAttempt(content, for: channel.address, at: now).map {
                    NextNotice(kind: content.kind, timing: content.lead, at: $0)
                }
            }
        }
        let next = (pending + [subject.upcoming(after: now)].compactMap(\.self)).min { $0.at < $1.at }
        return ConnectionNoticesView(
            found.connection.value.alias.description,
            channels.map { channel in
                NoticeChannelView(channel.address, sorted.filter { $0.address == channel.address })
            },
            channels.isEmpty ? nil : next, Array(Self.newestFirst(subject.outbox.notices).prefix(limit)))
    }

    /// Returns the latest test notices, the newest first.
    ///
    /// - Throws: ``ConnectedAppError`` if their record was altered.
    static func tests(_ reading: CheckedReading, limit: Int) throws -> [NoticeView] {
        let tests = try reading.find(OutboxRecord.self, OutboxRecord.Owner.tests.recordID)?.value.notices ?? []
        return newestFirst(tests).prefix(limit).map(NoticeView.init)
    }

    /// Sorts notices by the beginning of their last attempts.
    static func newestFirst(_ notices: [Notice]) -> [Notice] {
        notices.sorted { ($0.lastAttempt, $0.id) > ($1.lastAttempt, $1.id) }
    }
}
