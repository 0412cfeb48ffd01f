/// What a deployed file is held against: the records of the org that it names.
struct DeployedOrg: Sendable {
    let org: Org
    /// Consumer keys are unique among all orgs.
    let takenConsumerKeys: Set<String>
    let switches: Switches

    func free(consumerKey key: String) throws(DeployProblem) -> String {
        guard (8...256).contains(key.utf8.count), key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            throw .synthetic("The consumer key has to have 8 to 256 letters and digits")
        }
        guard !takenConsumerKeys.contains(key) else { throw .confirmed("The consumer key is already taken") }
        return key
    }

    /// An app may also name permission set groups here, as it may in Setup.
    func permissionSets(_ names: [String], in field: String) throws(DeployProblem) -> [String] {
        let known = org.permissionSets.map(\.name) + org.groups.map(\.name)
        return try self.known(names, among: known, "PermissionSet", in: field)
    }

    func profiles(_ names: [String], in field: String) throws(DeployProblem) -> [String] {
        let standard = names.filter { Profile.standard($0) != nil }
        return try known(names, among: org.profiles.map(\.name) + standard, "Profile", in: field)
    }

    func scopes(_ names: [String]) throws(DeployProblem) -> [String] {
        for name in names where !OAuthScope.allNames.contains(name) {
            throw .synthetic("'\(name)' is not a valid OAuth scope")
        }
        return names
    }

    private func known(
        _ names: [String], among all: [String], _ type: String, in field: String
    ) throws(DeployProblem) -> [String] {
        for name in names where !all.contains(name) {
            throw .synthetic("In field: \(field) - no \(type) named \(name) found")
        }
        guard Set(names).count == names.count else { throw .synthetic("\(field) names the same record twice") }
        return names
    }
}
