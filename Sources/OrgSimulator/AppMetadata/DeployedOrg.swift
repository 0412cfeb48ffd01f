/// Checks the values in a deployed file against the org. Each check returns its argument, or throws the
/// ``DeployProblem`` that the deployment reports.
struct DeployedOrg: Sendable {
    /// The org with the components of this deployment that were applied before.
    let org: Org
    /// The consumer keys of the apps of all orgs. Consumer keys are unique across orgs.
    let takenConsumerKeys: Set<String>
    let switches: Switches

    /// Returns `key` if it has 8 to 256 ASCII letters and digits and no app has it.
    func checkedConsumerKey(consumerKey key: String) throws(DeployProblem) -> String {
        guard (8...256).contains(key.utf8.count), key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            throw .synthetic("The consumer key must have 8 to 256 letters and digits")
        }
        guard !takenConsumerKeys.contains(key) else { throw .confirmed("The consumer key is already taken") }
        return key
    }

    /// Returns `names` if the org has all of them and none is repeated. Names of permission set groups are also
    /// accepted, as in Setup.
    ///
    /// - Parameter field: The element with the names, for the problem's text.
    func permissionSets(_ names: [String], in field: String) throws(DeployProblem) -> [String] {
        let all = org.permissionSets.map(\.name) + org.groups.map(\.name)
        return try checked(names, among: all, "PermissionSet", in: field)
    }

    /// Returns `names` if each is a profile of the org or a standard profile, and none is repeated.
    func profiles(_ names: [String], in field: String) throws(DeployProblem) -> [String] {
        let standard = names.filter { Profile.standard($0) != nil }
        return try checked(names, among: org.profiles.map(\.name) + standard, "Profile", in: field)
    }

    /// Returns `names` if each is a metadata name of a scope.
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
