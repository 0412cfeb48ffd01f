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
            abstract: "Put everything under a new master key, while other processes work on.",
            discussion: Help.text(
                """
                The new key comes into the file beside the former one, everything is put under it, and then the former \
                one is taken out. A running `aprity serve` follows by itself. Where the command is interrupted, everything \
                stays readable, and the same command goes on from there.

                Backups that were made before open by the key that is inside them. Other stores that use the same file \
                need the former key: give --keep-former, then run the command for each, the last time without it.
                """,
                examples: ["aprity master-key rotate", "aprity master-key rotate --reseal --home /srv/aprity"]))

        @Flag(help: "Encrypt everything anew, under new data keys: for after a leak.") var reseal = false
        @Flag(help: "Leave the former key in the file, for other stores that use it.") var keepFormer = false
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
            for advice in MasterKeyText.advice(view, file: file.path) { world.output.say(advice) }
            return .done
        }
    }
}

/// A change of the master key for people.
enum MasterKeyText {
    static func lines(_ view: MasterKeyRotationView, file: String) -> [String] {
        Pairs.lines([
            ("Master key", "\(view.masterKeyID) in \(file)"),
            ("Former key", view.isFormerKeyDropped ? "taken out of the file" : "still in the file, or there was none"),
            ("Moved", "\(view.records) records, \(view.tokens) tokens\(view.isResealed ? ", encrypted anew" : "")"),
        ])
    }

    static func advice(_ view: MasterKeyRotationView, file: String) -> [String] {
        var advice = ["Keep a copy of the new master key in a safe place, and make a new backup."]
        if !view.isFormerKeyDropped, view.formerKeyID != nil || view.wasResumed {
            advice.append("The former key is still in \(file).")
        }
        if !view.isStoreCleaned {
            advice.append(
                "What was replaced may still lie in the store's free pages or its log: others are reading, or there is no "
                    + "room. Run the command again when nothing else runs.")
        }
        if view.isResealed {
            advice.append(
                "Whoever had the former key and the data has the private keys: change those too, by `aprity rotate`, for: "
                    + view.signingKeysToRotate.joined(separator: ", ") + ".")
            advice.append("Restart `aprity serve`: a process that runs on knows the former key until it ends.")
        }
        return advice
    }
}
