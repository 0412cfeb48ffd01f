internal import Foundation
internal import Testing

/// Performs the steps in Setup that aprity prints, and knows nothing else, like a reader who has only the output.
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
        // Commands, advice, alternatives, and steps that only look at something.
        let isForReading = [
            "`", "Salesforce needs", "In aprity:", "If it is blocked", "Or:", "Check that", "The same button",
        ]
        if isForReading.contains(where: step.hasPrefix) { return false }
        if let way = step.firstMatch(of: #/^Setup > Quick Find: (.+?) > (.+)$/#) {
            return try await follow(String(way.1), String(way.2).components(separatedBy: " > "))
        }
        if let row = step.firstMatch(
            of: #/^At the end of (?:aprity's|the app's) row(?: \(proposed name: aprity\))? choose ([^,;]+)/#)
        {
            try await walk.rowAction(String(row.1))
        } else if let tab = step.firstMatch(of: #/^Tab (.+) > (.+)$/#) {
            try await browser.follow(String(tab.1))
            try await browser.follow(String(tab.2))
        } else if step == "Edit Policies" {
            try await browser.follow(step)
        } else if step.hasPrefix("Selected OAuth Scopes are exactly two") {
            try await tick(exactly: ["Api", "RefreshToken"], of: ["Api", "RefreshToken", "Full", "Web"])
        } else if step.contains(#/(upload|choose) aprity[-.\w]*\.crt/#) {
            try await browser.type(certificate, into: "#certificate")
        } else if step.hasPrefix("Permitted Users: Admin approved users are pre-authorized") {
            try await browser.click("#permittedUsers option[value=adminApprovedPreAuthorized]")
        } else if step.hasPrefix("Under App Policies move Aprity_Integration to Selected Permission Sets") {
            try await tick(exactly: ["Aprity_Integration"], of: ["Aprity_Integration", "Aprity_Admin"])
        } else if step.hasPrefix("Tick Enable this app") {
            try await tick(exactly: ["on"], of: [], named: "enabled")
        } else if let page = step.firstMatch(
            of: #/^On the page of [^:]+(?:: aprity\))?: (.+?) > tick Aprity_Integration/#)
        {
            try await browser.follow(String(page.1))
            try await tick(exactly: ["Aprity_Integration"], of: ["Aprity_Integration", "Aprity_Admin"])
            try await walk.save()
            return true
        } else if step == "Save" {
            try await save()
            return true
        } else if !step.hasPrefix("Aprity_Integration > Manage Assignments: exactly") {
            throw NotUnderstood(description: step)
        }
        return false
    }

    /// Goes from Quick Find to a page and on to others.
    private func follow(_ typed: String, _ stops: [String]) async throws -> Bool {
        let page = String(stops[0].prefix { !":,;".contains($0) })
        try await walk.quickFind(typed, page)
        for stop in stops.dropFirst() {
            let label = String(stop.prefix { !":,;(".contains($0) }).trimmingCharacters(in: .whitespaces)
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

    /// Changing the policy shows a warning first, which must be confirmed.
    private func save() async throws {
        try await browser.press("Save")
        if try await browser.count("[role=status]") == 0 { try await walk.save("OK") }
    }
}
