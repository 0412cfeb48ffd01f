internal import Foundation

/// All that is known of a connection, as the store has it at one moment.
package struct ConnectionOverview: Sendable {
    package let connection: ConnectionView
    /// `nil` if the app is not blocked.
    package let block: BlockView?
    package let budget: BudgetView
    package let rotation: RotationView
    package let notices: ConnectionNoticesView
    /// The test notices, which are about no app.
    package let noticeTests: [NoticeView]
    /// The newest first.
    package let tests: [TestRecord]
    package let download: CertificateDownload?
}

/// Several services' views together. Read one after the other, they could show states of the store that never were.
package struct Overviews: ConnectionService {
    let targets: Targets

    /// Asks the store only, in one transaction.
    ///
    /// - Parameter noticeLimit: How many notices, and how many tests of them.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, naming one that is spelled alike.
    package func connection(
        _ alias: String, over channels: [any NoticeChannel], noticeLimit: Int, as principal: Principal
    ) async throws -> ConnectionOverview {
        let (transports, now) = (transports, surroundings.now())
        return try await targets.readShown { shown in
            let reading = shown.records
            let found = try Found(alias, reading)
            return ConnectionOverview(
                connection: try ShownConnections.view(of: alias, shown, now: now),
                block: try Blocks.view(of: found, reading, now: now),
                budget: try Tokens.budget(of: found, reading, through: transports, now: now),
                rotation: try Rotations.view(of: found, reading, reader: .commandLine, now: now),
                notices: try Notices.view(of: found, reading, over: channels, limit: noticeLimit, now: now),
                noticeTests: try Notices.tests(reading, limit: noticeLimit),
                tests: try Diagnosis.tests(of: alias, reading),
                download: try reading.find(CertificateDownload.self, alias)?.value)
        }
    }
}
