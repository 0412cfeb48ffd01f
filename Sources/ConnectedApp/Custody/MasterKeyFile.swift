internal import Foundation

/// Finds, reads and makes the master key file.
package struct MasterKeyFile: Sendable {
    package let path: String
    /// Why this path: shown by `aprity config` and where the file is missing.
    package let source: String
    /// Whether the mode must keep others out. A systemd credential is protected by its folder.
    let mustBePrivate: Bool
    /// Whether the file is used even if others can read it.
    private var toleratesExposure = false

    package init(path: String, source: String) {
        self.init(path: path, source: source, mustBePrivate: true)
    }

    private init(path: String, source: String, mustBePrivate: Bool) {
        self.path = path
        self.source = source
        self.mustBePrivate = mustBePrivate
    }

    /// The same file for blocking: used even if others can read it, because a key that was just exposed is a reason to block.
    package var forBlocking: MasterKeyFile {
        var file = self
        file.toleratesExposure = true
        return file
    }

    /// - Parameters:
    ///   - given: The flag, if any.
    ///   - environment: `APRITY_MASTER_KEY_FILE`, `CREDENTIALS_DIRECTORY`, `XDG_CONFIG_HOME` and `HOME` count.
    /// - Returns: The first that is set; a systemd credential only where it exists.
    package static func located(given: String?, environment: [String: String]) -> MasterKeyFile {
        if let given { return MasterKeyFile(path: given, source: "--master-key-file") }
        if let path = environment["APRITY_MASTER_KEY_FILE"], !path.isEmpty {
            return MasterKeyFile(path: path, source: "APRITY_MASTER_KEY_FILE")
        }
        if let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty {
            let path = folder + "/aprity-master-key"
            if FileManager.default.fileExists(atPath: path) {
                return MasterKeyFile(path: path, source: "systemd credential", mustBePrivate: false)
            }
        }
        let folder = XDGFolders(environment: environment).config
        return MasterKeyFile(path: folder + "/aprity/master.key", source: "default")
    }

    /// The file that a link leads to.
    var target: String { FolderPath.linkTarget(of: path) }

    package var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// - Throws: ``ConnectedAppError``: `.masterKeyMissing`, `.masterKeyUnsafe`, `.masterKeyMalformed`,
    ///   `.fileUnreadable`.
    package func read() throws(ConnectedAppError) -> MasterKeyRing {
        let file = self
        return MasterKeyRing(try keys()) { () throws(ConnectedAppError) in try file.keys() }
    }

    /// The keys of the file as it is now.
    func keys() throws(ConnectedAppError) -> [MasterKey] { try MasterKeyRing.keys(fileContent: content()) }

    /// A secret.
    func content() throws(ConnectedAppError) -> String {
        guard exists else { throw ConnectedAppError(.masterKeyMissing, subject: path) }
        try checkExposure()
        let text = String(decoding: try InputFile(path).read(atMost: 16_384), as: UTF8.self)
        do { _ = try MasterKeyRing.keys(fileContent: text) } catch {
            throw ConnectedAppError(error.cause, subject: path)
        }
        return text
    }

    /// Why the file is not to be used for anything but blocking.
    ///
    /// - Returns: `.masterKeyUnsafe` if the mode lets the group or others read or write the file, as it would at a start.
    package var exposure: ConnectedAppError? {
        guard mustBePrivate else { return nil }
        let mode = FileMode(of: path)
        guard !mode.isClosedToOthers else { return nil }
        return ConnectedAppError(
            .masterKeyUnsafe, subject: path,
            detail:
                "The mode of the master key file is \(mode.octal), so other users of this machine can read or change it."
        )
    }

    /// - Throws: ``ConnectedAppError`` with `.masterKeyUnsafe`, unless the file is used for blocking.
    func checkExposure() throws(ConnectedAppError) {
        if !toleratesExposure, let exposure { throw exposure }
    }

    /// Makes the file with one new key, mode 0600, never over an existing one.
    package func create(randomBytes: (Int) -> [UInt8]) throws(ConnectedAppError) -> MasterKeyRing {
        let content = MasterKeyRing.newFileContent(randomBytes: randomBytes)
        try OutputFile.makeFolder(FolderPath.above(path))
        try OutputFile.create(path, content: Array(content.utf8), mode: 0o600)
        return try MasterKeyRing(fileContent: content)
    }
}

/// The XDG base folders of this user ("XDG Base Directory Specification").
package struct XDGFolders: Sendable {
    package let config: String
    package let data: String

    package init(environment: [String: String]) {
        func folder(_ name: String, _ fallback: String) -> String {
            if let path = environment[name], path.hasPrefix("/") { return path }
            return (environment["HOME"] ?? NSHomeDirectory()) + fallback
        }
        config = folder("XDG_CONFIG_HOME", "/.config")
        data = folder("XDG_DATA_HOME", "/.local/share")
    }
}
