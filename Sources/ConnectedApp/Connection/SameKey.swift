/// Finds connections with different apps in the store but the same Consumer Key.
enum SameKey {
    /// Returns the connections of other apps in this store that have the same Consumer Key and may use the same org.
    ///
    /// An app in Salesforce has only one certificate. So one of the Consumer Keys is wrong, or the connections should
    /// share one app in aprity.
    static func aliases(
        as connection: ConnectionRecord, among all: [ConnectionRecord], _ reading: some CheckedRecords
    ) -> [String] {
        // Other checks report records that cannot be read.
        func key(of appID: String) -> String? { (try? reading.find(AppRecord.self, appID))?.value.consumerKey }
        guard let own = key(of: connection.appID) else { return [] }
        return all.filter {
            $0.appID != connection.appID && $0.mayShareOrg(with: connection) && key(of: $0.appID) == own
        }.map(\.alias.description)
    }

    /// Returns a warning about the connections; `nil` if there are none.
    ///
    /// - Parameter aliases: The connections of other apps with the same Consumer Key.
    static func warning(_ aliases: [String]) -> String? {
        guard !aliases.isEmpty else { return nil }
        return
            "In aprity, the app of \(aliases.joined(separator: ", ")) has the same Consumer Key but a different certificate. "
            + "An app in Salesforce has only one certificate. Set the right Consumer Key, or add this connection with "
            + "--same-app-as."
    }
}

extension ConnectionRecord {
    /// Whether the two connections may use the same org. Different orgs may have the same Consumer Key: an app that is
    /// copied to a sandbox keeps it.
    fileprivate func mayShareOrg(with other: ConnectionRecord) -> Bool {
        if let own = pinnedOrganizationID, let others = other.pinnedOrganizationID { return own == others }
        // If a host is not valid, the two may use the same org.
        let hosts = [self, other].map { try? LoginHost($0.loginHost, allowing: $0.allowedHosts) }
        guard let own = hosts[0], let others = hosts[1], own.namesOneOrg, others.namesOneOrg else { return true }
        return own == others
    }
}
