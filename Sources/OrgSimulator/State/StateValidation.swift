extension SimulatorState {
    /// Rejects a state that no org could have: invalid ids, duplicate names, references to missing records, unusable
    /// certificates, values out of bounds. Call ``generateMissingValues(using:)`` first, because empty ids are invalid.
    ///
    /// - Throws: ``StateProblem`` that names the first invalid record or value.
    func validate() throws(StateProblem) {
        guard clock.speed > 0, clock.speed <= 1_000_000 else {
            throw StateProblem("clock.speed must be above 0 and at most 1000000.")
        }
        guard abs(clock.dateHeaderOffsetSeconds) <= 1e10 else {
            throw StateProblem("clock.dateHeaderOffsetSeconds must be between -1e10 and 1e10.")
        }
        guard (1...64).contains(switches.servers) else { throw StateProblem("switches.servers must be 1 to 64.") }
        guard random.seed <= RandomSettings.highestSeed else {
            throw StateProblem("random.seed must be from 0 to \(RandomSettings.highestSeed).")
        }
        try switches.editDelay.validate("switches.editDelay")
        try switches.creationDelay.validate("switches.creationDelay")
        guard switches.loginsPerHour >= 0, switches.sessionTimeoutSeconds > 0 else {
            throw StateProblem(
                "switches.loginsPerHour must not be negative, and switches.sessionTimeoutSeconds must be above 0.")
        }
        for (index, fault) in faults.enumerated() { try fault.validate("faults[\(index)]") }
        try requireUnique(orgs.map(\.name), in: "orgs", called: "name")
        try requireUnique(orgs.map(\.id), in: "orgs", called: "id")
        try requireUnique(orgs.map(\.myDomain).filter { !$0.isEmpty }, in: "orgs", called: "myDomain")
        for org in orgs { try org.validate() }
    }
}

extension DelayWindow {
    fileprivate func validate(_ path: String) throws(StateProblem) {
        guard minimumSeconds >= 0, minimumSeconds <= maximumSeconds else {
            throw StateProblem("\(path): the minimum is negative or above the maximum.")
        }
    }
}

extension Org {
    fileprivate func validate() throws(StateProblem) {
        let place = "orgs[\(name)]"
        guard SalesforceID.isValid(id, prefix: "00D") else { throw StateProblem("\(place).id is not an org id.") }
        guard myDomain.utf8.allSatisfy(Self.isInHostName) else {
            throw StateProblem("\(place).myDomain is not a host name.")
        }
        try metadata.validate("\(place).metadata")
        guard (0...50_000).contains(canaryAccounts) else {
            throw StateProblem("\(place).canaryAccounts must be from 0 to 50000.")
        }
        try requireValidNames([name], "orgs", "name")
        try requireValidNames(users.map(\.username), "\(place).users", "username")
        try requireValidNames(profiles.map(\.name), "\(place).profiles", "name")
        try requireValidNames(groups.map(\.name), "\(place).groups", "name")
        try requireValidNames(permissionSets.map(\.name), "\(place).permissionSets", "name", inPaths: true)
        try requireValidNames(apps.map(\.name), "\(place).apps", "name", inPaths: true)
        try requireUnique(users.map { $0.username.lowercased() }, in: "\(place).users", called: "username")
        try requireUnique(profiles.map(\.name), in: "\(place).profiles", called: "name")
        try requireUnique(permissionSets.map(\.name), in: "\(place).permissionSets", called: "name")
        try requireUnique(groups.map(\.name), in: "\(place).groups", called: "name")
        try requireUnique(apps.map(\.name), in: "\(place).apps", called: "name")
        try requireUnique(apps.map(\.consumerKey), in: "\(place).apps", called: "consumerKey")
        try requireUnique(customPermissions, in: "\(place).customPermissions", called: "API name")
        for set in permissionSets {
            try requireKnown(
                set.customPermissions, in: Set(customPermissions),
                "\(place).permissionSets[\(set.name)].customPermissions")
        }
        let names = Names(self)
        for group in groups {
            try requireKnown(group.permissionSets, in: names.permissionSets, "\(place).groups[\(group.name)]")
        }
        for user in users { try validate(user, names, "\(place).users[\(user.username)]") }
        for app in apps { try validate(app, names, "\(place).apps[\(app.name)]") }
        for profile in profiles {
            for range in profile.loginIPRanges where range.bounds == nil {
                throw StateProblem(
                    "\(place).profiles[\(profile.name)].loginIPRanges has an entry that is not a range of addresses.")
            }
            for hours in profile.loginHours where !hours.isValid {
                throw StateProblem(
                    "\(place).profiles[\(profile.name)].loginHours has an entry that does not start before it ends, "
                        + "or is not within 0 to 1440 minutes."
                )
            }
        }
    }

    private static func isInHostName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The names that users, groups and apps can refer to.
    private struct Names {
        let profiles: Set<String>
        let permissionSets: Set<String>
        let groups: Set<String>
        let scopes = Set(OAuthScope.allNames)

        init(_ org: Org) {
            profiles = Set(org.profiles.map(\.name))
            permissionSets = Set(org.permissionSets.map(\.name))
            groups = Set(org.groups.map(\.name))
        }
    }

    private func validate(_ user: User, _ names: Names, _ place: String) throws(StateProblem) {
        guard SalesforceID.isValid(user.id, prefix: "005") else { throw StateProblem("\(place).id is not a user id.") }
        try requireKnown([user.profile], in: names.profiles, "\(place).profile")
        try requireKnown(user.permissionSets, in: names.permissionSets, "\(place).permissionSets")
        try requireKnown(user.groups, in: names.groups, "\(place).groups")
    }

    private func validate(_ app: App, _ names: Names, _ place: String) throws(StateProblem) {
        guard SalesforceID.isValid(app.id, prefix: app.kind.idPrefix) else {
            throw StateProblem("\(place).id is not an app id that begins with \(app.kind.idPrefix).")
        }
        guard (8...256).contains(app.consumerKey.count) else {
            throw StateProblem("\(place).consumerKey must have 8 to 256 characters.")
        }
        guard (1...720).contains(app.jwtTimeoutMinutes) else {
            throw StateProblem("\(place).jwtTimeoutMinutes must be 1 to 720.")
        }
        guard IDTokenOptions.validityRange.contains(app.oauthOptions.idToken.validityMinutes) else {
            throw StateProblem("\(place).oauthOptions.idToken.validityMinutes must be 1 to 720.")
        }
        for name in app.permissionSets where !names.permissionSets.contains(name) && !names.groups.contains(name) {
            throw missing(name, "\(place).permissionSets")
        }
        try requireKnown(app.profiles, in: names.profiles, "\(place).profiles")
        try requireKnown(app.scopes + app.approvals.flatMap(\.scopes), in: names.scopes, "\(place).scopes")
        if let pem = app.certificatePEM {
            do {
                _ = try UploadedCertificate(pem)
            } catch {
                throw StateProblem("\(place).certificatePEM: \(error)")
            }
        }
    }
}

private func requireUnique(_ names: [String], in place: String, called key: String) throws(StateProblem) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
        throw StateProblem("\(place): the \(key) \(name) occurs twice.")
    }
}

/// Rejects names that are empty, too long, or contain forbidden characters.
///
/// - Parameter inPaths: Whether the names are used as file names in an archive.
private func requireValidNames(
    _ names: [String], _ place: String, _ key: String, inPaths: Bool = false
) throws(StateProblem) {
    for name in names {
        guard (1...255).contains(name.count), !name.unicodeScalars.contains(where: \.isControl) else {
            throw StateProblem("\(place): a \(key) must have 1 to 255 characters and no control characters.")
        }
        if inPaths, name.hasPrefix(".") || name.contains(where: { "/\\".contains($0) }) {
            throw StateProblem("\(place): the \(key) \(name) begins with a dot or contains a slash.")
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control }
}

private func requireKnown(_ names: [String], in all: Set<String>, _ place: String) throws(StateProblem) {
    for name in names where !all.contains(name) { throw missing(name, place) }
}

private func missing(_ name: String, _ place: String) -> StateProblem {
    StateProblem("\(place) names \(name), which does not exist.")
}
