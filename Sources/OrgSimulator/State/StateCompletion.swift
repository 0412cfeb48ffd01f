extension SimulatorState {
    /// Fills in what an org generates: ids, consumer keys and secrets, and missing standard profiles of users. Call
    /// it before ``validate()``, which rejects empty ids and unknown profiles.
    mutating func generateMissingValues(using random: inout SeededRandom) {
        var taken = Set(orgs.flatMap { org in org.apps.flatMap { [$0.id, $0.consumerKey] } + org.users.map(\.id) })
        func fresh(_ make: (inout SeededRandom) -> String) -> String {
            while true {
                let candidate = make(&random)
                if taken.insert(candidate).inserted { return candidate }
            }
        }
        func identify(_ id: inout String, _ prefix: String) {
            if id.isEmpty { id = fresh { SalesforceID.make(prefix: prefix, using: &$0) } }
        }
        for index in orgs.indices {
            identify(&orgs[index].id, "00D")
            orgs[index].addStandardProfiles()
            for user in orgs[index].users.indices { identify(&orgs[index].users[user].id, "005") }
            for profile in orgs[index].profiles.indices { identify(&orgs[index].profiles[profile].id, "00e") }
            for set in orgs[index].permissionSets.indices { identify(&orgs[index].permissionSets[set].id, "0PS") }
            for app in orgs[index].apps.indices {
                identify(&orgs[index].apps[app].id, orgs[index].apps[app].kind.idPrefix)
                if orgs[index].apps[app].consumerKey.isEmpty {
                    orgs[index].apps[app].consumerKey = fresh { "3MVG9" + $0.characters(80) }
                }
                if orgs[index].apps[app].consumerSecret.isEmpty {
                    orgs[index].apps[app].consumerSecret = .consumerSecret(using: &random)
                }
            }
        }
    }
}

extension App.Kind {
    /// The first three characters of the record ids.
    var idPrefix: String {
        switch self {
        case .externalClientApp: "0xI"
        case .connectedApp: "0H4"
        }
    }
}

extension String {
    /// Returns a random consumer secret with 64 uppercase hexadecimal digits, like those of Salesforce.
    static func consumerSecret(using random: inout SeededRandom) -> String {
        let digits = Array("0123456789ABCDEF")
        return String((0..<64).map { _ in digits[Int(random.next(below: 16))] })
    }
}

extension Org {
    /// Adds each standard profile that a user has and the org lacks.
    fileprivate mutating func addStandardProfiles() {
        var present = Set(profiles.map(\.name))
        for user in users where present.insert(user.profile).inserted {
            if let standard = Profile.standard(user.profile) { profiles.append(standard) }
        }
    }
}

extension Profile {
    // The names of standard profiles.
    static let systemAdministrator = "System Administrator"
    static let standardUser = "Standard User"
    static let apiOnly = "Minimum Access - API Only Integrations"

    /// Returns the standard profile with a name, without an id. Returns `nil` if the simulation has no such standard
    /// profile.
    static func standard(_ name: String) -> Profile? {
        var profile = Profile(name: name)
        switch name {
        case systemAdministrator:
            profile.userPermissions = [
                "ApiEnabled", "ApproveUninstalledConnectedApps", "CustomizeApplication", "ManageUsers",
                "ModifyAllData", "ModifyMetadata", "ViewAllExternalClientApps", "ViewRoles", "ViewSetup",
            ]
        case standardUser: profile.userPermissions = ["ApiEnabled", "ViewSetup"]
        case apiOnly: profile.userPermissions = ["ApiUserOnly"]
        default: return nil
        }
        return profile
    }
}
