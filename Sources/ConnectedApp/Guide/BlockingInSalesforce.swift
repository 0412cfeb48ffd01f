extension AppKind {
    /// The steps that block the app in Salesforce. Their effect on existing tokens is not confirmed on a real org.
    ///
    /// - Parameter name: The app's name in Setup; `nil` if it is not known.
    func blockingInSalesforce(named name: String?) -> [GuideStep] {
        let row = name.map { "\($0)'s row" } ?? "the app's row"
        let app = name ?? "the app"
        return switch self {
        case .externalClientApp:
            [
                .click("Open Setup > Quick Find: External Client Apps > OAuth Usage."),
                .click("Find \(row) and click Block."),
                .click(
                    "Or open Setup > External Client App Manager > \(app) > Policies > Edit > untick Enable this app > Save."
                ),
            ]
        case .connectedApp:
            [
                .click("Open Setup > Quick Find: Connected Apps > Connected Apps OAuth Usage."),
                .click("Find \(row) and click Block. The app's current sessions end."),
                .click("Or use the same button at Manage Connected Apps > \(app)."),
            ]
        }
    }

    /// The path in Setup to the button that deletes the app. For an External Client App, it is that of the embedded
    /// org, and not confirmed on a real org; for a Connected App, see "Delete a Connected App" (Salesforce Help).
    ///
    /// - Parameter name: The app's name in Setup; `nil` if it is not known.
    func deletingInSalesforce(named name: String?) -> String {
        switch self {
        case .externalClientApp: "Setup > External Client App Manager > \(name ?? "the app") > Settings > Delete"
        case .connectedApp:
            "Setup > App Manager > the arrow at the end of \(name.map { "\($0)'s" } ?? "its") row > View > Delete"
        }
    }
}
