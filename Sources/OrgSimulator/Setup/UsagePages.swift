import Foundation

/// *Connected Apps OAuth Usage*, and the corresponding page for External Client Apps: blocking, installing and
/// uninstalling apps, and ending their sessions.
enum UsagePages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        if visit.isHome { return .page(list(visit)) }
        let app = try visit.app(kind(visit))
        switch (visit.action, visit.isPost) {
        case ("users", false): return .page(users(app, visit))
        case ("revoke", false): return .page(revocation(app, visit, of: try user(visit)))
        case ("uninstall", false): return .page(uninstallation(app, visit))
        case ("revoke", true):
            return .revoke(
                app, userID: try user(visit)?.id, next: SetupNotice.revoked.path(visit.path("users")))
        case ("block", true): return save(app, visit, "an app is blocked", ("blocked", true))
        case ("unblock", true): return save(app, visit, "an app is unblocked", ("blocked", false))
        case ("install", true): return save(app, visit, "an app is installed", ("installed", true))
        case ("uninstall", true): return save(app, visit, "an app is uninstalled", ("installed", false))
        default: throw .notFound
        }
    }

    private static func kind(_ visit: SetupVisit) -> App.Kind {
        visit.place == .connectedAppsUsage ? .connectedApp : .externalClientApp
    }

    private static func save(
        _ app: App, _ visit: SetupVisit, _ what: String, _ change: (String, JSONValue)
    ) -> SetupOutcome {
        .save(
            SetupChange.app(app, of: visit.org, [change]), what: what,
            then: SetupNotice.propagates.path(visit.place.path))
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        let isConnected = visit.place == .connectedAppsUsage
        let rows = visit.org.apps.filter { $0.kind == kind(visit) }.map { app in
            let users = Set(visit.sessions.filter { $0.appID == app.id }.map(\.userID)).count
            return [
                HTML(app.shownName), HTML.link(String(users), to: visit.place.path(app.id, "users")),
                HTML(state(app)), actions(app, visit),
            ]
        }
        return SetupPage(
            isConnected ? "Connected Apps OAuth Usage" : "External Client Apps OAuth Usage", visit.place,
            .section(
                "Apps",
                .table(
                    [isConnected ? "Connected App" : "External Client App", "User Count", "State", "Actions"], rows,
                    empty: "This org has no such app."),
                .note(
                    "A real org lists only apps with sessions; this page lists all apps. Which actions a release shows "
                        + "for external client apps is not confirmed on a real org.")))
    }

    private static func state(_ app: App) -> String {
        let states = [app.blocked ? "Blocked" : nil, app.installed ? nil : "Not installed"].compactMap(\.self)
        return states.joined(separator: ", ")
    }

    private static func actions(_ app: App, _ visit: SetupVisit) -> HTML {
        func button(_ label: String, _ action: String) -> HTML {
            .button(label, posts: visit.place.path(app.id, action), token: visit.formToken)
        }
        let block = app.blocked ? button("Unblock", "unblock") : button("Block", "block")
        guard app.kind == .connectedApp else { return block }
        let policies = HTML.link(
            "Manage App Policies", to: SetupPlace.manageConnectedApps.path(app.id, "view"))
        let install =
            app.installed
            ? .opening("Uninstall", visit.place.path(app.id, "uninstall")) : button("Install", "install")
        return [install, block, app.installed ? policies : .nothing]
    }

    private static func uninstallation(_ app: App, _ visit: SetupVisit) -> SetupPage {
        .confirmation(
            "Uninstall \(app.shownName)", visit,
            "Users without Approve Uninstalled Connected Apps can no longer sign in with this app.",
            button: "Uninstall", cancel: visit.place.path)
    }

    /// The user that the form names; `nil` if it names none, which means all users.
    private static func user(_ visit: SetupVisit) throws(SetupRefusal) -> User? {
        guard let id = visit.form["user"], !id.isEmpty else { return nil }
        guard let user = visit.org.users.first(where: { $0.id == id }) else { throw .notFound }
        return user
    }

    private static func revocation(_ app: App, _ visit: SetupVisit, of user: User?) -> SetupPage {
        .confirmation(
            "Revoke Access of \(app.shownName)", visit,
            "The sessions of \(user?.username ?? "all users") with this app end. Their tokens are then invalid.",
            button: "Revoke", fields: user.map { [("user", $0.id)] } ?? [], cancel: visit.path("users"))
    }

    private static func users(_ app: App, _ visit: SetupVisit) -> SetupPage {
        let sessions = visit.sessions.filter { $0.appID == app.id }
        let rows = visit.org.users.compactMap { user -> [HTML]? in
            let own = sessions.filter { $0.userID == user.id }
            guard let last = own.map(\.lastUse).max() else { return nil }
            return [
                HTML(user.username), HTML(last.formatted(.iso8601)), HTML(String(own.count)),
                .opening("Revoke", visit.path("revoke"), [("user", user.id)]),
            ]
        }
        return SetupPage(
            "Users of \(app.shownName)", visit.place,
            .section(
                "Sessions",
                .table(
                    ["User", "Most Recent Use", "Count", "Action"], rows, empty: "Nobody has a session with this app.")
            ))
    }
}
