internal import Foundation

/// A small file with a secret in clear, such as a PIN, a password, a token or a passphrase. One that other users of this
/// machine can read is refused.
package struct SecretFile: Sendable {
    package let path: String
    /// The setting or the flag that names it.
    private let name: String
    private let cause: Cause
    /// Whether the mode must keep others out. A systemd credential is protected by its folder.
    private let mustBePrivate: Bool

    /// - Parameter credentialsFolder: Of systemd's, where there is one.
    package init(path: String, setting: String, credentialsFolder: String? = nil) {
        self.init(path: path, name: setting, cause: .configurationMalformed, credentialsFolder: credentialsFolder)
    }

    /// A file that the command line names.
    package init(path: String, flag: String, credentialsFolder: String? = nil) {
        self.init(path: path, name: flag, cause: .inputMalformed, credentialsFolder: credentialsFolder)
    }

    private init(path: String, name: String, cause: Cause, credentialsFolder: String?) {
        self.path = path
        self.name = name
        self.cause = cause
        mustBePrivate = credentialsFolder.map { $0.isEmpty || !path.hasPrefix($0 + "/") } ?? true
    }

    private static let limit = 65_536

    /// - Returns: The first line, without its end; not empty. A secret.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, or if others can read it or its first line is
    ///   empty, `.configurationMalformed` for a setting and `.inputMalformed` for a flag.
    package func firstLine() throws(ConnectedAppError) -> [UInt8] {
        let bytes = try InputFile(path).read(atMost: Self.limit) { (mode) throws(ConnectedAppError) in try check(mode) }
        var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty else { throw refused("The first line of \(path) is empty.") }
        return Array(line)
    }

    /// Reads a private key. A file that others can read is accepted with a warning: they may have read it already,
    /// and refusing it would not change that.
    ///
    /// - Parameter warn: Told of a key that others can read, unless it is encrypted.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`.
    package func privateKey(warn: (String) -> Void) throws(ConnectedAppError) -> CredentialFile {
        var isOpenToOthers = false
        let bytes = try InputFile(path).read(atMost: 1 << 20) { mode in isOpenToOthers = self.isOpenToOthers(mode) }
        let file = CredentialFile(bytes, name: path)
        if isOpenToOthers, file.holdsKeyInClear {
            warn(
                "Other users of this machine can read \(path): run `chmod 600` on it, and consider the key known to them."
            )
        }
        return file
    }

    private func check(_ mode: FileMode) throws(ConnectedAppError) {
        guard !isOpenToOthers(mode) else {
            throw refused("Other users of this machine can read \(path), so it is not used: run `chmod 600` on it.")
        }
    }

    /// Only regular files are checked: other users cannot open a pipe.
    private func isOpenToOthers(_ mode: FileMode) -> Bool {
        mustBePrivate && mode.isRegularFile && !mode.isClosedToOthers
    }

    private func refused(_ detail: String) -> ConnectedAppError {
        ConnectedAppError(cause, subject: name, detail: detail)
    }
}
