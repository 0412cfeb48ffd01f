internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppSQLite
internal import Foundation

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Create, verify and restore encrypted backups.",
        discussion: Help.text(
            """
            A backup is one file, encrypted with a passphrase. It contains the store, the master key, and the key and \
            checkpoints of the audit record. Whoever has the file and the passphrase can sign in.
            """,
            examples: [
                "aprity backup create acme.backup --passphrase-file pass.txt",
                "aprity backup verify acme.backup --passphrase-file pass.txt",
            ]),
        subcommands: [Create.self, Verify.self, Restore.self])

    /// The option of every backup command.
    struct PassphraseOptions: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "A file whose first line is the passphrase; without it, asks at the terminal.", valueName: "file"))
        var passphraseFile: String?

        /// Rejects `-` for both the backup and the passphrase file.
        ///
        /// - Parameter backup: The backup's path.
        func checkStandardInputIsOnce(besides backup: String) throws {
            try InputFile.checkStandardInputIsOnce([("the backup", backup), ("--passphrase-file", passphraseFile)])
        }
    }

    struct Create: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a backup. Other processes can keep running.",
            discussion: Help.text(
                """
                The file must not exist. It is written completely or not at all, and nothing is written unencrypted. The \
                passphrase must have at least 12 characters.
                """,
                examples: [
                    "aprity backup create acme.backup",
                    "aprity backup create /mnt/safe/acme.backup --passphrase-file pass.txt",
                ]))

        @Argument(help: "The file to create.") var file: String
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try StandardOutput.reject(
                file, for: "FILE",
                "A backup is written completely or not at all, so it cannot go to standard output.")
            let settings = try Settings(options: store, environment: world.environment)
            let opened = try await world.open(store)
            let secret = try Passphrase.new(file: passphrase.passphraseFile, world)
            let view = try await opened.service.backups.make(
                to: file, passphrase: secret, store: StoreFiles(of: opened.store), custody: settings.custody,
                as: world.principal)
            try world.output.show(view) {
                [
                    "Wrote \(TerminalText.safe(view.file)): \(view.bytes) bytes, up to audit entry "
                        + "\(view.lastAuditRecord)."
                ]
            }
            world.output.say(
                "Keep the passphrase apart from the backup. Verify the backup with: aprity backup verify "
                    + "\(ShellWord(path: file))"
            )
            return .done
        }
    }

    struct Verify: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "Check everything in a backup without restoring it. Needs no store.",
            discussion: Help.text(
                "Exits with 1 if a check fails.",
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
            let view = try await verify(secrets)
            let output = world.output
            try output.show(view) {
                view.checks.map { check in
                    let word = check.passes ? output.coloured("good", .green) : output.coloured("bad ", .red)
                    return "\(word)  \(TerminalText.safe(check.sentence))"
                } + [
                    "Created \(view.madeAt.ISO8601Format()), up to audit entry \(view.lastAuditRecord). Connections: "
                        + TerminalText.safe(view.connections.joined(separator: ", "))
                ]
            }
            return view.isGood ? .done : .refused
        }

        /// - Throws: What ``BackupFile/verify(_:passphrases:store:)`` throws, with a remedy that does not name this command.
        private func verify(_ secrets: [[UInt8]]) async throws -> BackupVerificationView {
            do {
                return try await BackupFile.verify(file, passphrases: secrets, store: StoreFiles())
            } catch let error as ConnectedAppError where error.cause == .backupDamaged && !error.hasOwnRemedy {
                throw error.advising("Use another copy of it, or another backup.")
            }
        }
    }

    struct Restore: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Restore a store from a backup, into an empty home or instead of another store.",
            discussion: Help.text(
                """
                Every app is blocked after a restore, and aprity revokes the known tokens. `aprity unblock` unblocks a \
                connection's app after a successful test, which also finds the key that the org trusts. First stop \
                everything that uses the store from which the backup was made: two stores do not know of each other's \
                tokens, sign-ins and blocks.

                With --force, what is in the home is moved to a folder before-restore-… inside it. If the master \
                key file, the audit key file or the checkpoint file belongs to another store, it is renamed.
                """,
                examples: [
                    "aprity backup restore acme.backup",
                    "aprity backup restore acme.backup --home /srv/aprity \\\n  --master-key-file /etc/aprity/master.key",
                ]))

        @Argument(help: "The backup; - for stdin.") var file: String
        @Flag(help: "Move what is there aside instead of failing.") var force = false
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try passphrase.checkStandardInputIsOnce(besides: file)
            let settings = try Settings(options: store, environment: world.environment)
            try settings.checkPathForms()
            try PathAccess.check(folder: settings.home.value)
            let secrets = try Passphrase.existing(file: passphrase.passphraseFile, world)
            let view = try await Restoration(
                home: settings.home.value, storePath: settings.storePath, blockOrderPath: settings.blockOrderPath,
                custody: settings.custody, store: StoreFiles(), mayDisplace: force, surroundings: World.surroundings,
                checkAcceptance: { records in try await World.rehearsal.get()?.check(records) },
                opening: World.withStore
            ).restore(file, passphrases: secrets, as: world.principal)
            try world.output.show(view) {
                [
                    "Restored \(TerminalText.safe(view.home)) up to audit entry \(view.lastAuditRecord), created "
                        + "\(view.madeAt.ISO8601Format()).",
                    "Blocked: \(view.blockedApps) app\(view.blockedApps == 1 ? "" : "s"). Tokens to be revoked: \(view.tokensToRevoke).",
                ] + unblocking(view)
            }
            for place in view.keptAside { world.output.say("Moved aside: \(TerminalText.safe(place))") }
            let access = [("accounts", view.accounts), ("API tokens", view.apiTokens)].filter { !$0.1.isEmpty }
            if !access.isEmpty {
                let names = access.map { "\($0.0): \($0.1.joined(separator: ", "))" }.joined(separator: "; ")
                world.output.warn(
                    "These can sign in again, even if they were removed after the backup was created: \(names). Remove "
                        + "those that should not: `aprity user remove`, `aprity api-token revoke`.")
            }
            if view.checkpointsAreNewer {
                world.output.warn(
                    "The checkpoints of the audit record are newer than the backup: later entries are lost. "
                        + "aprity keeps these checkpoints as evidence.")
            }
            return .done
        }

        /// The commands that unblock the restored connections, after a line that says when to run them.
        private func unblocking(_ view: RestoreView) -> [String] {
            guard !view.connections.isEmpty else { return [] }
            return [
                "If this store replaces the one that was backed up (not in a drill), unblock each connection:"
            ] + view.connections.map { "  aprity unblock \(TerminalText.safe($0 + store.flags))" }
        }
    }
}

extension StoreFiles {
    /// Creates the functions for a backup of this store.
    init(of store: SQLiteStore) { self.init { try store.image() } }

    /// Creates the functions for an existing backup, which need no store.
    init() { self.init { [] } }

    private init(bytes: @escaping @Sendable () throws -> [UInt8]) {
        self.init(bytes: bytes, image: { try SQLiteImage($0) }, isInUse: StoreFile.isInUse)
    }
}

extension Settings {
    /// The files of the master key and the audit record.
    var custody: CustodyFiles {
        CustodyFiles(
            masterKey: masterKeyFile, auditKey: auditKeyFile.value, auditCheckpoints: auditCheckpointFile.value)
    }
}

extension World {
    /// Opens an existing store file for a restore, and closes it afterwards.
    ///
    /// - Throws: The errors of opening and closing the store, and those of `body`.
    static func withStore(_ path: String, _ body: @Sendable (any RecordStore) async throws -> Void) async throws {
        let store = try SQLiteStore(path: path, mayCreate: false, auditWriter: auditWriter)
        do { try await body(store) } catch {
            // The thrown error matters more than one from closing.
            try? store.close()
            throw error
        }
        try store.close()
    }
}
