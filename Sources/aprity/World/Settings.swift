internal import ConnectedApp
internal import Foundation

/// Where things are: from flags, then the environment, then the configuration file, then defaults.
struct Settings {
    let home: SettingValue
    let masterKeyFile: MasterKeyFile
    let port: SettingValue
    let auditKeyFile: SettingValue
    let auditCheckpointFile: SettingValue
    /// Empty where there is none.
    let auditCheckpointWebhook: SettingValue
    /// Empty: for ever.
    let auditKeepDays: SettingValue
    let keyStores: KeyStoreSettings
    /// Why nothing says where the home or the master key is; `nil` if they are known.
    let lack: ConnectedAppError?
    private let configurationFile: SettingValue
    private let network: NetworkSettings

    var storePath: String { home.value.isEmpty ? "" : home.value + "/aprity.sqlite" }
    var blockOrderPath: String { home.value + "/block-order" }
    /// Where a copy of the block order lies: with the other things that are not kept with the data.
    var blockOrderCopyFolder: String { FolderPath.above(auditKeyFile.value) }

    /// - Parameter mayLackHome: Whether home and master key may be unknown; the places are empty then.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the configuration file has other names, or if nothing says
    ///   where the home or the master key is; `.fileUnreadable` if the configuration file cannot be read.
    init(
        options: StoreOptions, port: Int? = nil, environment: [String: String], mayLackHome: Bool = false
    ) throws {
        let folders = XDGFolders(environment: environment)
        let file = try ConfigurationFile.read(folders)
        configurationFile = file.setting
        let given = try GivenSettings(options: options.given(port: port), environment: environment, file: file)
        home = given.value(.home, default: folders.data.map { $0 + "/aprity" } ?? "")
        masterKeyFile = MasterKeyFile.located(
            given.given(.masterKeyFile).map {
                MasterKeyFile.Given(
                    path: $0.value, source: $0.source, yieldsToCredential: $0.source == file.path)
            }, environment: environment)
        self.port = given[.port]
        try Self.checkIsNoPipe(masterKeyFile)
        try StandardOutput.refuseFolder(home.value, for: home.source)
        // Beside the master key, and like it not with the data.
        let isCredential = masterKeyFile.source == "systemd credential"
        let configuration = folders.config.map { $0 + "/aprity" } ?? FolderPath.above(home.value)
        let keys = isCredential ? configuration : FolderPath.above(masterKeyFile.path)
        auditKeyFile = given.value(.auditKeyFile, default: keys + "/audit.key")
        auditCheckpointFile = given.value(.auditCheckpointFile, default: keys + "/audit-checkpoints.jsonl")
        auditCheckpointWebhook = given[.auditCheckpointWebhook]
        auditKeepDays = given[.auditKeepDays]
        keyStores = KeyStoreSettings(given)
        network = NetworkSettings(environment: environment)
        lack = Self.lack(
            of: [(Setting.home.variable, home.value), (Setting.masterKeyFile.variable, masterKeyFile.path)], environment
        )
        if let lack, !mayLackHome { throw lack }
    }

    /// What a server of this user listens on by default, or `port`. Needs no home.
    ///
    /// - Throws: ``ConnectedAppError`` as ``init(options:port:environment:mayLackHome:)`` does.
    static func port(_ port: Int?, environment: [String: String]) throws -> SettingValue {
        let file = try ConfigurationFile.read(XDGFolders(environment: environment))
        let options = port.map { [Setting.port: String($0)] } ?? [:]
        return try GivenSettings(options: options, environment: environment, file: file)[.port]
    }

    /// - Parameter places: Variables, and the paths that they or the home would give.
    private static func lack(
        of places: [(variable: String, path: String)], _ environment: [String: String]
    ) -> ConnectedAppError? {
        let missing = places.filter(\.path.isEmpty).map(\.variable)
        guard !missing.isEmpty else { return nil }
        let given = environment["HOME"] ?? ""
        return ConnectedAppError(
            .configurationMalformed, subject: "HOME",
            detail: (given.isEmpty
                ? "It is not set" : "It is \(given), where \(UserEntry.currentName) can keep nothing")
                + ", and the user database gives no home to this user, so nothing says where the store and the master key are.",
            remedy: "Set \(missing.joined(separator: " and ")), or HOME.")
    }

    /// - Throws: ``ConnectedAppError`` with `.homeClosed` if this user may not read the store or the master key, or
    ///   `.configurationMalformed` if others can change the home, or where the master key lies. Of a systemd credential only the
    ///   folder is looked at.
    func checkPlaces() throws(ConnectedAppError) {
        try PlaceAccess.check(file: storePath)
        try PlaceAccess.check(file: masterKeyFile.path)
        try TrustedPath.check(storePath, holding: .store, subject: home.value)
        try TrustedPath.check(
            masterKeyFile.mustBePrivate ? masterKeyFile.path : FolderPath.above(masterKeyFile.path))
    }

    /// Everything, for `aprity config`. A proxy's password is not in it, and of a webhook only the host is.
    var all: [SettingValue] {
        [
            configurationFile.shown, home.shown,
            SettingValue(name: "store", value: storePath, source: "home").shown,
            SettingValue(.masterKeyFile, masterKeyFile.path, source: masterKeyFile.source).shown, port.shown,
        ] + network.all
            + [auditKeyFile, auditCheckpointFile, auditCheckpointWebhook, auditKeepDays].map(\.shown) + keyStores.all
    }

    private static func checkIsNoPipe(_ file: MasterKeyFile) throws(ConnectedAppError) {
        guard file.path == "-" else { return }
        throw ConnectedAppError(
            .usage, subject: file.source,
            detail: "The master key does not come from standard input, because it is read more than once.",
            remedy: "Give its file; ./- if the file is called -.")
    }
}
