/// Checks the values in a deployed file against the org.
struct DeployedOrg: Sendable {
    let org: Org
    /// The consumer keys of the apps of all orgs. Consumer keys are unique across orgs.
    let takenConsumerKeys: Set<String>
    let switches: Switches

    /// Returns `key` if its format is valid and no app has it.
    func checkedConsumerKey(consumerKey key: String) throws(DeployProblem) -> String {
        guard (8...256).contains(key.utf8.count), key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            throw .synthetic("The consumer key must have 8 to 256 letters and digits")
        }
        guard !takenConsumerKeys.contains(key) else { throw .confirmed("The consumer key is already taken") }
        return key
    }

    /// Returns `names` if the org has all of them. An app may also name permission set groups here, as in Setup.
    func permissionSets(_ names: [String], in field: String) throws(DeployProblem) -> [String] {
        let all = org.permissionSets.map(\.name) + org.groups.map(\.name)
        return try checked(names, among: all, "PermissionSet", in: field)
    }

    func profiles(_ names: [String], in field: String) throws(DeployProblem) -> [String] {
        let standard = names.filter { Profile.standard($0) != nil }
        return try checked(names, among: org.profiles.map(\.name) + standard, "Profile", in: field)
    }

    func scopes(_ names: [String]) throws(DeployProblem) -> [String] {
        for name in names where !OAuthScope.allNames.contains(name) {
            throw .synthetic("'\(name)' is not a valid OAuth scope")
        }
        return names
    }

    private func checked(
        _ names: [String], among all: [String], _ type: String, in field: String
    ) throws(DeployProblem) -> [String] {
        for name in names where !all.contains(name) {
            throw .synthetic("In field: \(field) - no \(type) named \(name) found")
        }
        guard Set(names).count == names.count else { throw .synthetic("\(field) names the same record twice") }
        return names
    }
}
