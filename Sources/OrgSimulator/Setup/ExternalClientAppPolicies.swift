/// The tab *Policies* of an External Client App. Profiles and permission sets are assigned to the app here, not on
/// their own pages.
enum ExternalClientAppPolicies {
    static func view(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            app.shownName, .externalClientApps,
            ExternalClientAppPages.tabs(app, visit, current: .policies),
            .actions(.link("Edit", to: visit.path(.editPolicies))),
            .section(
                "App Policies",
                .facts([
                    ("App Status", [app.enabled ? "Enabled" : "Disabled", .unconfirmed]),
                    ("Selected Profiles", AppViews.profiles(of: app)),
                    ("Selected Permission Sets", AppViews.permissionSets(of: app, in: visit.org)),
                ])),
            .section("OAuth Policies", AppViews.policies(of: app)),
            .section(
                flowTitle,
                .facts(flows(app).map { ($0.label, [$0.isTicked ? "yes" : "no", .unconfirmed]) }, isWide: true)),
            AppViews.approvals(of: app, visit))
    }

    static func edit(_ app: App, _ visit: SetupVisit) -> SetupPage {
        let profiles = visit.org.profiles.map { (value: $0.name, label: HTML($0.name)) }
        let sets = AppViews.assignable(in: visit.org).map { (value: $0.value, label: HTML($0.label)) }
        return SetupPage(
            "Edit Policies of \(app.shownName)", .externalClientApps,
            .form(
                visit.path(.editPolicies), token: visit.formToken,
                .section(
                    "App Policies",
                    .tick(["Enable this app", .unconfirmed], "enabled", isTicked: app.enabled),
                    .ticks("Select Profiles", "profiles", profiles, ticked: Set(app.profiles)),
                    .ticks("Select Permission Sets", "permissionSets", sets, ticked: Set(app.permissionSets)),
                    .note(
                        "Ticked entries are in Selected Profiles and Selected Permission Sets. A real org has two "
                            + "lists for each, Available and Selected.")),
                HTML(joining: PolicyForm.sections(app)),
                .section(
                    flowTitle,
                    HTML(
                        joining: flows(app).map {
                            .tick([HTML($0.label), .unconfirmed], $0.name, isTicked: $0.isTicked)
                        }),
                    .note("The simulation stores these settings but does not implement the flows.")),
                .actions(.submit("Save"), .link("Cancel", to: visit.path(.policies)))))
    }

    private static let flowTitle = "OAuth Flows and External Client App Enhancements"

    /// The checkboxes of `flowPolicies`. Their names are the keys in the state document.
    private static func flows(_ app: App) -> [(name: String, label: String, isTicked: Bool)] {
        let policies = app.flowPolicies
        return [
            ("allowsClientCredentialsFlow", "Enable Client Credentials Flow", policies.allowsClientCredentialsFlow),
            (
                "allowsGuestCodeAndCredentialsFlow", "Enable Code and Credentials Flow for Guest Users",
                policies.allowsGuestCodeAndCredentialsFlow
            ),
            ("allowsTokenExchangeFlow", "Enable Token Exchange Flow", policies.allowsTokenExchangeFlow),
        ]
    }

    static func save(_ app: App, _ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let policies: [(String, JSONValue)]
        do {
            policies = try PolicyForm.changes(to: app, visit.form)
        } catch {
            throw error.on(edit(app, visit))
        }
        if PolicyForm.needsWarning(app, visit.form) {
            return .page(PolicyForm.warning(app, visit, cancel: visit.path(.policies)))
        }
        let own: [(String, JSONValue)] = [
            ("enabled", .bool(visit.form.has("enabled"))), ("profiles", .strings(visit.form.all("profiles"))),
            ("permissionSets", .strings(visit.form.all("permissionSets"))),
            ("flowPolicies", .record(flows(app).map { ($0.name, .bool(visit.form.has($0.name))) })),
        ]
        return .save(
            SetupChange.app(app, of: visit.org, own + policies), what: "policies of an external client app",
            then: SetupNotice.propagates.path(visit.path(.policies)))
    }
}
