/// *App Manager*: the list of all apps, and the settings of Connected Apps.
enum AppManagerPages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        switch (visit.action, visit.isPost) {
        case ("home", false): .page(list(visit))
        case ("new", false): .page(try new(visit))
        case ("new", true): try create(visit)
        case ("view", false): .page(view(try visit.app(.connectedApp), visit))
        case ("edit", false): .page(edit(try visit.app(.connectedApp), visit))
        case ("edit", true): try save(visit)
        case ("saved", false): .page(saved(try visit.app(.connectedApp), visit))
        case ("delete", false): .page(AppViews.deletion(of: try visit.app(.connectedApp), visit, cancel: "view"))
        case ("delete", true): delete(try visit.app(.connectedApp), visit)
        default: try ConsumerDetailsPages.outcome(of: visit, try visit.app(.connectedApp))
        }
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        let rows = visit.org.apps.map { app -> [HTML] in
            switch app.kind {
            case .connectedApp:
                return [
                    HTML(app.shownName), HTML(app.name), "Connected",
                    .rowMenu(
                        .link("View", to: visit.place.path(app.id, "view")),
                        .link("Edit", to: visit.place.path(app.id, "edit")),
                        .link("Manage", to: SetupPlace.manageConnectedApps.path(app.id, "view"))),
                ]
            case .externalClientApp:
                return [
                    HTML(app.shownName), HTML(app.name), ["External Client App", .unconfirmed],
                    .rowMenu(
                        .link("View", to: ExternalClientAppPages.path(of: app, .settings)),
                        .link("Edit", to: ExternalClientAppPages.path(of: app, .editSettings)),
                        .link("Manage", to: ExternalClientAppPages.path(of: app, .policies))),
                ]
            }
        }
        return SetupPage(
            "App Manager", .appManager,
            .actions(
                .link("New Connected App", to: visit.place.newPath),
                .link("New External Client App", to: SetupPlace.externalClientApps.newPath)),
            .section(
                "Apps",
                .table(["App Name", "Developer Name", "App Type", ""], rows, empty: "This org has no app yet.")))
    }

    // MARK: A new app

    /// Returns the empty form for a new app.
    ///
    /// - Throws: ``SetupRefusal`` if the org does not allow new Connected Apps.
    private static func new(_ visit: SetupVisit) throws(SetupRefusal) -> SetupPage {
        guard visit.org.allowConnectedAppCreation else {
            throw SetupRefusal(
                "This org does not allow new Connected Apps, like most orgs since Spring '26. Use New External Client "
                    + "App. In a real org, Salesforce Support can allow them; in this simulation, set the org's key "
                    + "allowConnectedAppCreation.",
                status: 403, page: list(visit))
        }
        return form(AppDraft(.connectedApp), nil, visit)
    }

    private static func create(_ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        _ = try new(visit)
        let draft = AppDraft(visit.form, kind: .connectedApp, of: nil)
        do {
            let changes = try draft.changes(to: nil, in: visit.org, form: visit.form)
            return .saveNew(draft, changes, visit, what: "a new connected app", then: "saved")
        } catch {
            throw error.on(form(draft, nil, visit))
        }
    }

    // MARK: An existing app

    private static func view(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            app.shownName, .appManager,
            .actions(
                .link("Edit", to: visit.path("edit")),
                .link("Manage", to: SetupPlace.manageConnectedApps.path(app.id, "view")),
                .link("Delete", to: visit.path("delete"))),
            .section(
                "Basic Information",
                .facts([
                    ("Connected App Name", HTML(app.shownName)), ("API Name", HTML(app.name)),
                    ("Contact Email", HTML(app.contactEmail)),
                ])),
            .section(
                "API (Enable OAuth Settings)",
                .button("Manage Consumer Details", posts: visit.path("consumer"), token: visit.formToken),
                .element("h3", "API details"),
                .facts([("Consumer Key", "Behind Manage Consumer Details.")]),
                .element("h3", "OAuth Settings"),
                AppViews.oauthSettings(of: app, certificateLabel: "Use digital signatures"),
                .element("h3", "Flows and Options"), AppViews.boxes(of: app)))
    }

    private static func edit(_ app: App, _ visit: SetupVisit) -> SetupPage { form(AppDraft(app), app, visit) }

    private static func form(_ draft: AppDraft, _ app: App?, _ visit: SetupVisit) -> SetupPage {
        let title = app.map { "Edit \($0.shownName)" } ?? "New Connected App"
        let certificate = app.flatMap(AppFields.certificate)
        let fields = AppFields.all(draft, certificate: certificate, isNew: app == nil)
        return SetupPage(
            title, .appManager,
            .form(
                app == nil ? visit.place.newPath : visit.path("edit"), token: visit.formToken,
                HTML(joining: fields), .actions(.submit("Save"), .link("Cancel", to: SetupPlace.appManager.path)),
                isUpload: true))
    }

    private static func save(_ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let app = try visit.app(.connectedApp)
        let draft = AppDraft(visit.form, kind: .connectedApp, of: app)
        do {
            let changes = try draft.changes(to: app, in: visit.org, form: visit.form)
            return .save(
                SetupChange.app(app, of: visit.org, changes), what: "settings of a connected app",
                then: SetupNotice.propagates.path(visit.path("saved")))
        } catch {
            throw error.on(form(draft, app, visit))
        }
    }

    /// The page after *Save*. Its *Continue* leads to the app.
    private static func saved(_ app: App, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            app.shownName, .appManager,
            .paragraph(
                "The change reaches the app servers one after the other. Until all have it, one sign-in may succeed and "
                    + "the next one fail."),
            .actions(.link("Continue", to: visit.path("view"))))
    }

    private static func delete(_ app: App, _ visit: SetupVisit) -> SetupOutcome {
        .save(
            SetupChange.removal(of: app, from: visit.org), what: "a connected app is deleted",
            then: SetupNotice.deleted.path(SetupPlace.appManager.path))
    }
}
