internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

extension ConnectionCommand {
    struct Remove: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a connection, and show what is left to remove in Salesforce.",
            discussion: Help.text(
                """
                For the last connection of an app, one sign-in tests whether the org still accepts the key. Then the \
                app is blocked and its tokens are revoked. If the app is blocked already, there is no such sign-in. \
                The connection is removed only with --destroy-keys, because a destroyed private key cannot be \
                recovered. If other connections use the app, only this connection is removed, and the app does not \
                change. With the connection, the folder of its scheduled pulls is removed, also with files of your own \
                (`aprity metadata status` shows it).
                """,
                examples: ["aprity connection remove acme", "aprity connection remove acme --destroy-keys --yes"]))

        @Argument(help: "The connection's name.") var alias: String
        @Flag(help: "Destroy the private keys of the app, and remove the connection.") var destroyKeys = false
        @Flag(help: "Do not ask for confirmation.") var yes = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        /// The JSON of `--json` if only a key was left to destroy. The names must not change.
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
                // The connection was removed earlier, when its key store could not be reached.
                guard error.cause == .unknownAlias,
                    try await service.connections.finishRemoval(of: alias, as: world.principal)
                else { throw error }
                try world.output.show(Finished(connection: alias)) {
                    ["Destroyed the remaining key of \(alias)."]
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
                ? "Block \(alias), revoke its tokens, and destroy its private key? The key cannot be recovered."
                : "Block \(alias), and revoke its tokens?"
        }
    }
}

/// Formats the removal of a connection as text.
enum OffboardingText {
    /// - Parameter flags: The store's options, for the commands that the text suggests.
    static func lines(_ view: OffboardingView, flags: String) -> [String] {
        let name = TerminalText.safe(view.connection)
        var lines: [String] = []
        if view.keysDestroyed > 0 {
            lines.append("Removed \(name), and destroyed \(view.keysDestroyed == 1 ? "its key" : "its keys").")
        } else if view.isRemoved {
            lines.append(
                "Removed \(name). \(view.sharesAppWith.map(TerminalText.safe).joined(separator: ", ")) "
                    + "still \(view.sharesAppWith.count == 1 ? "uses" : "use") the same app and key.")
        } else {
            lines.append(
                "\(name) is blocked, and nothing was destroyed. "
                    + "`aprity connection remove \(name) --destroy-keys\(flags)` destroys its key and removes it; "
                    + "`aprity unblock \(name)\(flags)` unblocks it.")
        }
        if let sentence = refusal(view.refusal) { lines.append(sentence) }
        return lines + ["To remove in Salesforce, by an admin:"]
            + view.remains.enumerated().map { "  \($0.offset + 1). \(TerminalText.safe($0.element))" }
    }

    private static func refusal(_ refusal: OffboardingView.LastSignIn) -> String? {
        switch refusal.state {
        case .refused: "The org refused the last sign-in: \(refusal.cause?.entry.summary ?? "no reason given.")"
        case .accepted: "The org still accepted the key; the token was revoked."
        case .unanswered:
            "It is unknown whether the org still accepts the key: \(refusal.cause?.entry.summary ?? "no answer.")"
        case .notTried: nil
        }
    }
}
