internal import FileSystem
internal import Foundation
internal import SystemPackage

/// Finds, reads and creates the master key file.
package struct MasterKeyFile: Sendable {
    package let path: String
    /// Where the path comes from: a setting's name, `systemd credential` or `default`. Shown by `aprity config`, and if
    /// the file is missing, unless it is `default`.
    package let source: String
    /// Whether mode and owner of the file must exclude other users. A systemd credential is protected by its folder.
    package let mustBePrivate: Bool
    /// The systemd credential that takes precedence but does not exist; `nil` if there is no folder of credentials, or if
    /// the credential would not be used.
    private var missingCredential: String?
    /// Whether the file is used even if others can read, change or replace it.
    private var toleratesExposure = false

    package init(path: String, source: String) {
        self.init(path: path, source: source, mustBePrivate: true)
    }

    private init(path: String, source: String, mustBePrivate: Bool) {
        self.path = path
        self.source = source
        self.mustBePrivate = mustBePrivate
    }

    /// The same file for blocking. It is used even if others can read, change or replace it, because an exposed key is a
    /// reason to block.
    package var forBlocking: MasterKeyFile {
        var file = self
        file.toleratesExposure = true
        return file
    }

    /// A path from a setting, and the name of that setting.
    package struct Given: Sendable {
        let path: String
        let source: String
        let yieldsToCredential: Bool

        /// - Parameter yieldsToCredential: Whether a systemd credential takes precedence.
        package init(path: String, source: String, yieldsToCredential: Bool = false) {
            self.path = path
            self.source = source
            self.yieldsToCredential = yieldsToCredential
        }
    }

    /// Finds the master key file.
    ///
    /// - Parameter environment: `CREDENTIALS_DIRECTORY`, `XDG_CONFIG_HOME` and `HOME` are used.
    /// - Returns: The given file, a systemd credential if it exists, or the default. The path is empty if nothing gives
    ///   it and the user has no home.
    package static func located(_ given: Given?, environment: [String: String]) -> MasterKeyFile {
        let credentials = CredentialsFolder(environment["CREDENTIALS_DIRECTORY"])
        func file(_ path: String, _ source: String) -> MasterKeyFile {
            MasterKeyFile(path: path, source: source, mustBePrivate: !credentials.holds(path))
        }
        if let given, !given.yieldsToCredential { return file(given.path, given.source) }
        let credential = credentials.file("aprity-master-key")
        if let credential, FileManager.default.fileExists(atPath: credential) {
            return file(credential, "systemd credential")
        }
        let folder = XDGFolders(environment: environment).config
        var found =
            given.map { MasterKeyFile(path: $0.path, source: $0.source) }
            ?? MasterKeyFile(path: folder.map { $0 + "/aprity/master.key" } ?? "", source: defaultSource)
        found.missingCredential = credential
        return found
    }

    /// The file that a link leads to.
    var target: String { FolderPath.linkTarget(of: path) }

    package var exists: Bool { FileManager.default.fileExists(atPath: path) }

    /// Reads the keys. The ring reads the file again when it needs a key that it does not have.
    ///
    /// - Throws: ``ConnectedAppError``: `.masterKeyMissing`, `.masterKeyUnsafe`, `.masterKeyMalformed`,
    ///   `.fileUnreadable`.
    package func read() throws(ConnectedAppError) -> MasterKeyRing {
        let file = self
        return MasterKeyRing(try keys()) { () throws(ConnectedAppError) in try file.keys() }
    }

    /// The keys that are in the file now.
    func keys() throws(ConnectedAppError) -> [MasterKey] { try MasterKeyRing.keys(fileContent: content()) }

    /// The text of the file, at most 16 KiB and with at least one key. A secret.
    ///
    /// - Throws: What ``read()`` throws.
    func content() throws(ConnectedAppError) -> String {
        guard exists else { throw missing }
        try checkExposure()
        let text = String(decoding: try InputFile(path).read(atMost: 16_384), as: UTF8.self)
        do { _ = try MasterKeyRing.keys(fileContent: text) } catch {
            throw ConnectedAppError(error.cause, subject: path)
        }
        return text
    }

    /// The error for a file that does not exist.
    package var missing: ConnectedAppError {
        if let missingCredential {
            return ConnectedAppError(
                .masterKeyMissing, subject: path,
                detail:
                    "There is no master key at this path, and CREDENTIALS_DIRECTORY is set but there is no file \(missingCredential)."
            )
        }
        guard source != Self.defaultSource else { return ConnectedAppError(.masterKeyMissing, subject: path) }
        return ConnectedAppError(
            .masterKeyMissing, subject: path, detail: "The master key file does not exist. Its path is from \(source).",
            remedy: "Correct the path, or put the master key there. Without it aprity cannot decrypt any private key.")
    }

    private static let defaultSource = "default"

    /// Why the file must not be used for anything but blocking.
    ///
    /// - Returns: An error with `.masterKeyUnsafe` if others can read, change or replace the file; see
    ///   ``SecretExposure``. `nil` if they cannot, or if there is no file.
    package var exposure: ConnectedAppError? {
        guard mustBePrivate else { return nil }
        let status: FileStatus?
        // Follows links, because mounted secrets are links.
        do throws(Errno) { status = try FileStatus(of: path) } catch {
            // Whoever reads the file reports that it is missing.
            guard ![.noSuchFileOrDirectory, .notDirectory].contains(error) else { return nil }
            status = nil
        }
        guard let exposure = SecretExposure(of: path, status) else { return nil }
        let detail =
            switch exposure.reason {
            case .openToOthers:
                "The mode of the master key file is \(exposure.octal), so other users of this machine can read or change it."
            case .replaceable(let because): because
            case .unknown:
                "The mode of the master key file cannot be read, so aprity cannot tell whether other users can read the file."
            }
        return ConnectedAppError(
            .masterKeyUnsafe, subject: path, detail: detail, remedy: exposure.advice(about: "key"))
    }

    /// - Throws: ``ConnectedAppError`` with `.masterKeyUnsafe`, unless the file is used for blocking.
    func checkExposure() throws(ConnectedAppError) {
        if !toleratesExposure, let exposure { throw exposure }
    }

    /// Creates the file with a new key and mode 0600, and the folder if it is missing.
    ///
    /// - Throws: ``ConnectedAppError``: `.outputExists` if there is a file, `.outputCannotBeCreated`, `.diskFull`,
    ///   `.inputOutput`.
    package func create(randomBytes: (Int) -> [UInt8]) throws(ConnectedAppError) -> MasterKeyRing {
        let content = MasterKeyRing.newFileContent(randomBytes: randomBytes)
        try OutputFile.makeFolder(FolderPath.above(path))
        try OutputFile.create(path, content: Array(content.utf8), mode: 0o600)
        return try MasterKeyRing(fileContent: content)
    }
}

/// The XDG base folders of this user ("XDG Base Directory Specification").
package struct XDGFolders: Sendable {
    /// `nil` if neither a variable nor the user's home says where it is.
    package let config: String?
    package let data: String?

    package init(environment: [String: String]) { self.init(environment: environment, user: geteuid()) }

    init(environment: [String: String], user: UInt32) {
        let home = Self.home(environment, user)
        func folder(_ name: String, _ fallback: String) -> String? {
            if let path = environment[name], path.hasPrefix("/") { return path }
            return home.map { ($0 == "/" ? "" : $0) + fallback }
        }
        config = folder("XDG_CONFIG_HOME", "/.config")
        data = folder("XDG_DATA_HOME", "/.local/share")
    }

    /// `HOME`, or else the home in the user database. `/` counts only for root: containers set `HOME` to `/` for a user
    /// without an entry, who cannot write there.
    private static func home(_ environment: [String: String], _ user: UInt32) -> String? {
        [environment["HOME"], UserEntry(user)?.home].compactMap { $0 }
            .first { $0.hasPrefix("/") && ($0 != "/" || user == 0) }
    }
}
