internal import Foundation

/// What the Settings page shows about a connection, read from the store at one moment.
package struct ConnectionOverview: Sendable {
    package let connection: ConnectionView
    /// `nil` if the app is not blocked.
    package let block: BlockView?
    package let budget: BudgetView
    package let rotation: RotationView
    package let notices: ConnectionNoticesView
    /// The test notices, the newest first. They are not about a particular app.
    package let testNotices: [NoticeView]
    /// The connection tests, the newest first.
    package let tests: [TestRecord]
    /// The latest download of the certificate; `nil` if there was none.
    package let download: CertificateDownload?
}

/// Combines the views of several services in one transaction. Views that are read one after the other can contradict
/// each other.
package struct Overviews: ConnectionService {
    let targets: Targets
    let known = ListedConnectionsCache()

    /// Reads the store only, in one transaction.
    ///
    /// - Parameters:
    ///   - channels: The configured receivers of notices.
    ///   - noticeLimit: The maximum number of notices, and of test notices.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, which suggests an alias with a similar spelling,
    ///   `.recordAltered`, and a failing store's causes.
    package func connection(
        _ alias: String, over channels: [any NoticeChannel], noticeLimit: Int, as principal: Principal
    ) async throws -> ConnectionOverview {
        let (transports, now) = (transports, surroundings.now())
        return try await targets.readShown { shown in
            let reading = shown.records
            let found = try FoundConnection(alias, reading)
            return ConnectionOverview(
                connection: try ShownConnections.view(of: alias, shown, now: now),
                block: try Blocks.view(of: found, reading, now: now),
                budget: try Tokens.budget(of: found, reading, through: transports, now: now),
                rotation: try Rotations.view(of: found, reading, reader: .commandLine, now: now),
                notices: try Notices.view(of: found, reading, over: channels, limit: noticeLimit, now: now),
                testNotices: try Notices.tests(reading, limit: noticeLimit),
                tests: try Diagnosis.tests(of: alias, reading),
                download: try reading.find(CertificateDownload.self, alias)?.value)
        }
    }
}
