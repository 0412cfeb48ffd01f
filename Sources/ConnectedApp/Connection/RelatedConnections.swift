/// The connections that use something of another connection, each list sorted by alias.
struct RelatedConnections: Sendable {
    /// Those of the same app in aprity.
    let sharingApp: [String]
    /// Those of other apps in aprity with the same Consumer Key: in Salesforce, it may be the same app.
    let sharingConsumerKey: [String]
    /// Those that sign in as the same user of the same org, as far as aprity knows the orgs.
    let sharingUser: [String]

    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if the register was altered.
    init(of found: FoundConnection, _ reading: CheckedReading) throws {
        let (own, members) = (found.connection.value, AppMembers(reading))
        let alias = own.alias.description
        sharingApp = try members.aliases(ofApp: found.app.value.id).filter { $0 != alias }
        sharingConsumerKey = try SameKey.aliases(as: own, members, limit: nil)
        sharingUser = try reading.intact(ConnectionRecord.self).map(\.value)
            .filter { $0.alias != own.alias && $0.username == own.username && $0.mayShareOrg(with: own) }
            .map(\.alias.description).sorted()
    }
}
