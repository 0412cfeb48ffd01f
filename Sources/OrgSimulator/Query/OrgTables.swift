import Foundation

/// The tables that one user of an org may query. Each table is built when it is first needed.
///
/// Create one for each request, and use it from one task: it is a snapshot, and not thread-safe.
final class OrgTables {
    let org: Org
    let user: User
    /// The API names of the user's permissions.
    let permissions: Set<String>
    /// All sign-ins of the org, oldest first.
    let logins: [LoginRecord]
    let audit: SetupAudit
    let source: OrgSource
    private var tables: [OrgObject: QueryTable] = [:]

    /// - Parameter org: The org with its apps as the answering server sees them.
    init(_ org: Org, for user: User, logins: [LoginRecord], audit: SetupAudit, source: OrgSource = .none) {
        self.org = org
        self.user = user
        permissions = org.permissions(of: user)
        self.logins = logins
        self.audit = audit
        self.source = source
    }

    /// Whether the user's permissions allow queries of the object.
    func mayRead(_ object: OrgObject) -> Bool {
        if object.isBusinessData { return org.canaryAccounts > 0 }
        return !object.needsViewSetup || permissions.contains("ViewSetup")
    }

    /// Returns the object with this name, ignoring case.
    ///
    /// - Throws: The refusal of an org if there is no such object or the user may not read it. It is the same for both.
    func readable(_ name: String) throws(QueryRefusal) -> OrgObject {
        guard let object = OrgObject(named: name), mayRead(object) else { throw .unsupported(name) }
        return object
    }

    /// Returns the table of an object. The caller must check ``mayRead(_:)`` first.
    func table(_ object: OrgObject) -> QueryTable {
        if let table = tables[object] { return table }
        let table = make(object)
        tables[object] = table
        return table
    }

    private func make(_ object: OrgObject) -> QueryTable {
        switch object {
        case .organization: .organization(org)
        case .user: .users(of: org, logins)
        case .profile: .profiles(of: org)
        case .permissionSet: .permissionSets(of: org)
        case .permissionSetGroup: .permissionSetGroups(of: org)
        case .permissionSetGroupComponent: .permissionSetGroupComponents(of: org)
        case .permissionSetAssignment: .permissionSetAssignments(of: org)
        case .setupEntityAccess: .setupEntityAccess(of: org)
        case .connectedApplication: .connectedApplications(of: org, audit)
        case .externalClientApplication: .externalClientApplications(of: org)
        case .externalClientAppPolicies: .externalClientAppPolicies(of: org)
        case .externalClientAppSettings: .externalClientAppSettings(of: org)
        case .loginHistory: .loginHistory(visibleLogins)
        case .oauthToken: .oauthTokens(visibleApprovals, logins, audit)
        case .setupAuditTrail: .setupAuditTrail(audit.records.filter { $0.orgID == org.id })
        case .userPermissionAccess: .userPermissionAccess(permissions, of: org)
        case .apexClass, .apexTrigger: .apexCode(object, of: source)
        case .apexPage, .apexComponent: .visualforce(object, of: source)
        case .entityDefinition: .entityDefinitions(of: source)
        case .fieldDefinition: .fieldDefinitions(of: source)
        case .customField: .customFields(of: source)
        case .validationRule: .validationRules(of: source)
        case .layout: .layouts(of: source)
        case .flow: .flows(of: source)
        case .flowDefinitionView: .flowDefinitionViews(of: source)
        case .lightningComponentBundle: .lightningComponentBundles(of: source)
        case .auraDefinitionBundle: .auraDefinitionBundles(of: source)
        case .metadataComponentDependency: .dependencies(of: source)
        case .account: .accounts(of: org)
        case .contact: .contacts(of: org)
        }
    }

    /// The user's own sign-ins; all users' for users with *Manage Users* or *Monitor Login History*. A sign-in with an
    /// unknown username belongs to no user and is never visible.
    private var visibleLogins: [LoginRecord] {
        let seesAll = !permissions.isDisjoint(with: ["ManageUsers", "MonitorLoginHistory"])
        return logins.filter { $0.userID == user.id || (seesAll && $0.userID != nil) }
    }

    /// The user's own approvals; all users' for users with *Customize Application*.
    private var visibleApprovals: [(app: App, user: User)] {
        let seesAll = permissions.contains("CustomizeApplication")
        return org.apps.flatMap { app in
            app.approvals.compactMap { approval in org.user(named: approval.username) }
                .filter { seesAll || $0.id == user.id }
                .map { (app, $0) }
        }
    }
}
