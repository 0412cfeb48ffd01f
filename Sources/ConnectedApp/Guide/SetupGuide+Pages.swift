/// Steps to the app's pages in Setup.
extension SetupGuide {
    /// Returns the steps to the form with the app's settings.
    static func editSettings(_ subject: GuidedApp) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .click("Open Setup > Quick Find: External Client > External Client App Manager."),
                .click(
                    "Click the arrow at the end of \(subject.row) and choose Edit Settings. Then open OAuth Settings."),
            ]
        case .connectedApp:
            [
                .click("Open Setup > Quick Find: App Manager > App Manager."),
                .click(
                    "Click the arrow at the end of \(subject.row) and choose Edit. Then find the section API (Enable OAuth "
                        + "Settings)."),
            ]
        }
    }

    /// Returns the steps to the form with the app's policies.
    static func editPolicies(_ subject: GuidedApp) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .click("Open Setup > Quick Find: External Client > External Client App Manager > \(subject.app)."),
                .click("Open the tab Policies > Edit."),
            ]
        case .connectedApp:
            [
                .click("Open Setup > Quick Find: Connected Apps > Manage Connected Apps > \(subject.app)."),
                .click("Click Edit Policies."),
            ]
        }
    }

    /// The text of the step that selects the two required scopes.
    static let bothScopes =
        "Select exactly these two under Selected OAuth Scopes: Manage user data via APIs (api); Perform requests at any "
        + "time (refresh_token, offline_access)."
}
