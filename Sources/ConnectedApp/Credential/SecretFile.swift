internal import FileSystem
internal import Foundation

/// A small file with a secret in clear, such as a PIN, a password, a token or a passphrase. One that other users of this
/// machine can read or replace is refused: ``SecretExposure``.
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
        mustBePrivate = !CredentialsFolder(credentialsFolder).holds(path)
    }

    private static let limit = 65_536

    /// - Returns: The first line in UTF-8, without its end and a byte order mark; not empty. A secret.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, or if others can read it or its first line is
    ///   empty or no text, `.configurationMalformed` for a setting and `.inputMalformed` for a flag.
    package func firstLine() throws(ConnectedAppError) -> [UInt8] {
        let bytes = try content()
        guard let line = CredentialText.firstLine(bytes) else {
            throw refused(
                "The first line of \(InputFile(path).shownName) is no text in UTF-8 or UTF-16: save the file as UTF-8.")
        }
        guard !line.isEmpty else { throw emptyLine }
        return Array(line.utf8)
    }

    /// What to try on something that exists, such as a backup: the first line as ``firstLine()`` reads it, then its bytes as they
    /// are if they are others. Former versions used the bytes.
    ///
    /// - Returns: One or two. Secrets.
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

    /// Reads a private key. A file that others can read is accepted with a warning: they may have read it already,
    /// and refusing it would not change that.
    ///
    /// - Parameters:
    ///   - pkcs12Option: As of ``CredentialFile``.
    ///   - warn: Told of a key that others can read or replace, unless it is encrypted.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`.
    package func privateKey(
        pkcs12Option: String? = nil, warn: (String) -> Void
    ) throws(ConnectedAppError) -> CredentialFile {
        var exposure: SecretExposure?
        let bytes = try InputFile(path).read(atMost: 1 << 20) { status in exposure = self.exposure(status) }
        let file = CredentialFile(bytes, name: path, pkcs12Option: pkcs12Option)
        if let exposure, file.holdsKeyInClear {
            warn("\(exposure.detail(path)) Consider the key known to them. \(exposure.remedy)")
        }
        return file
    }

    private func check(_ status: FileStatus?) throws(ConnectedAppError) {
        guard let exposure = exposure(status) else { return }
        throw refused(exposure.detail(path) + " It is not used.", remedy: exposure.remedy)
    }

    /// Only regular files are checked: other users cannot open a pipe.
    private func exposure(_ status: FileStatus?) -> SecretExposure? {
        let isPipe = status.map { $0.kind != .regularFile } ?? false
        return mustBePrivate && !isPipe ? SecretExposure(of: path, status) : nil
    }

    private func refused(_ detail: String, remedy: String? = nil) -> ConnectedAppError {
        ConnectedAppError(cause, subject: name, detail: detail, remedy: remedy)
    }
}
