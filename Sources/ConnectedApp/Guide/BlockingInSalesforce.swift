extension AppKind {
    /// The clicks of Salesforce's own block. Its effect on tokens that are out is not confirmed on a real org.
    ///
    /// - Parameter name: The app's name in Setup; `nil` if it is not known.
    func blockingInSalesforce(named name: String?) -> [GuideStep] {
        let row = name.map { "\($0)'s row" } ?? "the app's row"
        let app = name ?? "the app"
        return switch self {
        case .externalClientApp:
            [
                .click("Setup > Quick Find: External Client Apps > OAuth Usage"),
                .click("Find \(row) and choose Block"),
                .click(
                    "Or: Setup > External Client App Manager > \(app) > Policies > Edit > untick Enable this app > Save"
                ),
            ]
        case .connectedApp:
            [
                .click("Setup > Quick Find: Connected Apps > Connected Apps OAuth Usage"),
                .click("Find \(row) and choose Block; sessions under way end"),
                .click("The same button is at Manage Connected Apps > \(app)"),
            ]
        }
    }

    /// The clicks that delete the app. For an External Client App they are those of the embedded org, and not confirmed on a
    /// real one; for a Connected App see "Delete a Connected App" (Salesforce Help).
    func deletingInSalesforce(named name: String?) -> String {
        switch self {
        case .externalClientApp: "Setup > External Client App Manager > \(name ?? "the app") > Settings > Delete"
        case .connectedApp: "Setup > App Manager > at the end of \(name.map { "\($0)'s" } ?? "its") row View > Delete"
        }
    }
}
