/// Finds the connections of an app and the apps with a Consumer Key, in one transaction. It reads the summaries' places in
/// the register, not the records of all connections.
final class AppMembers {
    let reading: CheckedReading
    private var aliases: [String: [String]] = [:]
    private var apps: [String: [String]] = [:]
    /// The connections of a store of an earlier version that does not have all summaries yet, by app.
    private lazy var scanned: [String: [String]] = scan()

    init(_ reading: CheckedReading) { self.reading = reading }

    /// The aliases of an app's connections, sorted.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if the register was altered.
    func aliases(ofApp appID: String) throws -> [String] {
        if let known = aliases[appID] { return known }
        let found =
            reading.hasAllSummaries
            ? try Self.ends(ConnectionSummary.self, ConnectionSummary.prefix(appID), reading)
            : scanned[appID, default: []]
        aliases[appID] = found
        return found
    }

    /// The ids of the apps that have a Consumer Key, sorted. Throws as ``aliases(ofApp:)`` does.
    func apps(withConsumerKey key: String) throws -> [String] {
        if let known = apps[key] { return known }
        let found =
            reading.hasAllSummaries
            ? try Self.ends(ConsumerKeyUse.self, ConsumerKeyUse.prefix(key), reading)
            // Other checks report apps that cannot be read.
            : scanned.keys.filter { (try? reading.find(AppRecord.self, $0))?.value.consumerKey == key }.sorted()
        apps[key] = found
        return found
    }

    /// What follows the text in the ids that begin with it.
    private static func ends<Value: RecordValue>(_ type: Value.Type, _ prefix: String, _ reading: CheckedReading) throws
        -> [String]
    {
        try reading.ids(of: type, prefix: prefix).map { String($0.dropFirst(prefix.count)) }
    }

    private func scan() -> [String: [String]] {
        // Other checks report connections that cannot be read.
        let all = (try? reading.intact(ConnectionRecord.self)) ?? []
        return Dictionary(grouping: all.map(\.value), by: \.appID).mapValues { $0.map(\.alias.description).sorted() }
    }
}
