public import ArgumentParser
public import ConnectedApp
internal import ConnectedAppHTTP
internal import Foundation

/// The options of every command.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on stdout; after a failure, a problem document (RFC 9457).")
    var json = false
}

/// The options that select a command's store.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the store (else APRITY_HOME, else home in the configuration file, else ~/.local/share/aprity).",
            valueName: "dir"))
    var home: String?

    @Option(
        help: ArgumentHelp(
            "The master key's file (else APRITY_MASTER_KEY_FILE, else a systemd credential, else the XDG config folder).",
            valueName: "file"))
    var masterKeyFile: String?

    /// Returns the settings that are given on the command line.
    ///
    /// - Parameters:
    ///   - port: The value of the command's `--port`, if it has this option.
    ///   - noStartToken: Whether the command's `--no-start-token` is given.
    func given(port: Int?, noStartToken: Bool = false) -> [Setting: String] {
        var given: [Setting: String] = [:]
        // An empty home counts as not given. An empty master key file does not: with the default file, aprity would
        // silently use a key other than the intended one.
        given[.home] = home.flatMap { $0.isEmpty ? nil : $0 }
        given[.masterKeyFile] = masterKeyFile
        given[.port] = port.map(String.init)
        if noStartToken { given[.noStartToken] = "yes" }
        return given
    }

    /// The store's options to append to a command that is printed, each with a leading space; empty if none was given.
    /// Without them, that command would use another store.
    var flags: String {
        [("--home", home), ("--master-key-file", masterKeyFile)]
            .compactMap { name, value in value.map { " \(name) \(ShellWord($0))" } }.joined()
    }
}

/// The options that select a connection: its alias, or, without a store, all of its values.
struct TargetOptions: ParsableArguments {
    @Argument(help: "The connection's name; leave it out to describe the connection by options.")
    var alias: String?

    @Option(help: ArgumentHelp("Without a store: the login host.", valueName: "url"))
    var loginHost: String?
    @Option(help: ArgumentHelp("Without a store: the username.", valueName: "username"))
    var username: String?
    @Option(help: ArgumentHelp("Without a store: the app's Consumer Key.", valueName: "key"))
    var consumerKey: String?
    @Option(help: ArgumentHelp("Without a store: the private key, a PEM file.", valueName: "pem"))
    var signingKeyFile: String?
    @Option(
        help: ArgumentHelp(
            "Without a store: a file whose first line is the private key's passphrase.", valueName: "file"))
    var passphraseFile: String?
    @Option(help: "Without a store: external-client-app (default) or connected-app.")
    var appKind: AppKind?
    @Option(help: ArgumentHelp("Without a store: the audience, if aprity cannot derive it.", valueName: "url"))
    var audience: String?
    @Option(help: ArgumentHelp("Without a store: additional certificate authorities, PEM or DER.", valueName: "file"))
    var caFile: String?
    @Option(
        help: ArgumentHelp(
            "Without a store: allow a host that is not Salesforce's own; may be repeated.", valueName: "host"))
    var allowHost: [String] = []

    /// The selected connection.
    enum Choice {
        case alias(String)
        case storeless(StorelessConnection)
    }

    /// The options that name files, for ``InputFile/checkStandardInputIsOnce(_:)``.
    var files: [InputFile.Option] {
        [("--signing-key-file", signingKeyFile), ("--passphrase-file", passphraseFile), ("--ca-file", caFile)]
    }

    /// Returns the selected connection. Without an alias, reads the files that the options name.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if there are both an alias and other options, or too few options;
    ///   the errors of reading a file.
    func choice(_ world: World) throws -> Choice {
        let flags: [(String, Bool)] = [
            ("--login-host", loginHost != nil), ("--username", username != nil), ("--consumer-key", consumerKey != nil),
            ("--signing-key-file", signingKeyFile != nil), ("--passphrase-file", passphraseFile != nil),
            ("--app-kind", appKind != nil), ("--audience", audience != nil), ("--ca-file", caFile != nil),
            ("--allow-host", !allowHost.isEmpty),
        ]
        if let alias {
            if let extra = flags.first(where: \.1) {
                throw ConnectedAppError(
                    .usage,
                    detail: "\(extra.0) is only for use without a connection's name. Leave out \(extra.0) or \(alias).")
            }
            return .alias(alias)
        }
        guard let loginHost, let username, let consumerKey, let signingKeyFile else {
            let missing = flags.prefix(4).filter { !$0.1 }.map(\.0).joined(separator: ", ")
            throw ConnectedAppError(
                .usage, detail: "Give a connection's name, or describe the connection by options. Missing: \(missing).")
        }
        try InputFile.checkStandardInputIsOnce(files)
        return .storeless(
            StorelessConnection(
                loginHost: loginHost, username: username, consumerKey: consumerKey,
                signingKey: try SecretFile(
                    path: signingKeyFile, flag: "--signing-key-file", credentialsFolder: world.credentialsFolder
                ).privateKey(warn: world.output.warn),
                passphrase: try passphraseFile.map { try Passphrase.file($0, world).firstLine() },
                appKind: appKind ?? .externalClientApp, audience: audience, allowedHosts: allowHost,
                certificateAuthoritiesPEM: try caFile.map { try CertificateAuthorities(file: $0).pem }))
    }
}

extension AppKind: ExpressibleByArgument {}
extension KeyStoreKind: ExpressibleByArgument {}

extension KeySize: ExpressibleByArgument {
    package init?(argument: String) {
        guard let bits = Int(argument), let size = KeySize(rawValue: bits) else { return nil }
        self = size
    }

    package static var allValueStrings: [String] { allCases.map { String($0.rawValue) } }
}
