/// The manual's page of a cause, made from the table.
package enum CausePage {
    /// Markdown.
    package static func text(_ cause: Cause) -> String {
        let row = cause.row
        let finding = cause.finding
        var parts = [
            "# \(row.summary)",
            "Code `\(cause.rawValue)`. \(finding.chapter.title). Exit status \(row.exit.rawValue)"
                + (row.retry ? "; the same command may work later." : "."),
            "## What is seen\n\n\(finding.seen)",
        ]
        if let words = words(cause) { parts.append(words) }
        parts.append("## What rules out the neighbours\n\n\(finding.against)")
        parts.append("## What to do\n\n\(row.remedy)")
        if let command = finding.command { parts.append("```sh\n\(command)\n```") }
        if let task = finding.task { parts += AppKind.allCases.map { clicks(task, $0) } }
        if let spreading = spreading(cause) { parts.append(spreading) }
        parts.append(neighbours(cause))
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// The page that leads to all of them.
    package static var index: String {
        let chapters = Cause.Chapter.allCases.map { chapter in
            let causes = Cause.allCases.filter { $0.finding.chapter == chapter }
            let lines = causes.map { "- [`\($0.rawValue)`](\($0.rawValue).md): \($0.row.summary)" }
            return "## \(chapter.title)\n\n" + lines.joined(separator: "\n")
        }
        let lead = """
            # Causes

            Each failure of aprity has a code, and each code has a page. They are made from the table in the program itself, so \
            they say what the command line, the Settings page and the API say. Start with `aprity test ALIAS`, or with \
            [JWT Verification Fails](../jwt-verification-fails.md).

            Words and clicks are **not confirmed on a real org** by this project; a page says where others reported them.
            """
        return ([lead] + chapters).joined(separator: "\n\n") + "\n"
    }

    /// After which changes the cause is waited for.
    private static func spreading(_ cause: Cause) -> String? {
        let changes = AppChange.Kind.allCases.filter(cause.spreadingChanges.contains)
        guard !changes.isEmpty else {
            return cause.finding.chapter == .refused
                ? "A change that is still spreading does not cause this: waiting does not help." : nil
        }
        let rows = changes.map { "| \(name($0)) | \(Int($0.spread / 60)) minutes |" }
        return """
            ## After a change

            A change that is still spreading can cause this. For that time `aprity test` says *waiting*, and `aprity test ALIAS \
            --changed` follows the change until all answers agree.

            | change | waited for |
            |---|---|
            \(rows.joined(separator: "\n"))
            """
    }

    private static func name(_ change: AppChange.Kind) -> String {
        switch change {
        case .newApp: "a new app"
        case .certificate: "another certificate"
        case .edit: "an edit of the app in Setup"
        }
    }

    /// The org's words that are read as this cause.
    private static func words(_ cause: Cause) -> String? {
        let rows = RefusalReading.table.filter { $0.causes.contains(cause) }
        guard !rows.isEmpty else { return nil }
        let lines = rows.map { row in
            let others = row.causes.filter { $0 != cause }.map { "[`\($0.rawValue)`](\($0.rawValue).md)" }
            return "| `\(row.error)` | \(row.description.isEmpty ? "(none)" : "`\(row.description)`") | "
                + "\(row.isConfirmed ? "reported" : "not confirmed") | \(others.joined(separator: ", ")) |"
        }
        return """
            ## The org's words

            | `error` | `error_description` | for JWT Bearer | can mean as well |
            |---|---|---|---|
            \(lines.joined(separator: "\n"))
            """
    }

    private static func clicks(_ task: SetupTask, _ kind: AppKind) -> String {
        let guide = SetupGuide(task, for: .anybody(kind))
        let steps = guide.steps.enumerated().map { "\($0.offset + 1). \($0.element)" }
        return "### \(task.title): \(kind.label)\n\n" + steps.joined(separator: "\n")
    }

    private static func neighbours(_ cause: Cause) -> String {
        let others = RefusalReading.table.filter { $0.causes.contains(cause) }.flatMap(\.causes)
        let near = Set(others).subtracting([cause]).map { "[`\($0.rawValue)`](\($0.rawValue).md)" }.sorted()
        let all = "[All causes](README.md)"
        return near.isEmpty ? all : "Neighbours: \(near.joined(separator: ", ")). \(all)"
    }
}
