internal import Foundation

extension Overviews {
    /// One page of the list of all connections, from their summaries. Of the connections that the page shows, the records
    /// are checked too.
    ///
    /// If a record of a shown connection was altered, if the store has other connections than the register names, or if
    /// summaries are missing, the list is made from the records of all connections, so that all altered ones are named.
    ///
    /// - Throws: A failing store's causes. Altered records do not throw.
    package func list(_ query: ConnectionQuery, as principal: Principal) async throws -> ConnectionList {
        let now = surroundings.now()
        let (list, hasAllSummaries) = try await targets.readShown { shown in
            let list = try quickList(query, shown, now: now) ?? Self.completeList(query, shown, now: now)
            return (list, shown.records.hasAllSummaries)
        }
        if !hasAllSummaries { await addMissingSummaries() }
        return list
    }

    /// - Returns: `nil` if the summaries do not suffice.
    private func quickList(_ query: ConnectionQuery, _ shown: ShownRecords, now: Date) throws -> ConnectionList? {
        let reading = shown.records
        guard reading.hasAllSummaries else { return nil }
        let listed = try known.connections(reading)
        guard try reading.reading.recordIDs(of: ConnectionRecord.kind) == listed.aliases else { return nil }
        var rows = listed.all.map { ConnectionRow($0, shown, now: now) }
        for alias in listed.missing {
            guard let row = try Self.row(alias, shown, now: now) else { return nil }
            rows.append(row)
        }
        if !listed.missing.isEmpty { rows.sort { $0.alias < $1.alias } }
        let list = ConnectionList(rows, altered: [], query, now: now)
        for row in list.rows + list.urgent {
            guard try listed.named(row.alias).map({ try Self.isCurrent($0, shown) }) ?? true else { return nil }
        }
        return list
    }

    /// The row of one connection, from its records; `nil` if one of them was altered.
    private static func row(_ alias: String, _ shown: ShownRecords, now: Date) throws -> ConnectionRow? {
        do {
            let evidence = try shown.intactOrNone(ConnectionEvidence.self, alias)
            return ConnectionRow(
                try ShownConnections.view(of: alias, shown, now: now), lastUsedAt: evidence?.signIn?.time)
        } catch let error as ConnectedAppError where error.cause == .recordAltered { return nil }
    }

    /// Whether the records of a connection are intact and have the revisions from which the summaries were made.
    private static func isCurrent(_ listed: ListedConnections.Listed, _ shown: ShownRecords) throws -> Bool {
        let (connection, app) = (listed.connection, listed.app)
        do {
            let found = try FoundConnection(connection.alias, shown)
            if case .altered = try shown.lookUp(ConnectionEvidence.self, connection.alias) { return false }
            if case .altered = try shown.lookUp(PullOutcome.self, connection.alias) { return false }
            let evidence = try shown.records.expectedRevision(of: ConnectionEvidence.self, connection.alias)
            let pull = try shown.records.expectedRevision(of: PullOutcome.self, connection.alias)
            return found.connection.revision == connection.connectionRevision && found.app.revision == app.appRevision
                && found.credential.value.certificateSHA256 == app.certificateSHA256
                && found.rotation?.rotation.state.name.rawValue == app.rotation
                && evidence == connection.evidenceRevision && pull == connection.lastPullRevision
        } catch let error as ConnectedAppError where error.cause == .recordAltered { return false }
    }

    /// The list from the records of all connections.
    private static func completeList(_ query: ConnectionQuery, _ shown: ShownRecords, now: Date) throws
        -> ConnectionList
    {
        let (views, altered) = try ShownConnections.intact(shown, now: now)
        let rows = try views.map { view in
            let evidence = try shown.intactOrNone(ConnectionEvidence.self, view.alias)
            return ConnectionRow(view, lastUsedAt: evidence?.signIn?.time)
        }
        return ConnectionList(rows, altered: altered, query, now: now)
    }

    /// How many summaries one transaction adds. Other writers wait meanwhile, for a tenth of a second or so.
    private static let summariesAtOnce = 200

    /// Adds the summaries to a store of an earlier version, for the next list.
    private func addMissingSummaries() async {
        do {
            var last: String? = ""
            while let after = last {
                last = try await records.write { writing in
                    if writing.hasAllSummaries { return nil }
                    return try writing.addSummaries(after: after, limit: Self.summariesAtOnce) { appID in
                        // If the record was altered, the summary has no rotation. A list that shows it checks the record.
                        try? writing.find(RotationRecord.self, appID)?.value
                    }
                }
            }
        } catch {
            // The store cannot be written, or the register was altered. Lists then read the records of all connections,
            // and report what they find.
        }
    }
}
