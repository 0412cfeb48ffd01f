/// Finds connections with different apps in the store but the same Consumer Key.
enum SameKey {
    /// Returns the connections of other apps in this store that have the same Consumer Key and may use the same org.
    ///
    /// An app in Salesforce has only one certificate. So one of the Consumer Keys is wrong, or the connections should
    /// share one app in aprity.
    /// - Parameter limit: Stops after so many; `nil`: returns all.
    /// - Throws: ``ConnectedAppError`` if the register was altered.
    static func aliases(
        as connection: ConnectionRecord, _ members: AppMembers, limit: Int? = nil
    ) throws -> [String] {
        let reading = members.reading
        // Other checks report records that cannot be read.
        guard let own = (try? reading.find(AppRecord.self, connection.appID))?.value.consumerKey else { return [] }
        var found: [String] = []
        for appID in try members.apps(withConsumerKey: own) where appID != connection.appID {
            for alias in try members.aliases(ofApp: appID) {
                if let limit, found.count == limit { return found.sorted() }
                guard let other = (try? reading.find(ConnectionRecord.self, alias))?.value,
                    other.mayShareOrg(with: connection)
                else { continue }
                found.append(alias)
            }
        }
        return found.sorted()
    }

    /// Returns a warning about the connections; `nil` if there are none.
    ///
    /// - Parameters:
    ///   - aliases: The connections of other apps with the same Consumer Key.
    ///   - hasMore: Whether there are more.
    static func warning(_ aliases: [String], hasMore: Bool = false) -> String? {
        guard !aliases.isEmpty else { return nil }
        let names = aliases.joined(separator: ", ") + (hasMore ? " and others" : "")
        return
            "The same Consumer Key in another app of aprity: \(names). An app in Salesforce has only one certificate. Set the "
            + "right Consumer Key, or remove this connection and add it again to the same app."
    }
}

extension ConnectionRecord {
    /// Whether the two connections may use the same org. Different orgs may have the same Consumer Key: an app that is
    /// copied to a sandbox keeps it.
    func mayShareOrg(with other: ConnectionRecord) -> Bool {
        if let own = pinnedOrganizationID, let others = other.pinnedOrganizationID { return own == others }
        // If a host is not valid, the two may use the same org.
        let hosts = [self, other].map { try? LoginHost($0.loginHost, allowing: $0.allowedHosts) }
        guard let own = hosts[0], let others = hosts[1], own.namesOneOrg, others.namesOneOrg else { return true }
        return own == others
    }
}
