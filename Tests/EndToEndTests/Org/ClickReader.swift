internal import Foundation
internal import Testing

/// Carries out steps in Setup from their text alone, as a reader does who has nothing but aprity's output.
struct ClickReader: Sendable {
    let walk: SetupWalk
    /// The file that `certificate download` wrote.
    let certificate: String

    struct NotUnderstood: Error, CustomStringConvertible {
        let description: String
    }

    private var browser: Browser { walk.browser }

    /// - Returns: The number of saves.
    func carryOut(_ clicks: [String]) async throws -> Int {
        var saves = 0
        for step in clicks where try await perform(step) { saves += 1 }
        return saves
    }

    /// - Returns: Whether the step saved something.
    private func perform(_ step: String) async throws -> Bool {
        // Commands, alternatives, explanations and checks change nothing in Setup.
        let isForReading = [
            "Run `", "Wait ", "Keep ", "If the app is blocked", "Or ", "Check that", "Some admin guides", "Leave Issue",
            "Complete the identity verification", "Copy the Consumer Key",
        ]
        if isForReading.contains(where: step.hasPrefix) { return false }
        if let way = step.firstMatch(of: #/^Open Setup > Quick Find: (.+?) > (.+)$/#) {
            return try await follow(String(way.1), String(way.2).components(separatedBy: " > "))
        }
        if let row = step.firstMatch(
            of:
                #/^Click the arrow at the end of (?:aprity's|the app's) row(?: \(proposed name: aprity\))? and choose ([^.]+)\./#
        ) {
            try await walk.rowAction(String(row.1))
        } else if let way = step.firstMatch(of: #/^Open the tab (\w+) > [\w ]+ > (.+)\. A new browser tab opens\.$/#) {
            try await browser.follow(String(way.1))
            try await browser.pressOpeningTab(String(way.2))
        } else if let tab = step.firstMatch(of: #/^Open the tab (.+) > (.+)\.$/#) {
            try await browser.follow(String(tab.1))
            try await browser.follow(String(tab.2))
        } else if let button = step.firstMatch(of: #/^Click (.+) in the section API\.$/#) {
            try await browser.press(String(button.1))
        } else if step == "Click Edit Policies." {
            try await browser.follow("Edit Policies")
        } else if let name = step.firstMatch(of: #/^Enter (\w+) as .+ and API Name, and your own address/#) {
            try await browser.type(String(name.1), into: "#label")
            try await browser.type(String(name.1), into: "#name")
            try await browser.type("team@harbour-bikes.example", into: "#contactEmail")
        } else if step.hasPrefix("Tick Enable OAuth") {
            try await browser.click("#enablesOAuth")
        } else if let url = step.firstMatch(of: #/^Enter the Callback URL (\S+)\. /#) {
            try await browser.type(String(url.1), into: "#callbackURL")
        } else if step.hasPrefix("Select exactly these two under Selected OAuth Scopes") {
            try await tick(exactly: ["Api", "RefreshToken"], of: ["Api", "RefreshToken", "Full", "Web"])
        } else if step.contains(#/([Uu]pload|choose) aprity[-.\w]*\.crt/#) {
            if try await browser.count("#usesCertificate:not(:checked)") > 0 {
                try await browser.click("#usesCertificate")
            }
            try await browser.type(certificate, into: "#certificate")
        } else if step.hasPrefix("Set Permitted Users to Admin approved users are pre-authorized") {
            try await browser.click("#permittedUsers option[value=adminApprovedPreAuthorized]")
        } else if step.hasPrefix("Move Aprity_Integration to Selected Permission Sets under App Policies") {
            try await tick(exactly: ["Aprity_Integration"], of: ["Aprity_Integration", "Aprity_Admin"])
        } else if step.hasPrefix("Tick Enable this app") {
            try await tick(exactly: ["on"], of: [], named: "enabled")
        } else if let page = step.firstMatch(of: #/^Open the page of .+? > (.+?) > tick Aprity_Integration/#) {
            try await browser.follow(String(page.1))
            try await tick(exactly: ["Aprity_Integration"], of: ["Aprity_Integration", "Aprity_Admin"])
            try await walk.save()
            return true
        } else if let button = step.firstMatch(of: #/^Find .+ row and click (\w+)\./#) {
            try await walk.save(String(button.1))
            return true
        } else if step == "Click Create." {
            try await walk.save("Create")
            return true
        } else if step == "Click Save, then Continue." {
            try await walk.save()
            try await browser.follow("Continue")
            return true
        } else if step == "Click Save." {
            try await save()
            return true
        } else if let user = step.firstMatch(
            of: #/^Open Aprity_Integration > Manage Assignments: assign exactly (\S+), nobody else\./#)
        {
            try await expectAssigned(user: String(user.1))
        } else {
            throw NotUnderstood(description: step)
        }
        return false
    }

    /// Opens a page by Quick Find and follows the further stops.
    private func follow(_ typed: String, _ stops: [String]) async throws -> Bool {
        let page = String(stops[0].prefix { !":,;.".contains($0) })
        try await walk.quickFind(typed, page)
        for stop in stops.dropFirst() {
            let label = String(stop.prefix { !":,;(.".contains($0) }).trimmingCharacters(in: .whitespaces)
            if ["aprity's row", "the app's row"].contains(label) { continue }
            if label == "Unblock" {
                try await walk.save(label)
                return true
            }
            try await browser.follow(label == "the app" ? "aprity" : label)
        }
        return false
    }

    private func tick(exactly wanted: Set<String>, of all: [String], named name: String? = nil) async throws {
        if let name {
            if try await browser.count("input[name=\(name)]:checked") == 0 {
                try await browser.click("input[name=\(name)]")
            }
            return
        }
        for value in all {
            let isTicked = try await browser.count("input[value=\(value)]:checked") > 0
            if isTicked != wanted.contains(value) { try await browser.click("input[value=\(value)]") }
        }
    }

    /// In the list of permission sets, checks that the one for the integration user is assigned to this user alone.
    private func expectAssigned(user: String) async throws {
        try await browser.follow("Aprity Integration")
        try await browser.follow("Manage Assignments")
        let users = try await browser.texts("main label.tick")
        guard users.count == 1, users[0].contains(user) else {
            throw NotUnderstood(description: "\(user) is not the only user of the set: \(users)")
        }
    }

    /// Clicks Save and confirms the warning that a change of the policy shows first.
    private func save() async throws {
        try await browser.press("Save")
        if try await browser.count("main [role=status]") == 0 { try await walk.save("OK") }
    }
}
