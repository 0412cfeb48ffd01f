/// *External Client App Manager*: the list of External Client Apps, and the tabs *Policies* and *Settings* of each.
enum ExternalClientAppPages {
    /// The pages of one app. The raw value is the last segment of the path.
    enum Action: String {
        case settings, policies, approve, delete
        case editSettings = "edit-settings"
        case editPolicies = "edit-policies"
    }

    static func path(of app: App, _ action: Action) -> String {
        SetupPlace.externalClientApps.path(app.id, action.rawValue)
    }

    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        switch (visit.action, visit.isPost) {
        case ("home", false): return .page(list(visit))
        case ("new", false): return .page(form(AppDraft(.externalClientApp), nil, visit))
        case ("new", true): return try create(visit)
        default: break
        }
        let app = try visit.app(.externalClientApp)
        guard let action = Action(rawValue: visit.action) else {
            return try ConsumerDetailsPages.outcome(of: visit, app)
        }
        switch (action, visit.isPost) {
        case (.settings, false): return .page(settings(app, visit))
        case (.editSettings, false): return .page(form(AppDraft(app), app, visit))
        case (.editSettings, true): return try saveSettings(app, visit)
        case (.policies, false): return .page(ExternalClientAppPolicies.view(app, visit))
        case (.editPolicies, false): return .page(ExternalClientAppPolicies.edit(app, visit))
        case (.editPolicies, true): return try ExternalClientAppPolicies.save(app, visit)
        case (.approve, false): return .redirect(AppViews.approvalAddress(of: app))
        case (.delete, false):
            return .page(AppViews.deletion(of: app, visit, cancel: Action.settings.rawValue))
        case (.delete, true):
            return .save(
                SetupChange.removal(of: app, from: visit.org), what: "an external client app is deleted",
                then: SetupNotice.deleted.path(visit.place.path))
        case (.settings, true), (.policies, true), (.approve, true): throw .notFound
        }
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        let rows = visit.org.apps.filter { $0.kind == .externalClientApp }.map { app in
            [
                HTML.link(app.shownName, to: path(of: app, .policies)), HTML(app.name), "Local",
                app.enabled ? "Enabled" : "Disabled",
                .rowMenu(
                    .link("Edit Settings", to: path(of: app, .editSettings)),
                    .link("Edit Policies", to: path(of: app, .editPolicies))),
            ]
        }
        return SetupPage(
            "External Client App Manager", .externalClientApps,
            .actions(.link("New External Client App", to: visit.place.newPath)),
            .section(
                "External Client Apps",
                .table(
                    ["External Client App Name", "API Name", "Distribution State", "App Status", ""], rows,
                    empty: "This org has no external client app yet.")))
    }

    /// The links to both tabs.
    static func tabs(_ app: App, _ visit: SetupVisit, current: Action) -> HTML {
        .element(
            "div",
            [(Action.policies, "Policies"), (.settings, "Settings")].map { tab, title in
                tab == current
                    ? .element("a", HTML(title), attributes: ["href": visit.path(tab), "aria-current": "page"])
                    : .element("a", HTML(title), attributes: ["href": visit.path(tab)])
            },
            attributes: ["class": "tabs"])
    }

    private static func settings(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            app.shownName, .externalClientApps, tabs(app, visit, current: .settings),
            .actions(
                .link("Edit", to: visit.path(.editSettings)),
                .link("Delete", to: visit.path(.delete))),
            .section(
                "Basic Information",
                .facts([
                    ("External Client App Name", HTML(app.shownName)), ("API Name", HTML(app.name)),
                    ("Contact Email", HTML(app.contactEmail)), ("Distribution State", "Local"),
                ])),
            .section(
                "OAuth Settings",
                .element("h3", "App Settings"),
                .button(
                    "Consumer Key and Secret", posts: visit.path("consumer"), token: visit.formToken, inNewTab: true),
                AppViews.oauthSettings(of: app, certificateLabel: "Enable JWT Bearer Flow"),
                .element("h3", "Flow Enablement and Security"), AppViews.boxes(of: app)))
    }

    private static func form(_ draft: AppDraft, _ app: App?, _ visit: SetupVisit) -> SetupPage {
        let certificate = app.flatMap(AppFields.certificate)
        let fields = AppFields.all(draft, certificate: certificate, isNew: app == nil)
        return SetupPage(
            app.map { "Edit Settings of \($0.shownName)" } ?? "New External Client App", .externalClientApps,
            .form(
                app == nil ? visit.place.newPath : visit.path(.editSettings), token: visit.formToken,
                HTML(joining: fields),
                .actions(
                    .submit(app == nil ? "Create" : "Save"),
                    .link("Cancel", to: app == nil ? visit.place.path : visit.path(.settings))),
                isUpload: true))
    }

    private static func create(_ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let draft = AppDraft(visit.form, kind: .externalClientApp, of: nil)
        do {
            let changes = try draft.changes(to: nil, in: visit.org, form: visit.form)
            return .saveNew(
                draft, changes, visit, what: "a new external client app", then: Action.policies.rawValue)
        } catch {
            throw error.on(form(draft, nil, visit))
        }
    }

    private static func saveSettings(_ app: App, _ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let draft = AppDraft(visit.form, kind: .externalClientApp, of: app)
        do {
            let changes = try draft.changes(to: app, in: visit.org, form: visit.form)
            return .save(
                SetupChange.app(app, of: visit.org, changes), what: "settings of an external client app",
                then: SetupNotice.propagates.path(visit.path(.settings)))
        } catch {
            throw error.on(form(draft, app, visit))
        }
    }
}

extension SetupVisit {
    /// Returns the path of another page of the External Client App that this visit's path names.
    func path(_ action: ExternalClientAppPages.Action) -> String { path(action.rawValue) }
}
