internal import Testing

/// The creation of a second app of the same kind in Setup by clicks, and the deletion of the first one at the end.
struct SecondAppWalk: Sendable {
    static let label = "aprity next"

    let walk: SetupWalk
    let kind: SetupForms.Kind

    private var browser: Browser { walk.browser }

    /// Creates the app with a certificate and pre-authorizes the integration user.
    ///
    /// - Returns: Its Consumer Key.
    func make(certificate: String) async throws -> String {
        switch kind {
        case .externalClientApp:
            try await openList()
            try await browser.follow("New External Client App")
            try await walk.fillIn(certificate: certificate, label: Self.label)
            try await walk.save("Create")
            try await openList()
            try await browser.follow(Self.label)
            try await browser.follow("Edit")
            try await browser.click("input[value=Aprity_Integration]")
            try await walk.preauthorize()
            try await openList()
            try await browser.follow(Self.label)
            try await browser.follow("Settings")
            try await browser.pressOpeningTab("Consumer Key and Secret")
        case .connectedApp:
            try await openList()
            try await browser.follow("New Connected App")
            try await walk.fillIn(certificate: certificate, label: Self.label)
            try await walk.save()
            try await openPolicies()
            try await browser.follow("Edit Policies")
            try await walk.preauthorize()
            try await openPolicies()
            try await browser.follow("Manage Permission Sets")
            try await browser.click("input[value=Aprity_Integration]")
            try await walk.save()
            try await viewConnectedApp(row: 2, label: Self.label)
            try await browser.press("Manage Consumer Details")
        }
        return try await walk.consumerKey()
    }

    func deleteFirst() async throws {
        switch kind {
        case .externalClientApp:
            try await openList()
            try await browser.follow("aprity")
            try await browser.follow("Settings")
        case .connectedApp: try await viewConnectedApp(row: 1, label: "aprity")
        }
        try await browser.follow("Delete")
        try await walk.save("Delete")
        #expect(try await browser.text("main [role=status]").hasPrefix("Deleted."))
    }

    private func openList() async throws {
        switch kind {
        case .externalClientApp: try await walk.quickFind("External Client", "External Client App Manager")
        case .connectedApp: try await walk.quickFind("App Manager", "App Manager")
        }
    }

    private func openPolicies() async throws {
        try await walk.quickFind("Connected Apps", "Manage Connected Apps")
        try await browser.follow(Self.label)
    }

    private func viewConnectedApp(row: Int, label: String) async throws {
        try await openList()
        try await browser.click("main tbody tr:nth-of-type(\(row)) summary")
        try await browser.follow("View")
        #expect(try await browser.shows(label, in: "h1"))
    }
}
