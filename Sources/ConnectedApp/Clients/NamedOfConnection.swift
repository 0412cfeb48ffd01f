/// A record of a connection, with a name that is unique among those of its kind and connection.
protocol NamedOfConnection: RemovableRecord {
    var id: String { get }
    var name: String { get }
    var connection: Alias { get }
}

extension CheckedReading {
    /// Returns the intact records of a connection, sorted by connection and name, and the ids of altered ones of all connections.
    ///
    /// - Parameter alias: `nil` for all connections.
    func named<Value: NamedOfConnection>(
        _ type: Value.Type, of alias: String?
    ) throws -> (intact: [Value], altered: [String]) {
        let all = try intact(type).map(\.value)
        let known = Set(all.map(\.id))
        let own = all.filter { alias == nil || $0.connection.description == alias }
        return (
            own.sorted { ($0.connection.description, $0.name) < ($1.connection.description, $1.name) },
            try ids(of: type).filter { !known.contains($0) }
        )
    }
}

extension CheckedWriting {
    func isTaken<Value: NamedOfConnection>(_ name: String, by type: Value.Type, of connection: Alias) throws -> Bool {
        try intact(type).contains { $0.value.name == name && $0.value.connection == connection }
    }

    /// Finds a record that is to be removed, even if it was altered.
    ///
    /// - Parameter name: The record's name or id.
    /// - Returns: Its id, and the record if it is intact; `nil` if there is none. What an altered record says about its connection
    ///   is not known, so it is found by its id for each connection.
    func removable<Value: NamedOfConnection>(
        _ type: Value.Type, _ name: String, of alias: String
    ) throws -> (id: String, value: Value?)? {
        let all = try intact(type).map(\.value)
        if let value = all.first(where: { $0.connection.description == alias && [$0.name, $0.id].contains(name) }) {
            return (value.id, value)
        }
        let isAltered = try !all.contains { $0.id == name } && ids(of: type).contains(name)
        return isAltered ? (name, nil) : nil
    }
}
