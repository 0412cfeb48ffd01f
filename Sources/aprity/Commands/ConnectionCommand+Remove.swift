internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

extension ConnectionCommand {
    struct Remove: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a connection out of use, and tell what is left in Salesforce.",
            discussion: Help.text(
                """
                The last connection of an app is blocked, its tokens are revoked, and the org is asked by one sign-in whether \
                it still lets the key in. It goes with --destroy-keys only: a private key that was destroyed cannot be had \
                again. Where other connections use the app, this one goes, and nothing of the app changes.
                """,
                examples: ["aprity connection remove acme", "aprity connection remove acme --destroy-keys --yes"]))

        @Argument(help: "The connection's name.") var alias: String
        @Flag(help: "Destroy the private keys of the app, and remove the connection.") var destroyKeys = false
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        /// Of a key that was left over.
        struct Finished: Encodable {
            let connection: String
            let isRemoved = true
        }

        func perform(_ world: World) async throws -> ExitStatus {
            let service = try await world.service(store)
            let view: ConnectionView
            do { view = try await service.connections.named(alias, as: world.principal) } catch let error
                as ConnectedAppError
            {
                // Removed before, when the place of its key could not be reached.
                guard error.cause == .unknownAlias,
                    try await service.connections.finishRemoval(of: alias, as: world.principal)
                else { throw error }
                try world.output.show(Finished(connection: alias)) {
                    ["Destroyed the key that was left of \(alias)."]
                }
                return .done
            }
            if !yes { try Confirmation.ask(question(view), world.output) }
            let done = try await service.blocks.offboard(alias, destroysKeys: destroyKeys, as: world.principal)
            try world.output.show(done) { OffboardingText.lines(done, flags: store.flags) }
            done.warnings.forEach(world.output.warn)
            return .done
        }

        private func question(_ view: ConnectionView) -> String {
            guard view.sharesAppWith.isEmpty else { return "Remove \(alias)?" }
            return destroyKeys
                ? "Block \(alias), revoke its tokens, and destroy its private key, which cannot be had again?"
                : "Block \(alias), and revoke its tokens?"
        }
    }
}

/// An offboarding for people.
enum OffboardingText {
    /// - Parameter flags: Those of the store, for the commands that come next.
    static func lines(_ view: OffboardingView, flags: String) -> [String] {
        let name = TerminalText.safe(view.connection)
        var lines: [String] = []
        if view.keysDestroyed > 0 {
            lines.append("Removed \(name), and destroyed \(view.keysDestroyed == 1 ? "its key" : "its keys").")
        } else if view.isRemoved {
            lines.append(
                "Removed \(name). \(view.sharesAppWith.map(TerminalText.safe).joined(separator: ", ")) "
                    + "goes on with the same app and key.")
        } else {
            lines.append(
                "\(name) is blocked; nothing was destroyed. `aprity connection remove \(name) --destroy-keys\(flags)` destroys "
                    + "its key and removes it; `aprity unblock \(name)\(flags)` brings it back.")
        }
        if let sentence = refusal(view.refusal) { lines.append(sentence) }
        return lines + ["Left in Salesforce, for an admin:"]
            + view.remains.enumerated().map { "  \($0.offset + 1). \(TerminalText.safe($0.element))" }
    }

    private static func refusal(_ refusal: OffboardingView.Refusal) -> String? {
        switch refusal.state {
        case .refused: "The org refused the last sign-in: \(refusal.cause?.entry.summary ?? "it said no.")"
        case .accepted: "The org still let the key in just now; that token was revoked."
        case .unanswered:
            "Whether the org still takes the key is not known: \(refusal.cause?.entry.summary ?? "no answer.")"
        case .notTried: nil
        }
    }
}
