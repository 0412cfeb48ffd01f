internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct RotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace the certificate of an app, with no failed request.",
        discussion: Help.text(
            """
            The next key is made; an admin uploads its certificate; both keys sign until it is proven which one the org \
            trusts; the former key is destroyed a day later at the earliest. aprity serve does the proving by itself; \
            without it, rotate advance does what is due.
            """,
            examples: ["aprity rotate start acme", "aprity rotate status acme"]),
        subcommands: [
            Start.self, Uploaded.self, Status.self, Advance.self, Abort.self, RollBack.self,
        ])

    struct Start: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the next key and its certificate. Nothing changes for those who use the connection.",
            discussion: Help.text(
                """
                With --second-app the next certificate goes into an app of its own, which is proven completely before \
                the present one goes: recommended where the org's admin accepts a second app.
                """,
                examples: ["aprity rotate start acme", "aprity rotate start acme --second-app --days 365"]))

        @Argument(help: "The connection's name. The rotation is its app's, and so of every connection on that app.")
        var alias: String
        @Flag(help: "The next certificate goes into a second app.") var secondApp = false
        @Option(help: "Of the second app: external-client-app or connected-app (default: as the present one).")
        var appKind: AppKind?
        @Option(help: ArgumentHelp("Bits of the next key (default: as the present one).", valueName: "bits"))
        var keySize: KeySize?
        @Option(
            help: ArgumentHelp(
                "Where the next key is made: sealed, pkcs11 or command (default: where the present one is).",
                valueName: "kind"))
        var keyStore: KeyStoreKind?
        @Option(help: "Days the next certificate is valid (default: as the present one).") var days: Int?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).rotations.begin(
                .init(
                    inSecondApp: secondApp, appKind: appKind, keySize: keySize, keyStore: keyStore,
                    certificateDays: days), of: alias, as: world.principal)
            return try RotationText.show(view, world.output)
        }
    }

    struct Uploaded: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell that the next certificate was saved in the app.",
            discussion: Help.text(
                "Telling is optional: a sign-in with the next key tells too. It makes aprity look sooner.",
                examples: ["aprity rotate uploaded acme", "aprity rotate uploaded acme --consumer-key 3MVG9…"]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("The second app's Consumer Key, where there is one.", valueName: "key"))
        var consumerKey: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).rotations.tellUpload(
                of: alias, consumerKey: consumerKey, as: world.principal)
            return try RotationText.show(view, world.output)
        }
    }

    struct Status: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Show how far a rotation is, what to do now, and what is waited for. Asks nobody.",
            discussion: Help.text(examples: ["aprity rotate status acme", "aprity rotate status acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).rotations.view(of: alias, as: world.principal)
            try world.output.show(view) { RotationText.lines(view, world.output) }
            view.warnings.forEach(world.output.warn)
            return .done
        }
    }

    struct Advance: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Do what a rotation asks for now: for those who do not run aprity serve.",
            discussion: Help.text(
                """
                One step, unless --wait is given; then until the next certificate is in force, or nothing is left to do. \
                Ends with status 75 where it is still under way.
                """,
                examples: ["aprity rotate advance acme", "aprity rotate advance acme --wait 1800"]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("Go on for so many seconds at most.", valueName: "seconds")) var wait: Int?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard wait.map({ (1...86_400).contains($0) }) ?? true else {
                throw ValidationError("--wait takes 1 to 86400 seconds.")
            }
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let service = try await world.service(store)
            let clock = World.surroundings
            let end = clock.now().addingTimeInterval(TimeInterval(wait ?? 0))
            var view = try await service.rotations.view(of: alias, as: world.principal)
            while true {
                let next = try await service.rotations.advance(of: alias, as: world.principal)
                let former = view.state
                view = try await service.rotations.view(of: alias, as: world.principal)
                if view.state != former { world.output.say(view.summary) }
                guard let next, next < end, ![RotationStateName.steady, .retiring].contains(view.state) else { break }
                try await clock.sleep(.seconds(max(next.timeIntervalSince(clock.now()), 1)))
            }
            let shown = view
            try world.output.show(shown) { RotationText.lines(shown, world.output) }
            return [RotationStateName.steady, .retiring].contains(shown.state) ? .done : .busy
        }
    }

    struct Abort: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a next certificate up that was not uploaded.",
            discussion: Help.text(
                "Its key is kept for a day, in case it was uploaded all the same.",
                examples: ["aprity rotate abort acme", "aprity rotate abort acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).rotations.abort(of: alias, as: world.principal)
            return try RotationText.show(view, world.output)
        }
    }

    struct RollBack: AprityCommand {
        static let configuration = CommandConfiguration(
            commandName: "rollback", abstract: "Tell that the former certificate is to be in force again.",
            discussion: Help.text(
                "An admin uploads it again; until that is proven everywhere, both keys sign.",
                examples: ["aprity rotate rollback acme", "aprity rotate rollback acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).rotations.rollBack(of: alias, as: world.principal)
            return try RotationText.show(view, world.output)
        }
    }
}

/// A rotation for people.
enum RotationText {
    /// The end of each command that only tells how far the rotation is.
    static func show(_ view: RotationView, _ output: Output) throws -> ExitStatus {
        try output.show(view) { lines(view, output) }
        return .done
    }

    static func lines(_ view: RotationView, _ output: Output) -> [String] {
        var pairs = [("Rotation", view.state.rawValue + (view.since.map { " since " + $0.ISO8601Format() } ?? ""))]
        pairs.append(("In force", certificate(view.active) + ", key " + view.keyStore.label))
        if let other = view.other {
            let place = view.otherKeyStore.map { ", key " + $0.label } ?? ""
            pairs.append((view.otherRole.label, certificate(other) + place))
        }
        if let sentences = view.evidence.flatMap({ $0.sentences(on: view.otherRole) }) {
            pairs.append(("Evidence", sentences))
        }
        if let waitsFor = view.waitsFor { pairs.append(("Waits for", waitsFor)) }
        if let usual = view.usual, view.hasNext { pairs.append(("Seen before", usual.sentence)) }
        if let until = view.until {
            pairs.append(("\(view.otherRole.label) key", "kept until " + until.ISO8601Format() + " at least"))
        }
        if view.state == .steady {
            pairs.append(("Next one due", view.dueAt.ISO8601Format() + (view.isDue ? ", which is now" : "")))
        }
        let clicks = view.toDo.enumerated().map { "  \($0.offset + 1). \($0.element)" }
        return [view.summary] + Pairs.lines(pairs) + (clicks.isEmpty ? [] : ["Now:"] + clicks)
    }

    private static func certificate(_ view: CertificateView) -> String {
        "SHA-256 \(view.sha256.prefix(16))…, until \(view.notAfter.ISO8601Format())"
    }
}
