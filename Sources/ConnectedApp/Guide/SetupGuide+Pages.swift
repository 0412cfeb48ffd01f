/// The ways to the app's pages in Setup.
extension SetupGuide {
    /// To where the app's own settings are edited.
    static func editSettings(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .click("Setup > Quick Find: External Client > External Client App Manager"),
                .click("At the end of \(subject.row) choose Edit Settings, and open OAuth Settings"),
            ]
        case .connectedApp:
            [
                .click("Setup > Quick Find: App Manager > App Manager"),
                .click("At the end of \(subject.row) choose Edit; the section is API (Enable OAuth Settings)"),
            ]
        }
    }

    /// To where the app's policies are edited.
    static func editPolicies(_ subject: SetupSubject) -> [GuideStep] {
        switch subject.kind {
        case .externalClientApp:
            [
                .click("Setup > Quick Find: External Client > External Client App Manager > \(subject.app)"),
                .click("Tab Policies > Edit"),
            ]
        case .connectedApp:
            [
                .click("Setup > Quick Find: Connected Apps > Manage Connected Apps > \(subject.app)"),
                .click("Edit Policies"),
            ]
        }
    }

    static let bothScopes =
        "Selected OAuth Scopes are exactly two: Manage user data via APIs (api); Perform requests at any time "
        + "(refresh_token, offline_access)"
}
