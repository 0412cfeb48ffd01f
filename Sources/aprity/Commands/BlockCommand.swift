internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct BlockCommand: AprityCommand {
    static let copesWithFewDescriptors = true

    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Stop an app at once: sign nothing, hand out no token, and revoke the known tokens.",
        discussion: Help.text(
            """
            Shows four facts, each with the time since when it is true: no process signs for the app, none hands out \
            or uses one of its tokens, the org refuses every known token, and the outcome of every sign-in of the last \
            day is known. Exits with 0 if all four are true, and with 75 if one is not true yet. `aprity serve` then \
            keeps trying; without it, run this command again. The order is first written to a file, so it holds even \
            if the store is locked, full or damaged.
            """,
            examples: [
                "aprity block acme --reason \"laptop of the operator stolen\"",
                "aprity block --all --reason \"drill of November\" --json",
            ]))

    @Argument(help: "The connection's name. The block applies to its app, and so to every connection of that app.")
    var alias: String?
    @Flag(help: "Block every app.") var all = false
    @Option(
        help: """
            The reason, for the audit record and for whoever is affected by the block. If the app is already blocked, \
            the block keeps its first reason.
            """)
    var reason: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard alias == nil || !all else {
            throw ValidationError("Give a connection's name or --all, not both.")
        }
        guard alias != nil || all else { throw ValidationError("Give a connection's name, or --all.") }
    }

    func perform(_ world: World) async throws -> ExitStatus {
        let output = world.output
        let views = try await world.serviceForBlocking(store).blocks.block(alias, reason: reason, as: world.principal) {
            views in
            if !output.json { for view in views { output.say(BlockText.progress(view)) } }
        }
        try output.show(views) {
            guard views.isEmpty else { return views.flatMap { BlockText.lines($0, output) } }
            return [
                all
                    ? "There is no app to block."
                    : "The app is not blocked, because somebody unblocked it at the same time. Run the command again."
            ]
        }
        let isComplete = (all || !views.isEmpty) && views.allSatisfy { $0.facts.allSatisfy(\.isTrue) }
        guard !isComplete else { return .done }
        if Task.isCancelled {
            output.say("The block is in force, but aprity did not wait until every fact was true.")
            throw CancellationError()
        }
        return .busy
    }
}

struct UnblockCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock", abstract: "Unblock an app, if a test shows that the connection works.",
        discussion: Help.text(
            """
            The test signs in once. aprity revokes the token of this sign-in and never hands it out. If the test \
            fails, the app stays blocked.
            """,
            examples: ["aprity unblock acme", "aprity unblock acme --json"]))

    @Argument(help: "The connection's name.") var alias: String
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let output = world.output
        let view = try await world.service(store).blocks.unblock(alias, as: world.principal) { step in
            output.transient("Testing: " + step.id.question)
        }
        output.transient(nil)
        try output.show(view) {
            TestText.lines(view.test.steps, output) + [
                view.isUnblocked ? output.coloured("The app is unblocked.", .green) : "The app stays blocked."
            ]
        }
        guard !view.isUnblocked else { return .done }
        output.say("aprity: error: " + (view.test.cause?.summary ?? Cause.unblockTestFailed.entry.summary))
        output.say("aprity: hint: " + (view.test.cause?.remedy ?? Cause.unblockTestFailed.entry.remedy))
        return TestCommand.status(view.test)
    }
}

/// Formats a block as text.
enum BlockText {
    /// Names the facts that are true so far.
    static func progress(_ view: BlockView) -> String {
        let facts = view.facts.filter(\.isTrue).map { label($0.id) }
        return names(view) + ": " + facts.joined(separator: "; ")
    }

    static func lines(_ view: BlockView, _ output: Output) -> [String] {
        let head =
            "Blocked: \(view.coversEveryApp ? "every app" : names(view)) since \(view.orderedAt.ISO8601Format()) by "
            + "\(TerminalText.safe(view.orderedBy)): \(TerminalText.safe(view.reason))"
        let facts = view.facts.map { fact in
            let word = fact.isTrue ? output.coloured("true   ", .green) : output.coloured("not yet", .yellow)
            let since = fact.at.map { "  since " + $0.ISO8601Format() + "." } ?? ""
            return "  \(word)  \(label(fact.id))\(since) \(TerminalText.safe(fact.because))"
        }
        let clicks = view.inSalesforce.enumerated().map { "  \($0.offset + 1). \($0.element)" }
        let reach =
            view.coversEveryApp && !view.connections.isEmpty
            ? ["  The store cannot be read to find the app, so the block covers every app."] : []
        return [head] + reach + facts + ["To block it in Salesforce too:"] + clicks
    }

    private static func names(_ view: BlockView) -> String {
        view.connections.isEmpty
            ? "an app whose connection record was altered"
            : view.connections.map { TerminalText.safe($0) }.joined(separator: ", ")
    }

    private static func label(_ id: BlockView.FactID) -> String {
        switch id {
        case .noNewSignature: "no new signature"
        case .noNewHandOut: "no token handed out"
        case .knownTokensDead: "known tokens revoked"
        case .unknownTokensBounded: "every sign-in accounted for"
        }
    }
}
