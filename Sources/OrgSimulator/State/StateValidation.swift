extension SimulatorState {
    /// Refuses what no org could hold: wrong ids, two records of one name, names that lead nowhere, unusable certificates.
    ///
    /// - Throws: ``StateProblem`` naming the record.
    func validate() throws(StateProblem) {
        guard clock.speed > 0, clock.speed <= 1_000_000 else {
            throw StateProblem("clock.speed is not above 0 and at most 1000000.")
        }
        guard abs(clock.dateHeaderOffsetSeconds) <= 1e10 else {
            throw StateProblem("clock.dateHeaderOffsetSeconds is out of bounds.")
        }
        guard (1...64).contains(switches.servers) else { throw StateProblem("switches.servers is not 1 through 64.") }
        try switches.editDelay.validate("switches.editDelay")
        try switches.creationDelay.validate("switches.creationDelay")
        guard switches.loginsPerHour >= 0, switches.sessionTimeoutSeconds > 0 else {
            throw StateProblem("switches.loginsPerHour is negative, or switches.sessionTimeoutSeconds is not above 0.")
        }
        for (index, fault) in faults.enumerated() { try fault.validate("faults[\(index)]") }
        try unique(orgs.map(\.name), in: "orgs", called: "name")
        try unique(orgs.map(\.id), in: "orgs", called: "id")
        try unique(orgs.map(\.myDomain).filter { !$0.isEmpty }, in: "orgs", called: "myDomain")
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
        guard SalesforceID.isValid(id, prefix: "00D") else { throw StateProblem("\(place).id is no org id.") }
        try unique(users.map { $0.username.lowercased() }, in: "\(place).users", called: "username")
        try unique(profiles.map(\.name), in: "\(place).profiles", called: "name")
        try unique(permissionSets.map(\.name), in: "\(place).permissionSets", called: "name")
        try unique(groups.map(\.name), in: "\(place).groups", called: "name")
        try unique(apps.map(\.name), in: "\(place).apps", called: "name")
        try unique(apps.map(\.consumerKey), in: "\(place).apps", called: "consumerKey")
        for group in groups {
            try known(group.permissionSets, in: permissionSets.map(\.name), "\(place).groups[\(group.name)]")
        }
        for user in users { try validate(user, "\(place).users[\(user.username)]") }
        for app in apps { try validate(app, "\(place).apps[\(app.name)]") }
        for profile in profiles {
            for range in profile.loginIPRanges where range.bounds == nil {
                throw StateProblem("\(place).profiles[\(profile.name)].loginIPRanges holds no range of addresses.")
            }
            for hours in profile.loginHours where !hours.isInOrder {
                throw StateProblem("\(place).profiles[\(profile.name)].loginHours ends before it starts.")
            }
        }
    }

    private func validate(_ user: User, _ place: String) throws(StateProblem) {
        guard SalesforceID.isValid(user.id, prefix: "005") else { throw StateProblem("\(place).id is no user id.") }
        try known([user.profile], in: profiles.map(\.name), "\(place).profile")
        try known(user.permissionSets, in: permissionSets.map(\.name), "\(place).permissionSets")
        try known(user.groups, in: groups.map(\.name), "\(place).groups")
    }

    private func validate(_ app: App, _ place: String) throws(StateProblem) {
        guard SalesforceID.isValid(app.id, prefix: app.kind.idPrefix) else {
            throw StateProblem("\(place).id is no id of such an app.")
        }
        guard (8...256).contains(app.consumerKey.count) else {
            throw StateProblem("\(place).consumerKey has not 8 through 256 characters.")
        }
        guard (1...720).contains(app.jwtTimeoutMinutes) else {
            throw StateProblem("\(place).jwtTimeoutMinutes is not 1 through 720.")
        }
        let assignable = permissionSets.map(\.name) + groups.map(\.name)
        try known(app.permissionSets, in: assignable, "\(place).permissionSets")
        try known(app.profiles, in: profiles.map(\.name), "\(place).profiles")
        try known(app.scopes + app.approvals.flatMap(\.scopes), in: OAuthScope.allNames, "\(place).scopes")
        if let pem = app.certificatePEM {
            do {
                _ = try UploadedCertificate(pem)
            } catch {
                throw StateProblem("\(place).certificatePEM: \(error)")
            }
        }
    }
}

private func unique(_ names: [String], in place: String, called key: String) throws(StateProblem) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
        throw StateProblem("\(place): the \(key) \(name) occurs twice.")
    }
}

private func known(_ names: [String], in all: [String], _ place: String) throws(StateProblem) {
    for name in names where !all.contains(name) {
        throw StateProblem("\(place) names \(name), which is not there.")
    }
}
