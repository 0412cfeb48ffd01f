internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppSQLite
internal import Foundation

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Make, verify and restore encrypted backups.",
        discussion: Help.text(
            """
            A backup is one file, encrypted under a passphrase. It holds the store, the master key, and what proves the \
            audit record: whoever has the file and the passphrase can sign in.
            """,
            examples: [
                "aprity backup create acme.backup --passphrase-file pass.txt",
                "aprity backup verify acme.backup --passphrase-file pass.txt",
            ]),
        subcommands: [Create.self, Verify.self, Restore.self])

    struct PassphraseOptions: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "A file whose first line is the passphrase; otherwise the terminal is asked.", valueName: "file"))
        var passphraseFile: String?

        /// - Parameter backup: Its file.
        func checkStandardInputIsOnce(besides backup: String) throws {
            try InputFile.checkStandardInputIsOnce([("the backup", backup), ("--passphrase-file", passphraseFile)])
        }
    }

    struct Create: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a backup, while other processes work on.",
            discussion: Help.text(
                "The file is new, and appears whole or not at all. Nothing lies on the disk in the clear meanwhile.",
                examples: [
                    "aprity backup create acme.backup",
                    "aprity backup create /mnt/safe/acme.backup --passphrase-file pass.txt",
                ]))

        @Argument(help: "The file to make.") var file: String
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try StandardOutput.refuse(
                file, for: "FILE",
                "A backup is a file that appears whole or not at all, so it does not go to standard output.")
            let settings = try Settings(options: store, environment: world.environment)
            let opened = try await world.open(store)
            let secret = try Passphrase.new(file: passphrase.passphraseFile, world)
            let view = try await opened.service.backups.make(
                to: file, passphrase: secret, store: StoreFiles(of: opened.store), custody: settings.custody,
                as: world.principal)
            try world.output.show(view) {
                [
                    "Wrote \(TerminalText.safe(view.file)): \(view.bytes) bytes, up to audit record "
                        + "\(view.lastAuditRecord)."
                ]
            }
            world.output.say("Keep the passphrase elsewhere. Try it now: aprity backup verify \(ShellWord(path: file))")
            return .done
        }
    }

    struct Verify: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Check everything in a backup, and restore nothing. Needs no store.",
            discussion: Help.text(
                "Ends with status 1 where something inside does not fit.",
                examples: [
                    "aprity backup verify acme.backup",
                    "aprity backup verify acme.backup --passphrase-file pass.txt --json",
                ]))

        @Argument(help: "The backup; - for stdin.") var file: String
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try passphrase.checkStandardInputIsOnce(besides: file)
            let secrets = try Passphrase.existing(file: passphrase.passphraseFile, world)
            let view = try await BackupFile.verify(file, passphrases: secrets, store: StoreFiles())
            let output = world.output
            try output.show(view) {
                view.checks.map { check in
                    let word = check.passes ? output.coloured("good", .green) : output.coloured("bad ", .red)
                    return "\(word)  \(TerminalText.safe(check.sentence))"
                } + [
                    "Made \(view.madeAt.ISO8601Format()), up to audit record \(view.lastAuditRecord). Connections: "
                        + TerminalText.safe(view.connections.joined(separator: ", "))
                ]
            }
            return view.isGood ? .done : .refused
        }
    }

    struct Restore: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a store from a backup, in an empty home or in the place of another.",
            discussion: Help.text(
                """
                Every app comes up blocked, and known tokens are to be revoked. `aprity unblock` lifts the block of a \
                connection once a test shows that it works; it finds out which key the org trusts. Stop the store that the \
                backup was made of first: two that sign in know nothing of each other.

                With --force what the home holds is kept in a folder before-restore-… inside it, and a file beside the \
                master key that belongs to another store under such a name.
                """,
                examples: [
                    "aprity backup restore acme.backup",
                    "aprity backup restore acme.backup --home /srv/aprity \\\n  --master-key-file /etc/aprity/master.key",
                ]))

        @Argument(help: "The backup; - for stdin.") var file: String
        @Flag(help: "Keep what is there aside, instead of refusing.") var force = false
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try passphrase.checkStandardInputIsOnce(besides: file)
            let settings = try Settings(options: store, environment: world.environment)
            try PlaceAccess.check(folder: settings.home.value)
            let secrets = try Passphrase.existing(file: passphrase.passphraseFile, world)
            let view = try await Restoration(
                home: settings.home.value, storePath: settings.storePath, blockOrderPath: settings.blockOrderPath,
                custody: settings.custody, store: StoreFiles(), mayDisplace: force, surroundings: World.surroundings,
                accepting: { records in try await World.rehearsal.get()?.check(records) }, opening: World.withStore
            ).restore(file, passphrases: secrets, as: world.principal)
            try world.output.show(view) {
                [
                    "Restored \(TerminalText.safe(view.home)) from audit record \(view.lastAuditRecord), made "
                        + "\(view.madeAt.ISO8601Format()).",
                    "Blocked: \(view.blockedApps) apps. Tokens to be revoked: \(view.tokensToRevoke).",
                ] + view.connections.map { "  aprity unblock \(TerminalText.safe($0 + store.flags))" }
            }
            for place in view.keptAside { world.output.say("Kept aside: \(TerminalText.safe(place))") }
            if view.checkpointsAreNewer {
                world.output.warn(
                    "The checkpoints of the audit record told of more than the backup holds: what came after it is lost. They "
                        + "are kept aside, as evidence.")
            }
            return .done
        }
    }
}

extension StoreFiles {
    init(of store: SQLiteStore) { self.init { try store.image() } }

    /// Without a store.
    init() { self.init { [] } }

    private init(bytes: @escaping @Sendable () throws -> [UInt8]) {
        self.init(bytes: bytes, image: { try SQLiteImage($0) }, isInUse: StoreFile.isInUse)
    }
}

extension Settings {
    var custody: CustodyFiles {
        CustodyFiles(
            masterKey: masterKeyFile, auditKey: auditKeyFile.value, auditCheckpoints: auditCheckpointFile.value)
    }
}

extension World {
    /// Opens a store's file that exists, for a restore.
    static func withStore(_ path: String, _ body: @Sendable (any RecordStore) async throws -> Void) async throws {
        let store = try SQLiteStore(path: path, mayCreate: false, auditWriter: auditWriter)
        do { try await body(store) } catch {
            // The error that is thrown comes first; the process ends soon.
            try? store.close()
            throw error
        }
        try store.close()
    }
}
