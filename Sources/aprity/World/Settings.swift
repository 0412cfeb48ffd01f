internal import ConnectedApp
internal import Foundation

/// The paths of files and other settings. Options override the environment, which overrides the configuration file,
/// which overrides the defaults.
struct Settings {
    let home: SettingValue
    let masterKeyFile: MasterKeyFile
    let port: SettingValue
    /// `yes` or `no`; see ``hasNoStartToken()``.
    let noStartToken: SettingValue
    let auditKeyFile: SettingValue
    let auditCheckpointFile: SettingValue
    /// The webhook's URL; empty if there is none.
    let auditCheckpointWebhook: SettingValue
    /// The number of days; empty to keep records for ever.
    let auditKeepDays: SettingValue
    let keyStores: KeyStoreSettings
    /// The error if the path of the home or of the master key is unknown; `nil` otherwise.
    let missingPaths: ConnectedAppError?
    /// The error if another path, which blocking can do without, begins with `~`; `nil` otherwise.
    private let malformedPath: ConnectedAppError?
    private let configurationFile: SettingValue
    private let network: NetworkSettings

    /// The folder for scheduled pulls of metadata. Empty if the home is unknown.
    var pullFolder: String { home.value.isEmpty ? "" : home.value + "/pulls" }
    /// Empty if the home is unknown.
    var storePath: String { home.value.isEmpty ? "" : home.value + "/aprity.sqlite" }
    var blockOrderPath: String { home.value + "/block-order" }
    /// The folder for the copy of the block order file: the folder of the audit key, which is stored apart from the
    /// data.
    var blockOrderCopyFolder: String { FolderPath.above(auditKeyFile.value) }

    /// Resolves all settings. Reads only the configuration file.
    ///
    /// - Parameters:
    ///   - port: The value of the command's `--port`, if it has this option.
    ///   - noStartToken: Whether the command's `--no-start-token` is given.
    ///   - mayLackHome: Whether the paths of the home and the master key may be unknown. They are then empty.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the configuration file is malformed or the
    ///   path of the home or the master key is unknown or begins with `~`; `.fileUnreadable` if the configuration file cannot be read;
    ///   `.usage` if the home or the master key file is `-`.
    init(
        options: StoreOptions, port: Int? = nil, noStartToken: Bool = false, environment: [String: String],
        mayLackHome: Bool = false
    ) throws {
        let folders = XDGFolders(environment: environment)
        let file = try ConfigurationFile.read(folders)
        configurationFile = file.setting
        let given = try GivenSettings(
            options: options.given(port: port, noStartToken: noStartToken), environment: environment, file: file)
        if let malformed = given.malformedPath(among: [.home, .masterKeyFile]) { throw malformed }
        malformedPath = given.malformedPath(among: [.auditKeyFile, .auditCheckpointFile, .pkcs11Module, .pkcs11PINFile])
        let home = given.value(.home, default: folders.data.map { $0 + "/aprity" } ?? "")
        self.home = SettingValue(.home, Self.absolute(home.value), source: home.source)
        masterKeyFile = MasterKeyFile.located(
            given.given(.masterKeyFile).map {
                MasterKeyFile.Given(
                    path: Self.absolute($0.value), source: $0.source, yieldsToCredential: $0.source == file.path)
            }, environment: environment)
        self.port = given[.port]
        self.noStartToken = given[.noStartToken]
        try Self.checkIsNoPipe(masterKeyFile)
        try StandardOutput.rejectFolder(home.value, for: home.source)
        // The audit key is next to the master key, because both must be stored apart from the data.
        let isCredential = masterKeyFile.source == "systemd credential"
        let configuration = folders.config.map { $0 + "/aprity" } ?? FolderPath.above(home.value)
        let keys = isCredential ? configuration : FolderPath.above(masterKeyFile.path)
        auditKeyFile = given.value(.auditKeyFile, default: keys + "/audit.key")
        auditCheckpointFile = given.value(.auditCheckpointFile, default: keys + "/audit-checkpoints.jsonl")
        auditCheckpointWebhook = given[.auditCheckpointWebhook]
        auditKeepDays = given[.auditKeepDays]
        keyStores = KeyStoreSettings(given)
        network = NetworkSettings(environment: environment)
        missingPaths = Self.missingPaths(
            of: [(Setting.home.variable, home.value), (Setting.masterKeyFile.variable, masterKeyFile.path)], environment
        )
        if let missingPaths, !mayLackHome { throw missingPaths }
    }

    /// Returns the path from the root. A relative path is one in the current folder, whatever it comes from.
    private static func absolute(_ path: String) -> String {
        guard !path.isEmpty, path != "-", !path.hasPrefix("/") else { return path }
        var rest = Substring(path)
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        let folder = FileManager.default.currentDirectoryPath
        return rest.isEmpty || rest == "." ? folder : (folder == "/" ? "" : folder) + "/" + rest
    }

    /// Returns the port of this user's server: `port`, or the configured one. Needs no home.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` or `.fileUnreadable` for the configuration file.
    static func port(_ port: Int?, environment: [String: String]) throws -> SettingValue {
        let file = try ConfigurationFile.read(XDGFolders(environment: environment))
        let options = port.map { [Setting.port: String($0)] } ?? [:]
        return try GivenSettings(options: options, environment: environment, file: file)[.port]
    }

    /// Checks the port of the server.
    ///
    /// - Returns: The port; 0 for a free one.
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    @discardableResult
    func checkPort() throws(ConnectedAppError) -> Int {
        guard let number = Int(port.value), (0...65_535).contains(number) else {
            throw ConnectedAppError(
                .usage, subject: port.source,
                detail: "The port must be from 0 to 65535; 0 picks a free one.", remedy: "Correct \(port.source).")
        }
        return number
    }

    /// Whether the start token is to be switched off once something replaces it.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the setting is neither `yes` nor `no`.
    func hasNoStartToken() throws(ConnectedAppError) -> Bool {
        switch noStartToken.value {
        case "yes": return true
        case "no": return false
        default:
            throw ConnectedAppError(
                .configurationMalformed, subject: noStartToken.source, detail: "The value must be yes or no.")
        }
    }

    /// Returns the error that names the variables to set; `nil` if every path is known.
    ///
    /// - Parameter places: The variables, and the paths that result from them or from the home folder.
    private static func missingPaths(
        of places: [(variable: String, path: String)], _ environment: [String: String]
    ) -> ConnectedAppError? {
        let missing = places.filter(\.path.isEmpty).map(\.variable)
        guard !missing.isEmpty else { return nil }
        let given = environment["HOME"] ?? ""
        return ConnectedAppError(
            .configurationMalformed, subject: "HOME",
            detail: (given.isEmpty
                ? "It is not set" : "It is \(given), where \(UserEntry.currentName) cannot write")
                + ", and the user database has no home for this user, so the places of the store and the master key "
                + "are unknown.",
            remedy: "Set \(missing.joined(separator: " and ")), or HOME.")
    }

    /// Checks the form of the paths that blocking can do without.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`.
    func checkPathForms() throws(ConnectedAppError) { if let malformedPath { throw malformedPath } }

    /// Checks that this user can read the store and the master key, and that no other user can replace them. For a
    /// systemd credential, only the folder is checked.
    ///
    /// - Throws: ``ConnectedAppError`` with `.homeClosed` or `.configurationMalformed`.
    func checkPaths() throws(ConnectedAppError) {
        try checkPathForms()
        try PathAccess.check(file: storePath)
        try PathAccess.check(file: masterKeyFile.path)
        try TrustedPath.check(storePath, holding: .store, subject: home.value)
        try TrustedPath.check(
            masterKeyFile.mustBePrivate ? masterKeyFile.path : FolderPath.above(masterKeyFile.path))
    }

    /// The rows in `aprity config`. Leaves out the proxy's password, and shows only the host of a webhook.
    var all: [SettingValue] {
        [
            configurationFile.shown, home.shown,
            SettingValue(name: "store", value: storePath, source: "home").shown,
            SettingValue(.masterKeyFile, masterKeyFile.path, source: masterKeyFile.source).shown, port.shown,
            noStartToken.shown,
        ] + network.all
            + [auditKeyFile, auditCheckpointFile, auditCheckpointWebhook, auditKeepDays].map(\.shown) + keyStores.all
    }

    private static func checkIsNoPipe(_ file: MasterKeyFile) throws(ConnectedAppError) {
        guard file.path == "-" else { return }
        throw ConnectedAppError(
            .usage, subject: file.source,
            detail: "The master key cannot come from standard input, because it is read more than once.",
            remedy: "Give the path of its file, or ./- for a file named -.")
    }
}
