internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppSQLite
internal import Foundation

struct MasterKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master-key", abstract: "Change the master key.",
        discussion: Help.text(examples: ["aprity master-key rotate", "aprity master-key rotate --reseal"]),
        subcommands: [Rotate.self])

    struct Rotate: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the master key. Other processes can keep running.",
            discussion: Help.text(
                """
                The new key is added to the file, everything is encrypted with it, and then the former key is removed \
                from the file. A running `aprity serve` uses the new key without a restart. If the command is \
                interrupted, everything stays readable; run it again to continue.

                Earlier backups contain their own key and stay readable. Other stores that use the same file need the \
                former key: give --keep-former, run the command for each store, and omit the option for the last one.
                """,
                examples: ["aprity master-key rotate", "aprity master-key rotate --reseal --home /srv/aprity"]))

        @Flag(help: "Encrypt everything again with new data keys, for example after a leak.") var reseal = false
        @Flag(help: "Keep the former key in the file, for other stores that use it.") var keepFormer = false
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let file = try Settings(options: store, environment: world.environment).masterKeyFile
            let opened = try await world.open(store)
            let sqlite = opened.store
            let view = try await opened.service.masterKey.rotate(
                in: file, resealing: reseal, keepingFormer: keepFormer, clean: { await sqlite.clean() },
                as: world.principal)
            try world.output.show(view) { MasterKeyText.lines(view, file: file.path) }
            for advice in MasterKeyText.advice(view, file: file) { world.output.say(advice) }
            return .done
        }
    }
}

/// Formats a change of the master key as text.
enum MasterKeyText {
    static func lines(_ view: MasterKeyRotationView, file: String) -> [String] {
        Pairs.lines([
            (
                "Master key",
                "\(view.masterKeyID) in \(file)\(hasMoved(view) ? "" : ", unchanged: everything was encrypted under it already")"
            ),
            ("Former key", view.isFormerKeyDropped ? "removed from the file" : "still in the file"),
            (
                "Moved",
                "\(view.records) record\(view.records == 1 ? "" : "s"), \(view.tokens) token\(view.tokens == 1 ? "" : "s")\(view.isResealed ? ", encrypted again" : "")"
            ),
        ])
    }

    /// Whether this run moved the store to another master key.
    private static func hasMoved(_ view: MasterKeyRotationView) -> Bool {
        view.formerKeyID != nil
    }

    /// Returns what the user should do now, one sentence or two per item.
    static func advice(_ view: MasterKeyRotationView, file: MasterKeyFile) -> [String] {
        var advice: [String] = []
        if hasMoved(view) {
            advice.append("Keep a copy of the new master key in a safe place, and make a new backup.")
        } else if view.isFormerKeyDropped {
            advice.append(
                "This completed an earlier change of the master key; no new key was made. If you have no copy of the present "
                    + "key, keep one in a safe place, and make a new backup. To change the key once more, run the command "
                    + "again.")
        }
        if !view.isFormerKeyDropped {
            advice.append(
                file.isReplaceable
                    ? "The former key is still in \(file.path). When no other store needs it, run the command again without --keep-former."
                    : "aprity does not change \(file.path). When no other store needs the former key, remove its line at the file's source."
            )
        }
        if !view.isStoreCleaned {
            advice.append(
                "Replaced data may remain in the store's free pages or its log, because other processes were reading "
                    + "or the disk was full. Run the command again when no other process uses the store.")
        }
        if view.isResealed {
            advice.append(
                "Whoever had the former key and the data has the private keys. Replace them too, by `aprity rotate`: "
                    + view.signingKeysToRotate.joined(separator: ", ") + ".")
            advice.append("Restart `aprity serve`: a running process keeps the former key in memory.")
        }
        return advice
    }
}
