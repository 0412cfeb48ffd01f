/// A cause's page in the manual, generated from the table of causes.
package enum CausePage {
    /// Returns the page's content, including its title.
    package static func blocks(_ cause: Cause) -> [ManualBlock] {
        let entry = cause.entry
        var blocks: [ManualBlock] = [
            .heading(level: 1, entry.summary),
            .paragraph(
                "Code `\(cause.rawValue)`. \(entry.chapter.title). Exit status \(entry.exit.rawValue)"
                    + (entry.retry ? "; the same command may work later." : ".")),
            .heading(level: 2, "What happened"), .paragraph(entry.seen),
        ]
        blocks += words(cause)
        blocks += [.heading(level: 2, "How aprity distinguishes it from similar causes"), .paragraph(entry.against)]
        blocks += [.heading(level: 2, "What to do"), .paragraph(entry.remedy)]
        if let command = entry.command { blocks.append(.command(command.text())) }
        if let task = entry.task { blocks += clicks(task) }
        blocks += spreading(cause)
        blocks.append(neighbours(cause))
        return blocks
    }

    /// Returns the page as Markdown.
    package static func text(_ cause: Cause) -> String {
        blocks(cause).map(\.markdown).joined(separator: "\n\n") + "\n"
    }

    /// The page that links to the pages of all causes, as Markdown.
    static var index: String {
        let chapters = Cause.Chapter.allCases.map { chapter in
            let causes = Cause.allCases.filter { $0.entry.chapter == chapter }
            let lines = causes.map { "- [`\($0.rawValue)`](\($0.rawValue).md): \($0.entry.summary)" }
            return "## \(chapter.title)\n\n" + lines.joined(separator: "\n")
        }
        let lead = """
            # Causes

            Each failure that aprity reports has a code, and each code has a page. The command line, the Settings page \
            and the API use the same texts. `aprity explain CODE` prints a page, and the Settings page shows it. Start \
            with `aprity test ALIAS`, or with [JWT Verification Fails](../jwt-verification-fails.md).

            This project has **not confirmed on a real org** what Salesforce's texts and the clicks are. If others reported \
            a text, its page says so.
            """
        return ([lead] + chapters).joined(separator: "\n\n") + "\n"
    }

    /// The changes after which a test reports `waiting` instead of this cause, and for how long.
    private static func spreading(_ cause: Cause) -> [ManualBlock] {
        let changes = AppChange.Kind.allCases.filter(cause.spreadingChanges.contains)
        guard !changes.isEmpty else {
            return cause.entry.chapter == .refused
                ? [.paragraph("A change that is still spreading does not cause this, so waiting does not help.")] : []
        }
        return [
            .heading(level: 2, "After a change"),
            .paragraph(
                "A change that is still spreading can cause this. While it may be spreading, `aprity test` reports `waiting`. "
                    + "`aprity test ALIAS --changed` follows the change until the org's answers agree."),
            .table(
                head: ["change", "may spread for"],
                rows: changes.map { [[.plain(name($0))], [.plain("\(Int($0.longestSpread / 60)) minutes")]] }),
        ]
    }

    private static func name(_ change: AppChange.Kind) -> String {
        switch change {
        case .newApp: "a new app"
        case .certificate: "another certificate"
        case .edit: "an edit of the app in Setup"
        }
    }

    /// The org's texts that aprity reads as this cause.
    private static func words(_ cause: Cause) -> [ManualBlock] {
        let rows = RefusalReading.table.filter { $0.causes.contains(cause) }
        guard !rows.isEmpty else { return [] }
        let cells = rows.map { row -> [[ManualText]] in
            let others = row.causes.filter { $0 != cause }.map { [ManualText.cause($0)] }
            return [
                [.quoted(row.error)], [row.description.isEmpty ? .plain("(none)") : .quoted(row.description)],
                [.plain(row.isConfirmed ? "reported" : "not confirmed")],
                Array(others.joined(separator: [.plain(", ")])),
            ]
        }
        return [
            .heading(level: 2, "The org's words"),
            .table(head: ["`error`", "`error_description`", "evidence with JWT Bearer", "can also mean"], rows: cells),
        ]
    }

    /// The task's steps: once if they are the same for both kinds of app.
    private static func clicks(_ task: SetupTask) -> [ManualBlock] {
        let guides = AppKind.allCases.map { ($0, SetupGuide(task, for: .anybody($0)).steps) }
        guard Set(guides.map(\.1)).count > 1 else { return [.heading(level: 3, task.title), .steps(guides[0].1)] }
        return guides.flatMap { kind, steps in
            [.heading(level: 3, "\(task.title): \(kind.label)"), .steps(steps)]
        }
    }

    private static func neighbours(_ cause: Cause) -> ManualBlock {
        let others = RefusalReading.table.filter { $0.causes.contains(cause) }.flatMap(\.causes)
        let near = Set(others).subtracting([cause]).sorted { $0.rawValue < $1.rawValue }
        guard !near.isEmpty else { return .paragraph([.index("All causes")]) }
        let links = near.map { [ManualText.cause($0)] }.joined(separator: [.plain(", ")])
        return .paragraph([.plain("Similar causes: ")] + links + [.plain(". "), .index("All causes")])
    }
}
