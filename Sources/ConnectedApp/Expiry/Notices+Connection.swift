internal import Foundation

extension Notices {
    /// The notices of a connection's app: the next one, and what was sent. Asks the store only.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    package func view(
        of alias: String, over channels: [any NoticeChannel], limit: Int = 20, as principal: Principal
    ) async throws -> ConnectionNoticesView {
        let now = surroundings.now()
        let (subject, all) = try await records.read { reading in
            let found = try Found(alias, reading)
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
                .filter { $0.appID == found.app.value.id }.map(\.alias.description).sorted()
            return (
                try NoticeSubject(found, connections, reading),
                try reading.intact(OutboxRecord.self).flatMap(\.value.notices)
            )
        }
        let sorted = Self.newestFirst(all)
        // What is due now goes out within the minute, or with its next attempt.
        let pending = subject.contents(at: now).flatMap { content in
            channels.compactMap { channel in
                subject.outbox.nextAttempt(content, for: channel.address, at: now).map {
                    NextNotice(kind: content.kind, days: content.days, at: $0)
                }
            }
        }
        let next = (pending + [subject.upcoming(after: now)].compactMap(\.self)).min { $0.at < $1.at }
        return ConnectionNoticesView(
            alias,
            channels.map { channel in
                NoticeChannelView(channel.address, sorted.filter { $0.address == channel.address })
            },
            channels.isEmpty ? nil : next, Array(Self.newestFirst(subject.outbox.notices).prefix(limit)))
    }

    /// The test notices that were sent, the newest first.
    package func tests(limit: Int, as principal: Principal) async throws -> [NoticeView] {
        let tests = try await records.read { reading in
            try reading.find(OutboxRecord.self, OutboxRecord.testID)?.value.notices ?? []
        }
        return Self.newestFirst(tests).prefix(limit).map(NoticeView.init)
    }

    static func newestFirst(_ notices: [Notice]) -> [Notice] {
        notices.sorted { ($0.lastAttempt, $0.id) > ($1.lastAttempt, $1.id) }
    }
}
