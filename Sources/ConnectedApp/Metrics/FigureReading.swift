internal import Foundation
internal import JWTBearer

/// The service `metrics`: reads the figures behind `/metrics`.
package struct FigureReading: ConnectionService {
    let targets: Targets
    let notices: Notices

    /// Returns the present figures. Reads only the store, and sends nothing.
    ///
    /// - Parameter channels: The configured channels for notices.
    /// - Throws: ``ConnectedAppError`` if the store cannot be read. A connection that cannot be read is only counted.
    package func figures(over channels: [any NoticeChannel], as principal: Principal) async throws -> Figures {
        let now = surroundings.now()
        let (connections, unreadable) = try await targets.readShown { shown in
            let reading = shown.records
            let entries = try reading.reading.signIns(since: now.addingTimeInterval(-SignInBudget.window))
            let byApp = Dictionary(grouping: entries, by: \.appID)
            let clients = Dictionary(
                grouping: try reading.intact(ClientRecord.self).map(\.value).filter { $0.expiresAt > now },
                by: \.connection.description)
            let stored = try reading.reading.records(of: .connection).map(\.key.id).sorted()
            let found = stored.compactMap { alias in
                // `unreadable` counts the connections that are left out here.
                try? Self.figures(
                    FoundConnection(alias, shown), reading, byApp, clients: clients[alias]?.count ?? 0)
            }
            return (found, stored.count - found.count)
        }
        let views = channels.isEmpty ? [] : try await notices.view(over: channels, limit: 0, as: principal).channels
        return Figures(
            connections: connections, unreadable: unreadable,
            channels: NoticeChannelKind.allCases.map { kind in
                let ways = views.filter { $0.channel == kind }
                return Figures.Channels(kind: kind, all: ways.count, failing: ways.filter(\.isFailing).count)
            })
    }

    private static func figures(
        _ found: FoundConnection, _ reading: CheckedReading, _ signIns: [String: [SignInEntry]],
        clients: Int
    ) throws -> Figures.Connection {
        let certificate = try found.credential.value.certificate()
        let state = found.rotationState
        let outbox = try reading.find(OutboxRecord.self, found.app.value.id)?.value
        let connection = found.connection.value
        let places = connection.accounts(
            at: try? LoginHost(connection.loginHost, allowing: connection.allowedHosts))
        let own = signIns[found.app.value.id, default: []].filter { places.contains($0.account) }
        let alias = connection.alias.description
        let fails = try reading.intactOrNone(PullOutcome.self, alias)?.failure(of: connection) != nil
        let pulledAt = try reading.intactOrNone(LastPull.self, alias)?.result?.startedAt
        return Figures.Connection(
            alias: found.connection.value.alias.description, notAfter: certificate.notAfter,
            nextNotAfter: state.next == nil ? nil : try found.otherCredential?.certificate().notAfter,
            rotationDueAt: RotationPolicy.due(notBefore: certificate.notBefore, notAfter: certificate.notAfter),
            rotation: state.name, isBlocked: found.app.value.isBlocked,
            pull: connection.pullInterval.map { _ in .init(fails: fails, succeededAt: pulledAt) },
            clients: clients, probe: try reading.intactOrNone(GatewayProbe.self, alias),
            signIns: Dictionary(grouping: own) { $0.outcome?.kind }.mapValues(\.count),
            notices: Dictionary(grouping: outbox?.notices ?? [], by: \.state).mapValues(\.count))
    }
}
