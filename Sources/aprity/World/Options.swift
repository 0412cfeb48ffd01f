public import ArgumentParser
public import ConnectedApp
internal import ConnectedAppHTTP
internal import Foundation

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on stdout; on failure a problem document (RFC 9457).")
    var json = false
}

/// Which store a command works on.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder of the store (else APRITY_HOME, else the XDG data folder).", valueName: "dir"))
    var home: String?

    @Option(
        help: ArgumentHelp(
            "The master key's file (else APRITY_MASTER_KEY_FILE, else a systemd credential, else the XDG config folder).",
            valueName: "file"))
    var masterKeyFile: String?

    /// What the command line gives of the settings.
    ///
    /// - Parameter port: Of a command that has such an option.
    func given(port: Int?) -> [Setting: String] {
        var given: [Setting: String] = [:]
        given[.home] = home.flatMap { $0.isEmpty ? nil : $0 }
        // An empty path is not ignored: the key that would be used then is not the one that is meant.
        given[.masterKeyFile] = masterKeyFile
        given[.port] = port.map(String.init)
        return given
    }

    /// The same flags for a command that is printed, each with a space before it: without them that command would work on
    /// another store. Empty if none was given.
    var flags: String {
        [("--home", home), ("--master-key-file", masterKeyFile)]
            .compactMap { name, value in value.map { " \(name) \(ShellWord($0))" } }.joined()
    }
}

/// A connection: by its alias, or without a store by flags.
struct TargetOptions: ParsableArguments {
    @Argument(help: "The connection's name; leave it out to give the connection by flags.")
    var alias: String?

    @Option(help: ArgumentHelp("Without a store: the login host.", valueName: "url"))
    var loginHost: String?
    @Option(help: ArgumentHelp("Without a store: the username.", valueName: "username"))
    var username: String?
    @Option(help: ArgumentHelp("Without a store: the app's Consumer Key.", valueName: "key"))
    var consumerKey: String?
    @Option(help: ArgumentHelp("Without a store: the private key, a PEM file.", valueName: "pem"))
    var signingKeyFile: String?
    @Option(help: ArgumentHelp("Without a store: a file whose first line opens the private key.", valueName: "file"))
    var passphraseFile: String?
    @Option(help: "Without a store: external-client-app (default) or connected-app.")
    var appKind: AppKind?
    @Option(help: ArgumentHelp("Without a store: the audience, where it cannot be reasoned.", valueName: "url"))
    var audience: String?
    @Option(help: ArgumentHelp("Without a store: further certificate authorities, PEM or DER.", valueName: "file"))
    var caFile: String?
    @Option(
        help: ArgumentHelp("Without a store: a host that is not Salesforce's own; may be repeated.", valueName: "host"))
    var allowHost: [String] = []

    enum Choice {
        case alias(String)
        case storeless(StorelessConnection)
    }

    /// The files, for ``InputFile/checkStandardInputIsOnce(_:)``.
    var files: [InputFile.Option] {
        [("--signing-key-file", signingKeyFile), ("--passphrase-file", passphraseFile), ("--ca-file", caFile)]
    }

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
                    .usage, detail: "\(extra.0) goes without a connection's name, not beside \(alias).")
            }
            return .alias(alias)
        }
        guard let loginHost, let username, let consumerKey, let signingKeyFile else {
            let missing = flags.prefix(4).filter { !$0.1 }.map(\.0).joined(separator: ", ")
            throw ConnectedAppError(
                .usage, detail: "Give a connection's name, or all of a connection by flags; missing: \(missing).")
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
    public init?(argument: String) {
        guard let bits = Int(argument), let size = KeySize(rawValue: bits) else { return nil }
        self = size
    }

    public static var allValueStrings: [String] { allCases.map { String($0.rawValue) } }
}
