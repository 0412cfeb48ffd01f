/// Calls the pages of the menu entry that a visit's path names.
enum SetupRoutes {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        switch visit.place {
        case .home: try SetupHomePages.outcome(of: visit)
        case .users: try UserPages.outcome(of: visit)
        case .permissionSets: try PermissionSetPages.outcome(of: visit)
        case .customPermissions: try CustomPermissionPages.outcome(of: visit)
        case .profiles: try ProfilePages.outcome(of: visit)
        case .appManager: try AppManagerPages.outcome(of: visit)
        case .manageConnectedApps: try ConnectedAppPages.outcome(of: visit)
        case .connectedAppsUsage, .externalClientAppsUsage: try UsagePages.outcome(of: visit)
        case .externalClientApps: try ExternalClientAppPages.outcome(of: visit)
        case .companyInformation: try SetupHomePages.companyInformation(visit)
        case .myDomain: try SetupHomePages.myDomain(visit)
        case .apiAccessControl: try APIAccessControlPage.outcome(of: visit)
        case .orgTime: try OrgTimePage.outcome(of: visit)
        case .loginHistory: try LoginHistoryPage.outcome(of: visit)
        }
    }
}
