internal import Foundation

/// Mistakes that an admin makes in Setup, click by click.
struct SetupFaults: Sendable {
    let walk: SetupWalk
    let kind: SetupJudge.Kind

    private var browser: Browser { walk.browser }

    /// Selects a scope, or removes it.
    func toggle(scope: String) async throws {
        try await openSettings()
        try await browser.click("input[value=\(scope)]")
        try await walk.save()
    }

    /// - Parameter certificate: The path of a certificate of another key.
    func upload(certificate: String) async throws {
        try await openSettings()
        try await browser.type(certificate, into: "#certificate")
        try await walk.save()
    }

    /// Lets all users authorize the app themselves.
    func allowSelfAuthorization() async throws {
        switch kind {
        case .externalClientApp:
            try await walk.externalClientApp()
            try await browser.follow("Edit")
        case .connectedApp:
            try await walk.manageConnectedApp()
            try await browser.follow("Edit Policies")
        }
        try await browser.click("#permittedUsers option[value=allSelfAuthorized]")
        try await browser.press("Save")
        if try await browser.count("main [role=status]") == 0 { try await walk.save("OK") }
    }

    /// Removes the permission set that pre-authorizes the integration user from the app.
    func removePermissionSet() async throws {
        switch kind {
        case .externalClientApp:
            try await walk.externalClientApp()
            try await browser.follow("Edit")
        case .connectedApp:
            try await walk.manageConnectedApp()
            try await browser.follow("Manage Permission Sets")
        }
        try await browser.click("input[value=Aprity_Integration]")
        try await walk.save()
    }

    private func openSettings() async throws {
        switch kind {
        case .externalClientApp:
            try await walk.quickFind("External Client", "External Client App Manager")
            try await walk.rowAction("Edit Settings")
        case .connectedApp:
            try await walk.quickFind("App Manager", "App Manager")
            try await walk.rowAction("Edit")
        }
    }
}
