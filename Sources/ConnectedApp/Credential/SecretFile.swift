internal import FileSystem
internal import Foundation

/// A small file with an unencrypted secret, such as a PIN, a password, a token or a passphrase.
///
/// A file that other users of this machine can read or replace is rejected, except by ``privateKey(pkcs12Option:warn:)``;
/// see ``SecretExposure``.
package struct SecretFile: Sendable {
    let path: String
    /// The setting or option that names the file, such as `--passphrase-file`. It is the subject of errors.
    private let name: String
    private let cause: Cause
    /// Whether the file itself must exclude other users. A systemd credential is protected by its folder instead.
    private let mustBePrivate: Bool

    /// A file that a setting names.
    ///
    /// - Parameters:
    ///   - setting: The name of the setting.
    ///   - credentialsFolder: The folder of systemd's credentials (`CREDENTIALS_DIRECTORY`); `nil` if there is none.
    package init(path: String, setting: String, credentialsFolder: String? = nil) {
        self.init(path: path, name: setting, cause: .configurationMalformed, credentialsFolder: credentialsFolder)
    }

    /// A file that an option of the command line names.
    ///
    /// - Parameters:
    ///   - flag: The option, such as `--passphrase-file`.
    ///   - credentialsFolder: The folder of systemd's credentials (`CREDENTIALS_DIRECTORY`); `nil` if there is none.
    package init(path: String, flag: String, credentialsFolder: String? = nil) {
        self.init(path: path, name: flag, cause: .inputMalformed, credentialsFolder: credentialsFolder)
    }

    private init(path: String, name: String, cause: Cause, credentialsFolder: String?) {
        self.path = path
        self.name = name
        self.cause = cause
        mustBePrivate = !CredentialsFolder(credentialsFolder).holds(path)
    }

    /// The maximum size in bytes of a file with a secret other than a private key.
    private static let limit = 65_536

    /// Reads the first line.
    ///
    /// - Returns: The line in UTF-8 without line end and byte order mark; not empty. A secret.
    /// - Throws: ``ConnectedAppError`` with `.fileMissing`, or `.fileUnreadable` (also if the file is larger than 64 KiB). If
    ///   others can read or replace the file, or its first line is empty or not text: `.configurationMalformed` for a setting,
    ///   `.inputMalformed` for an option.
    package func firstLine() throws(ConnectedAppError) -> [UInt8] {
        let bytes = try content()
        guard let line = CredentialText.firstLine(bytes) else {
            throw refused(
                "The first line of \(InputFile(path).shownName) is not text in UTF-8 or UTF-16. Save the file as UTF-8."
            )
        }
        guard !line.isEmpty else { throw emptyLine }
        return Array(line.utf8)
    }

    /// Returns the secrets to try on existing data, such as a backup, in the order in which to try them.
    ///
    /// The first is the line as ``firstLine()`` reads it. Earlier versions used the line's raw bytes; they follow if they
    /// differ. If the line is not text, they are the only secret.
    ///
    /// - Returns: One or two secrets.
    /// - Throws: The errors of ``firstLine()``, except the one for a line that is not text.
    package func firstLineReadings() throws(ConnectedAppError) -> [[UInt8]] {
        let bytes = try content()
        var raw = bytes.prefix { $0 != UInt8(ascii: "\n") }
        if raw.last == UInt8(ascii: "\r") { raw.removeLast() }
        let text = CredentialText.firstLine(bytes).map { Array($0.utf8) }
        let readings = [text, text == Array(raw) ? nil : Array(raw)].compactMap { $0 }.filter { !$0.isEmpty }
        guard !readings.isEmpty else { throw emptyLine }
        return readings
    }

    private func content() throws(ConnectedAppError) -> [UInt8] {
        try InputFile(path).read(atMost: Self.limit) { (status) throws(ConnectedAppError) in try check(status) }
    }

    private var emptyLine: ConnectedAppError { refused("The first line of \(InputFile(path).shownName) is empty.") }

    /// Reads the whole file, which should contain a private key. The content is not checked.
    ///
    /// A file that others can read is accepted with a warning: they may have read it already, and an error would not change
    /// that.
    ///
    /// - Parameters:
    ///   - pkcs12Option: See ``CredentialFile``.
    ///   - warn: Called with sentences for the user if others can read or replace the file and it contains an unencrypted key.
    /// - Throws: ``ConnectedAppError`` with `.fileMissing`, or `.fileUnreadable` (also if the file is larger than 1 MiB).
    package func privateKey(
        pkcs12Option: String? = nil, warn: (String) -> Void
    ) throws(ConnectedAppError) -> CredentialFile {
        var exposure: SecretExposure?
        let bytes = try InputFile(path).read(atMost: 1 << 20) { status in exposure = self.exposure(status) }
        let file = CredentialFile(bytes, name: path, pkcs12Option: pkcs12Option)
        if let exposure, file.containsUnencryptedRSAKey {
            warn(
                "\(exposure.detail(path)) \(exposure.remedy) "
                    + "If others could read the file, assume that they know the key.")
        }
        return file
    }

    private func check(_ status: FileStatus?) throws(ConnectedAppError) {
        guard let exposure = exposure(status) else { return }
        throw refused(exposure.detail(path) + " aprity does not use it.", remedy: exposure.remedy)
    }

    /// Checks only regular files. Nothing stays in a pipe for others to read later. Who else may open a FIFO is not
    /// checked.
    private func exposure(_ status: FileStatus?) -> SecretExposure? {
        let isPipe = status.map { $0.kind != .regularFile } ?? false
        return mustBePrivate && !isPipe ? SecretExposure(of: path, status) : nil
    }

    private func refused(_ detail: String, remedy: String? = nil) -> ConnectedAppError {
        ConnectedAppError(cause, subject: name, detail: detail, remedy: remedy)
    }
}
