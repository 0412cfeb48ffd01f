package import Foundation

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
    /// When the org last accepted a sign-in with the app's key, to within ten minutes; `nil` if that is not known.
    package let acceptedAt: Date?
    /// `nil` if the app was never compared.
    package let appCheck: LastAppCheck?
    package let pulls: PullStatusView
    package let clients: [ClientView]
    /// The latest audit entries about the connection, the newest first.
    package let audit: [AuditEntry]

    /// The maximum number of audit entries.
    static let auditLimit = 8
}

/// What is stored of an app's comparison with its approval.
package struct LastAppCheck: Sendable {
    /// A setting that differs.
    package struct Difference: Sendable {
        package let label: String
        /// The value in the app; empty if there is none.
        package let found: String
        package let firstSeenAt: Date
        /// The user who probably made the change; `nil` if that is not known.
        package let changedBy: String?
    }

    /// When all settings were last compared; `nil` if the app was only approved.
    package let checkedAt: Date?
    /// When the settings were last approved; `nil` if they never were.
    package let approvedAt: Date?
    package let differences: [Difference]

    init(_ app: ApprovedApp) {
        checkedAt = app.checkedAt
        approvedAt = app.approvedAt
        differences = AppSetting.allCases.compactMap { setting in
            app.drift[setting].map {
                Difference(
                    label: setting.label, found: $0.found, firstSeenAt: $0.firstSeenAt, changedBy: $0.change?.username)
            }
        }
    }
}

/// Combines the views of several services in one transaction. Views that are read one after the other can contradict
/// each other.
package struct Overviews: ConnectionService {
    let targets: Targets
    let pulls: ScheduledPulls
    let clients: Clients
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
            try overview(of: alias, shown, over: channels, noticeLimit: noticeLimit, through: transports, now: now)
        }
    }

    /// As ``connection(_:over:noticeLimit:as:)`` without notices, with the steps in Salesforce that set the app up.
    package func setUp(_ alias: String, as principal: Principal) async throws -> (ConnectionOverview, SetUpClicks) {
        let (transports, now) = (transports, surroundings.now())
        return try await targets.readShown { shown in
            let overview = try overview(
                of: alias, shown, over: [], noticeLimit: 0, through: transports, now: now)
            let subject = try FoundConnection(alias, shown.records).setupSubject(reader: .settingsPage)
            return (overview, SetUpClicks(subject))
        }
    }

    private func overview(
        of alias: String, _ shown: ShownRecords, over channels: [any NoticeChannel], noticeLimit: Int,
        through transports: any TransportSource, now: Date
    ) throws -> ConnectionOverview {
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
            download: try reading.find(CertificateDownload.self, alias)?.value,
            acceptedAt: try shown.intactOrNone(ConnectionEvidence.self, alias)?.acceptedAt,
            appCheck: try reading.find(ApprovedApp.self, found.app.value.id).map { LastAppCheck($0.value) },
            pulls: try pulls.view(of: found, reading),
            clients: try clients.listed(of: alias, reading).shown,
            audit: try reading.reading.auditRecords(
                AuditSelection(connection: alias, limit: ConnectionOverview.auditLimit)
            ).map { try AuditEntry($0) })
    }
}
