import Foundation

/// An org's objects as one of its users may query them. Each table is made when a query first comes to it.
final class OrgTables {
    let org: Org
    let user: User
    let permissions: Set<String>
    /// All sign-ins of the org, oldest first.
    let logins: [LoginRecord]
    let audit: SetupAudit
    let source: OrgSource
    private var made: [SetupObject: QueryTable] = [:]

    /// - Parameter org: With its apps as the answering server sees them.
    init(_ org: Org, for user: User, logins: [LoginRecord], audit: SetupAudit, source: OrgSource = .none) {
        self.org = org
        self.user = user
        permissions = org.permissions(of: user)
        self.logins = logins
        self.audit = audit
        self.source = source
    }

    func mayRead(_ object: SetupObject) -> Bool { !object.needsViewSetup || permissions.contains("ViewSetup") }

    /// The object of this name, if there is one and the user may read it.
    func readable(_ name: String) throws(QueryRefusal) -> SetupObject {
        guard let object = SetupObject(named: name), mayRead(object) else { throw .unsupported(name) }
        return object
    }

    func table(_ object: SetupObject) -> QueryTable {
        if let table = made[object] { return table }
        let table = make(object)
        made[object] = table
        return table
    }

    private func make(_ object: SetupObject) -> QueryTable {
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
        }
    }

    /// A user's own sign-ins; everybody's for users with *Manage Users* or *Monitor Login History*.
    private var visibleLogins: [LoginRecord] {
        let seesAll = !permissions.isDisjoint(with: ["ManageUsers", "MonitorLoginHistory"])
        return logins.filter { $0.userID == user.id || (seesAll && $0.userID != nil) }
    }

    /// A user's own approvals; everybody's for users with *Customize Application*.
    private var visibleApprovals: [(app: App, user: User)] {
        let seesAll = permissions.contains("CustomizeApplication")
        return org.apps.flatMap { app in
            app.approvals.compactMap { approval in org.user(named: approval.username) }
                .filter { seesAll || $0.id == user.id }
                .map { (app, $0) }
        }
    }
}
