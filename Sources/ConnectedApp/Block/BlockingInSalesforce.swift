extension AppKind {
    /// The clicks of Salesforce's own block. Its effect on tokens that are out is not confirmed on a real org.
    package var blockingInSalesforce: [String] {
        switch self {
        case .externalClientApp:
            [
                "Setup > Quick Find: External Client Apps > OAuth Usage",
                "Find the app's row and choose Block",
                "Or: Setup > External Client App Manager > the app > Edit policies > clear Enabled",
            ]
        case .connectedApp:
            [
                "Setup > Quick Find: Connected Apps > Connected Apps OAuth Usage",
                "Find the app's row and choose Block; sessions under way end",
                "The same button is at Manage Connected Apps > the app",
            ]
        }
    }
}
