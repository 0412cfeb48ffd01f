internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct RotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Replace the certificate of an app without a failed request.",
        discussion: Help.text(
            """
            aprity creates the next key, and an admin uploads its certificate. aprity uses both keys until it is \
            proven which one the org trusts. It destroys the former key a day later at the earliest. `aprity serve` \
            does these steps automatically; without it, run `aprity rotate advance`.
            """,
            examples: ["aprity rotate start acme", "aprity rotate status acme"]),
        subcommands: [
            Start.self, Uploaded.self, Status.self, Advance.self, Abort.self, RollBack.self,
        ])

    struct Start: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create the next key and its certificate. Does not affect programs that use the connection.",
            discussion: Help.text(
                """
                With --second-app, the next certificate is uploaded to a second app, which is proven completely before \
                you delete the present one. This is recommended if the org's admin accepts a second app.
                """,
                examples: ["aprity rotate start acme", "aprity rotate start acme --second-app --days 365"]))

        @Argument(
            help: "The connection's name. The rotation applies to its app, and so to every connection of that app.")
        var alias: String
        @Flag(help: "Use a second app for the next certificate.") var secondApp = false
        @Option(help: "The kind of the second app: external-client-app or connected-app (default: as the present one).")
        var appKind: AppKind?
        @Option(help: ArgumentHelp("Bits of the next key (default: as the present one).", valueName: "bits"))
        var keySize: KeySize?
        @Option(
            help: ArgumentHelp(
                "Where the next key is created: sealed, pkcs11 or command (default: as the present one).",
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
            abstract: "Confirm that the next certificate was saved in the app.",
            discussion: Help.text(
                "Optional: aprity detects a sign-in with the next key by itself. Confirming makes it check sooner.",
                examples: ["aprity rotate uploaded acme", "aprity rotate uploaded acme --consumer-key 3MVG9…"]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("The second app's Consumer Key, if there is one.", valueName: "key"))
        var consumerKey: String?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).rotations.confirmUpload(
                of: alias, consumerKey: consumerKey, as: world.principal)
            return try RotationText.show(view, world.output)
        }
    }

    struct Status: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Show the state of a rotation, what to do now, and what it waits for. Reads the store only.",
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
            abstract: "Do the next step of a rotation, if you do not run `aprity serve`.",
            discussion: Help.text(
                """
                Does one step. With --wait, continues until nothing is due within that time: until the next certificate is \
                in force or, a day later, until the former key is destroyed. Exits with 75 if the next certificate is not \
                in force yet.
                """,
                examples: ["aprity rotate advance acme", "aprity rotate advance acme --wait 1800"]))

        @Argument(help: "The connection's name.") var alias: String
        @Option(help: ArgumentHelp("Continue for at most this many seconds.", valueName: "seconds")) var wait: Int?
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard wait.map({ (1...86_400).contains($0) }) ?? true else {
                throw ValidationError("--wait must be from 1 to 86400 seconds.")
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
                guard let next, next < end else { break }
                try await clock.sleep(.seconds(max(next.timeIntervalSince(clock.now()), 1)))
            }
            let shown = view
            try world.output.show(shown) { RotationText.lines(shown, world.output) }
            return [RotationStateName.steady, .retiring].contains(shown.state) ? .done : .busy
        }
    }

    struct Abort: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give up a next certificate that was not uploaded.",
            discussion: Help.text(
                "Its key is kept for a day, in case the certificate was uploaded after all.",
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
            commandName: "rollback", abstract: "Return to the former certificate.",
            discussion: Help.text(
                """
                An admin has to upload it again: `aprity certificate download ALIAS --next` writes it. aprity uses both \
                keys until it is proven everywhere.
                """, examples: ["aprity rotate rollback acme", "aprity rotate rollback acme --json"]))

        @Argument(help: "The connection's name.") var alias: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).rotations.rollBack(of: alias, as: world.principal)
            return try RotationText.show(view, world.output)
        }
    }
}

/// Formats a rotation as text.
enum RotationText {
    /// Prints the rotation, for commands that succeed whatever its state is.
    ///
    /// - Returns: `.done`.
    static func show(_ view: RotationView, _ output: Output) throws -> ExitStatus {
        try output.show(view) { lines(view, output) }
        return .done
    }

    static func lines(_ view: RotationView, _ output: Output) -> [String] {
        var pairs = [("Rotation", view.state.rawValue + (view.since.map { " since " + $0.ISO8601Format() } ?? ""))]
        pairs.append(
            (
                view.isActiveRolledBack ? "Rolled back" : "In force",
                certificate(view.active) + ", key " + view.keyStore.label
            ))
        if let other = view.other {
            let place = view.otherKeyStore.map { ", key " + $0.label } ?? ""
            pairs.append((view.otherRole.label, certificate(other) + place))
        }
        if let sentences = view.evidence.flatMap({ $0.sentences(on: view.otherRole) }) {
            pairs.append(("Evidence", sentences))
        }
        if let waitsFor = view.waitsFor { pairs.append(("Waits for", waitsFor)) }
        if let usual = view.usual, view.isOtherUnproven { pairs.append(("Usually", usual.sentence)) }
        if let until = view.until {
            pairs.append(("\(view.otherRole.label) key", "kept at least until " + until.ISO8601Format()))
        }
        if view.state == .steady {
            pairs.append(("Next one due", view.dueAt.ISO8601Format() + (view.isDue ? " (due now)" : "")))
        }
        let clicks = view.toDo.enumerated().map { "  \($0.offset + 1). \($0.element)" }
        return [view.summary] + Pairs.lines(pairs) + (clicks.isEmpty ? [] : ["Now:"] + clicks)
    }

    private static func certificate(_ view: CertificateView) -> String {
        "SHA-256 \(view.sha256.prefix(16))…, until \(view.notAfter.ISO8601Format())"
    }
}
