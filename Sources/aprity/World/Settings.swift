internal import ConnectedApp
internal import Foundation

/// Where things are: from flags, then the environment, then the configuration file, then defaults.
struct Settings {
    struct Value: Encodable {
        let name: String
        let value: String
        let source: String

        /// What stands for nothing, where a person looks.
        func shown(_ nothing: String) -> Value {
            Value(name: name, value: value.isEmpty ? nothing : value, source: source)
        }

        /// Of a URL only the host, because what is before and after it may be a secret.
        var hostOnly: Value {
            guard !value.isEmpty else { return self }
            let host = URLComponents(string: value)?.host.flatMap { $0.isEmpty ? nil : $0 }
            return Value(name: name, value: host ?? "not a URL", source: source)
        }
    }

    let home: Value
    let masterKeyFile: MasterKeyFile
    let port: Value
    let auditKeyFile: Value
    let auditCheckpointFile: Value
    /// Empty where there is none.
    let auditCheckpointWebhook: Value
    /// Empty: for ever.
    let auditKeepDays: Value
    let keyStores: KeyStoreSettings
    /// Why nothing says where the home or the master key is; `nil` if they are known.
    let lack: ConnectedAppError?
    private let configurationFile: Value
    private let network: NetworkSettings

    var storePath: String { home.value.isEmpty ? "" : home.value + "/aprity.sqlite" }
    var blockOrderPath: String { home.value + "/block-order" }
    /// Where a copy of the block order lies: with the other things that are not kept with the data.
    var blockOrderCopyFolder: String { FolderPath.above(auditKeyFile.value) }

    /// What the configuration file may say.
    private struct File: Decodable {
        var home: String?
        var masterKeyFile: String?
        var port: Int?
    }

    /// - Parameter mayLackHome: Whether home and master key may be unknown; the places are empty then.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the configuration file has other names, or if nothing says
    ///   where the home or the master key is; `.fileUnreadable` if the configuration file cannot be read.
    init(
        options: StoreOptions, port: Int? = nil, environment: [String: String], mayLackHome: Bool = false
    ) throws {
        let folders = XDGFolders(environment: environment)
        let path = Self.configurationPath(folders)
        let file = try Self.file(path)
        configurationFile = Value(name: "configurationFile", value: path, source: file == nil ? "absent" : "default")
        home = Self.first(
            "home", ("--home", options.home), ("APRITY_HOME", environment["APRITY_HOME"]), (path, file?.home),
            default: folders.data.map { $0 + "/aprity" } ?? "")
        let keyFromFile = options.masterKeyFile ?? environment["APRITY_MASTER_KEY_FILE"] ?? file?.masterKeyFile
        let located = MasterKeyFile.located(given: options.masterKeyFile, environment: environment)
        masterKeyFile =
            located.source == "default" && keyFromFile != nil
            ? MasterKeyFile(path: keyFromFile ?? located.path, source: path) : located
        self.port = Self.port(port, environment, path, file)
        try Self.checkIsNoPipe(masterKeyFile)
        try StandardOutput.refuseFolder(home.value, for: home.source)
        func setting(_ name: String, _ variable: String, default fallback: String) -> Value {
            Self.first(name, (variable, environment[variable]), default: fallback)
        }
        // Beside the master key, and like it not with the data.
        let isCredential = masterKeyFile.source == "systemd credential"
        let configuration = folders.config.map { $0 + "/aprity" } ?? FolderPath.above(home.value)
        let keys = isCredential ? configuration : FolderPath.above(masterKeyFile.path)
        auditKeyFile = setting("auditKeyFile", "APRITY_AUDIT_KEY_FILE", default: keys + "/audit.key")
        auditCheckpointFile = setting(
            "auditCheckpointFile", "APRITY_AUDIT_CHECKPOINT_FILE", default: keys + "/audit-checkpoints.jsonl")
        auditCheckpointWebhook = setting(
            "auditCheckpointWebhook", "APRITY_AUDIT_CHECKPOINT_WEBHOOK", default: "")
        auditKeepDays = setting("auditKeepDays", "APRITY_AUDIT_KEEP_DAYS", default: "")
        keyStores = KeyStoreSettings { setting($0, $1, default: $2) }
        network = NetworkSettings(environment: environment)
        lack = Self.lack(
            of: [("APRITY_HOME", home.value), ("APRITY_MASTER_KEY_FILE", masterKeyFile.path)], environment)
        if let lack, !mayLackHome { throw lack }
    }

    /// What a server of this user listens on by default, or what `given` says. Needs no home.
    ///
    /// - Throws: ``ConnectedAppError`` as ``init(options:port:environment:mayLackHome:)`` does.
    static func port(_ given: Int?, environment: [String: String]) throws -> Value {
        let path = configurationPath(XDGFolders(environment: environment))
        return port(given, environment, path, try file(path))
    }

    private static func port(_ given: Int?, _ environment: [String: String], _ path: String, _ file: File?) -> Value {
        first(
            "port", ("--port", given.map(String.init)), ("APRITY_PORT", environment["APRITY_PORT"]),
            (path, file?.port.map(String.init)), default: "7411")
    }

    /// - Returns: Empty if the user has no home.
    private static func configurationPath(_ folders: XDGFolders) -> String {
        folders.config.map { $0 + "/aprity/config.json" } ?? ""
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
    var all: [Value] {
        [
            configurationFile.shown("none"), home.shown("none"),
            Value(name: "store", value: storePath, source: "home").shown("none"),
            Value(name: "masterKeyFile", value: masterKeyFile.path, source: masterKeyFile.source).shown("none"), port,
        ] + network.all + [
            auditKeyFile, auditCheckpointFile, auditCheckpointWebhook.hostOnly.shown("none"),
            auditKeepDays.shown("for ever"),
        ] + keyStores.all
    }

    private static func checkIsNoPipe(_ file: MasterKeyFile) throws(ConnectedAppError) {
        guard file.path == "-" else { return }
        throw ConnectedAppError(
            .usage, subject: file.source,
            detail: "The master key does not come from standard input, because it is read more than once.",
            remedy: "Give its file; ./- if the file is called -.")
    }

    private static func first(_ name: String, _ candidates: (String, String?)..., default fallback: String) -> Value {
        for (source, value) in candidates {
            if let value, !value.isEmpty { return Value(name: name, value: value, source: source) }
        }
        return Value(name: name, value: fallback, source: "default")
    }

    private static func file(_ path: String) throws -> File? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let bytes = try InputFile(path).read(atMost: 65_536)
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            let file = try? JSONDecoder().decode(File.self, from: Data(bytes))
        else {
            throw ConnectedAppError(
                .configurationMalformed, subject: path,
                detail: "This is not a JSON object with the members home, masterKeyFile and port, each optional.")
        }
        let known: Set = ["home", "masterKeyFile", "port"]
        if let unknown = object.keys.filter({ !known.contains($0) }).min() {
            throw ConnectedAppError(.configurationMalformed, subject: path, detail: "There is no setting \(unknown).")
        }
        return file
    }
}
