/// Connections on several apps of a store that have one Consumer Key.
enum SameKey {
    /// Connections on other apps of this store that have the same Consumer Key and may be of the same org. An app has one
    /// certificate, so one of the Consumer Keys is wrong, or both connections should share the app.
    static func aliases(
        as connection: ConnectionRecord, among all: [ConnectionRecord], _ reading: some RecordsAtHand
    ) -> [String] {
        // A record that cannot be read has a test and a message of its own.
        func key(of appID: String) -> String? { (try? reading.find(AppRecord.self, appID))?.value.consumerKey }
        guard let own = key(of: connection.appID) else { return [] }
        return all.filter {
            $0.appID != connection.appID && $0.mayShareOrg(with: connection) && key(of: $0.appID) == own
        }.map(\.alias.description)
    }

    /// - Parameter aliases: Connections on other apps that have the same Consumer Key; `nil` is returned for none.
    static func warning(_ aliases: [String]) -> String? {
        guard !aliases.isEmpty else { return nil }
        return
            "The app of \(aliases.joined(separator: ", ")) has the same Consumer Key here, with another certificate. An "
            + "app takes one certificate: set the right Consumer Key, or add this connection with --same-app-as."
    }
}

extension ConnectionRecord {
    /// Whether nothing shows that the two are of different orgs. A sandbox's copy of an app keeps its Consumer Key.
    fileprivate func mayShareOrg(with other: ConnectionRecord) -> Bool {
        if let own = pinnedOrganizationID, let others = other.pinnedOrganizationID { return own == others }
        // Of a host that is none, nothing is known.
        let hosts = [self, other].map { try? LoginHost($0.loginHost, allowing: $0.allowedHosts) }
        guard let own = hosts[0], let others = hosts[1], own.namesOneOrg, others.namesOneOrg else { return true }
        return own == others
    }
}
