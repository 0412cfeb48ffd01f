internal import Synchronization

/// The summaries of all connections at one state of the records, each with that of its app.
struct ListedConnections: Sendable {
    /// It is a class, so that copying thousands of them takes no time.
    final class Listed: Sendable {
        let connection: ConnectionSummary
        let app: AppSummary
        let searched: SearchedText
        private let sources: (KnownRecord<ConnectionSummary>, KnownRecord<AppSummary>)

        /// - Returns: `nil` if one of the records was altered.
        init?(_ connection: KnownRecord<ConnectionSummary>, _ app: KnownRecord<AppSummary>) {
            guard let connectionValue = connection.value, let appValue = app.value else { return nil }
            (self.connection, self.app, sources) = (connectionValue, appValue, (connection, app))
            searched = SearchedText(
                connectionValue.alias, connectionValue.username, connectionValue.loginHost,
                connectionValue.organizationID)
        }

        func isMade(of connection: KnownRecord<ConnectionSummary>, _ app: KnownRecord<AppSummary>) -> Bool {
            sources.0 === connection && sources.1 === app
        }
    }

    let position: RecordsPosition
    let historyID: String?
    private let connections: [KnownRecord<ConnectionSummary>]
    private let apps: [KnownRecord<AppSummary>]
    /// The indices of the connections in the order of their aliases.
    private let order: [Int]
    /// Sorted by alias.
    let all: [Listed]
    /// The aliases of all connections that the store should contain, sorted.
    let aliases: [String]
    /// The aliases of the connections without an intact summary, sorted.
    let missing: [String]

    /// - Parameter known: An earlier state of the same store, so that only what has changed is read; `nil`: none.
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if the register was altered.
    init(_ reading: CheckedReading, _ known: ListedConnections?) throws {
        // After a rollback that was accepted, a revision can occur a second time.
        let known =
            known?.historyID == reading.historyID && known?.position.generation == reading.position.generation
            ? known : nil
        position = reading.position
        historyID = reading.historyID
        let connections = try reading.records(known?.connections ?? [])
        apps = try reading.records(known?.apps ?? [])
        order = Self.order(of: connections, known)
        self.connections = connections
        let appsByID = Dictionary(uniqueKeysWithValues: apps.compactMap { app in app.value.map { ($0.appID, app) } })
        let former = known?.all ?? []
        all = order.enumerated().compactMap { position, index in
            guard let appID = connections[index].value?.appID, let app = appsByID[appID] else { return nil }
            if position < former.count, former[position].isMade(of: connections[index], app) { return former[position] }
            return Listed(connections[index], app)
        }
        aliases = try reading.register.entries(of: .connection).map { KnownRecord<ConnectionRecord>.id(in: $0.name) }
        missing = aliases.count == all.count ? [] : Set(aliases).subtracting(all.map(\.connection.alias)).sorted()
    }

    /// The order of an earlier state is used again if the connections are the same, because sorting takes long.
    private static func order(of connections: [KnownRecord<ConnectionSummary>], _ known: ListedConnections?) -> [Int] {
        if let known, known.connections.count == connections.count,
            zip(known.connections, connections).allSatisfy({
                $0 === $1 || $0.name == $1.name && ($0.value == nil) == ($1.value == nil)
            })
        {
            return known.order
        }
        // Those without an intact summary are left out later.
        let aliases = connections.map { $0.value?.alias ?? "" }
        return aliases.indices.sorted { aliases[$0] < aliases[$1] }
    }

    /// The summaries of a connection; `nil` if there are none.
    func named(_ alias: String) -> Listed? {
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if all[middle].connection.alias < alias { low = middle + 1 } else { high = middle }
        }
        return low < all.count && all[low].connection.alias == alias ? all[low] : nil
    }
}

/// Keeps the summaries that were read last. They were authenticated, and are used again only for records with the same
/// revisions in the register. Can be used from several tasks at once.
final class ListedConnectionsCache: Sendable {
    private let known = Mutex<ListedConnections?>(nil)

    /// The summaries at the state that a transaction sees. Throws as ``ListedConnections`` does.
    func connections(_ reading: CheckedReading) throws -> ListedConnections {
        let former = known.withLock { $0 }
        if let former, former.position == reading.position, former.historyID == reading.historyID { return former }
        let present = try ListedConnections(reading, former)
        known.withLock { known in
            if known.map({ $0.position < present.position }) ?? true { known = present }
        }
        return present
    }
}
