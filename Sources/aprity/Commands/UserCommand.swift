internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Add, list, change and remove the accounts that sign in to the Settings page.",
        discussion: Help.text(
            """
            Works on the store, with or without a running server: whoever may run it on the server's machine is always able \
            to give themselves access. An admin sees and changes everything, a user sees everything and changes nothing.
            """,
            examples: ["aprity user add alice", "aprity user set-password alice"]),
        subcommands: [Add.self, List.self, SetPassword.self, SetRole.self, Remove.self])

    struct Add: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account. Asks for the password twice.",
            discussion: Help.text(
                examples: ["aprity user add alice", "aprity user add bob --role user --password-file bob.password"]))

        @Argument(help: "The account's name.") var name: String
        @Option(help: "admin or user. The first account is an admin, each further one a user.") var role: Role?
        @OptionGroup var password: PasswordOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let accounts = try await world.service(store).accounts
            let isFirst = try await !accounts.presence().hasAccount
            let view = try await accounts.add(
                name, role: role ?? (isFirst ? .admin : .user), password: password.password(of: name, world),
                as: world.principal)
            try world.output.show(view) { ["Added \(view.name) with the role \(view.role.rawValue)."] }
            return .done
        }
    }

    struct List: AprityCommand {
        static let onlyReads = true

        static let configuration = CommandConfiguration(
            abstract: "List the accounts.",
            discussion: Help.text(examples: ["aprity user list", "aprity user list --json"]))

        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let accounts = try await world.service(store).accounts.all(as: world.principal)
            try world.output.show(accounts.shown) {
                guard !accounts.shown.isEmpty else { return ["There is no account."] }
                return Columns.lines(
                    ["NAME", "ROLE", "ADDED", "BY"],
                    accounts.shown.map { account in
                        [
                            account.name, account.role.rawValue, account.createdAt.ISO8601Format(),
                            TerminalText.safe(account.createdBy),
                        ]
                    })
            }
            for name in accounts.altered {
                world.output.warn(
                    "The account \(TerminalText.safe(name)) was altered outside aprity and cannot sign in.")
            }
            return .done
        }
    }

    struct SetPassword: AprityCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password", abstract: "Set an account's password, and end its sessions.",
            discussion: Help.text(
                examples: ["aprity user set-password alice", "aprity user set-password alice --password-file -"]))

        @Argument(help: "The account's name.") var name: String
        @OptionGroup var password: PasswordOptions
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let accounts = try await world.service(store).accounts
            try await accounts.setPassword(
                of: name, to: password.password(of: name, world), as: world.principal)
            try world.output.show(try await accounts.named(name, as: world.principal)) {
                ["The password is set. All sessions of the account have ended."]
            }
            return .done
        }
    }

    struct SetRole: AprityCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-role", abstract: "Set an account's role, from its next request on.",
            discussion: Help.text(examples: ["aprity user set-role bob admin", "aprity user set-role bob user"]))

        @Argument(help: "The account's name.") var name: String
        @Argument(help: "admin or user.") var role: Role
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            let view = try await world.service(store).accounts.setRole(of: name, to: role, as: world.principal)
            try world.output.show(view) { ["\(view.name) has the role \(view.role.rawValue)."] }
            return .done
        }
    }

    struct Remove: AprityCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an account, and end its sessions.",
            discussion: Help.text(examples: ["aprity user remove bob", "aprity user remove bob --json"]))

        @Argument(help: "The account's name.") var name: String
        @OptionGroup var store: StoreOptions
        @OptionGroup var common: CommonOptions

        func perform(_ world: World) async throws -> ExitStatus {
            try await world.service(store).accounts.remove(name, as: world.principal)
            try world.output.show(RemovedView(removed: name)) { ["Removed \(TerminalText.safe(name))."] }
            return .done
        }
    }
}

/// What `user remove` and `api-token revoke` print with `--json`. The property name is JSON.
struct RemovedView: Encodable {
    let removed: String
}

/// Where a new password comes from.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file whose first line is the password; - for standard input. Without it, the command asks.",
            valueName: "file"))
    var passwordFile: String?

    /// - Throws: ``ConnectedAppError``: `.passphraseMissing` if there is neither a file nor a terminal, `.usage` if the two
    ///   entries differ; the errors of reading the file.
    func password(of name: String, _ world: World) throws -> Password {
        Password(String(decoding: try Passphrase.newPassword(file: passwordFile, world), as: UTF8.self))
    }
}

extension Role: ExpressibleByArgument {}
