/// Applies the components of a deployment, one by one, to a copy of an org.
struct OrgDeployment: Sendable {
    private let before: Org
    private var after: Org
    private var takenConsumerKeys: Set<String>
    private let switches: Switches
    /// One message for each applied component, in the order of the calls.
    private(set) var messages: [DeployMessage] = []

    /// - Parameter takenConsumerKeys: The consumer keys of the apps of all orgs.
    init(_ org: Org, takenConsumerKeys: Set<String>, _ switches: Switches) {
        before = org
        after = org
        self.takenConsumerKeys = takenConsumerKeys
        self.switches = switches
    }

    /// Applies a component, or leaves the copy unchanged and records the problem in ``messages``.
    mutating func apply(_ component: DeployPackage.Component) {
        var message = DeployMessage(
            componentType: component.type, fileName: component.path, fullName: component.fullName)
        let previous = after
        do {
            let file = try DeployedXML(component.bytes, type: component.type)
            message.created = try apply(file, named: component.fullName)
            message.changed = message.created || previous != after
        } catch {
            message.problem = error
        }
        takenConsumerKeys.formUnion(after.apps.map(\.consumerKey))
        messages.append(message)
    }

    private var context: DeployedOrg {
        DeployedOrg(org: after, takenConsumerKeys: takenConsumerKeys, switches: switches)
    }

    /// - Returns: Whether the component is new.
    private mutating func apply(_ file: DeployedXML, named name: String) throws(DeployProblem) -> Bool {
        switch file.type {
        case "PermissionSet":
            let old = after.permissionSets.first { $0.name == name }
            if old == nil { try checkName(name) }
            after.put(try PermissionSetFile.permissionSet(named: name, in: file, replacing: old))
            return old == nil
        case AppType.connectedApp:
            let old = try app(named: name, .connectedApp)
            if old == nil, !before.allowConnectedAppCreation {
                throw .confirmed(
                    "You can't create a connected app. To enable connected app creation, contact Salesforce Customer "
                        + "Support.")
            }
            after.put(try ConnectedAppFile.app(named: name, in: file, replacing: old, context))
            return old == nil
        case AppType.externalClientApplication:
            let old = try app(named: name, .externalClientApp)
            after.put(try ExternalClientAppDeployment.application(named: name, in: file, replacing: old))
            return old == nil
        default:
            return try applySettings(file)
        }
    }

    /// Returns the app with this name, or `nil` if there is none and the name is valid for a new one.
    private func app(named name: String, _ kind: App.Kind) throws(DeployProblem) -> App? {
        guard let app = after.apps.first(where: { $0.name == name }) else {
            try checkName(name)
            return nil
        }
        guard app.kind == kind else { throw .synthetic("An app of the other kind has the name \(name) already") }
        return app
    }

    private func checkName(_ name: String) throws(DeployProblem) {
        guard AppDraft.isAPIName(name) else { throw .synthetic("\(name) is not a valid API name") }
    }

    /// Applies a settings file of an External Client App. The app must exist; a switch decides whether the same
    /// deployment may create it.
    private mutating func applySettings(_ file: DeployedXML) throws(DeployProblem) -> Bool {
        let name = try file.required("externalClientApplication")
        let old = before.apps.first { $0.name == name && $0.kind == .externalClientApp }
        let mayApply = switches.externalClientAppDeployment == .together || old != nil
        guard mayApply, var app = after.apps.first(where: { $0.name == name && $0.kind == .externalClientApp }) else {
            throw .synthetic("In field: externalClientApplication - no ExternalClientApplication named \(name) found")
        }
        switch file.type {
        case AppType.globalOAuthSettings:
            let isFirst = !(old?.hasOAuthSettings ?? false)
            try ExternalClientAppDeployment.readGlobalSettings(file, into: &app, isFirst: isFirst, context)
        case AppType.oauthSettings: try ExternalClientAppDeployment.readSettings(file, into: &app, context)
        case AppType.oauthPolicies: try ExternalClientAppDeployment.readOAuthPolicies(file, into: &app, context)
        default: try ExternalClientAppDeployment.readPolicies(file, into: &app)
        }
        after.put(app)
        return old == nil
    }

    /// Returns the changed records as a patch for ``OrgSimulation/save(_:)``, in the form that an admin's *Save*
    /// produces.
    func patch() throws(StateProblem) -> JSONValue {
        let oldSets = Dictionary(before.permissionSets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let oldApps = Dictionary(before.apps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var sets: [JSONValue] = []
        for set in after.permissionSets where set != oldSets[set.name] {
            sets.append(try JSONValue(describing: set))
        }
        var apps: [JSONValue] = []
        for app in after.apps where app != oldApps[app.name] { apps.append(try app.completeRecord()) }
        let profiles = try standardProfiles().map { profile throws(StateProblem) in try JSONValue(describing: profile) }
        let org =
            [
                ("id", .string(before.id)), ("name", .string(before.name)), ("profiles", .array(profiles)),
                ("permissionSets", .array(sets)), ("apps", .array(apps)),
            ] as [(String, JSONValue)]
        return ["orgs": [.record(org.filter { $0.1 != .array([]) })]]
    }

    /// The standard profiles that an app names and the state document omits, because no user has them.
    private func standardProfiles() -> [Profile] {
        let named = Set(after.apps.flatMap(\.profiles)).subtracting(before.profiles.map(\.name))
        return named.sorted().compactMap(Profile.standard)
    }
}

extension Org {
    fileprivate mutating func put(_ app: App) {
        if let index = apps.firstIndex(where: { $0.name == app.name }) { apps[index] = app } else { apps.append(app) }
    }

    fileprivate mutating func put(_ set: PermissionSet) {
        if let index = permissionSets.firstIndex(where: { $0.name == set.name }) {
            permissionSets[index] = set
        } else {
            permissionSets.append(set)
        }
    }
}

extension App {
    /// Whether an External Client App has OAuth settings. It has none if it was deployed without its settings files.
    fileprivate var hasOAuthSettings: Bool {
        !callbackURL.isEmpty || !scopes.isEmpty || certificatePEM != nil || unreadableCertificate != nil
    }

    /// Returns the app's record with `null` for missing values, so that a merge removes them.
    fileprivate func completeRecord() throws(StateProblem) -> JSONValue {
        guard case .object(var members) = try JSONValue(describing: self) else { return .null }
        for key in ["certificatePEM", "sessionTimeoutMinutes", "unreadableCertificate"]
        where !members.contains(where: { $0.key == key }) {
            members.append(.init(key: key, value: .null))
        }
        return .object(members)
    }
}
