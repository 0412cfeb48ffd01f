/// A small file with a secret on its first line, which nobody else may read: a token's PIN.
package struct SecretFile: Sendable {
    package let path: String
    /// The setting that names it.
    private let setting: String
    /// Whether the mode must keep others out. A systemd credential is protected by its folder.
    private let mustBePrivate: Bool

    /// - Parameter credentialsFolder: Of systemd's, where there is one.
    package init(path: String, setting: String, credentialsFolder: String? = nil) {
        self.path = path
        self.setting = setting
        mustBePrivate = credentialsFolder.map { $0.isEmpty || !path.hasPrefix($0 + "/") } ?? true
    }

    /// - Returns: The first line, without its end. A secret.
    /// - Throws: ``ConnectedAppError``: `.fileMissing`, `.fileUnreadable`, `.configurationMalformed` where others can read
    ///   it or it is empty.
    package func firstLine() throws(ConnectedAppError) -> [UInt8] {
        let bytes = try InputFile(path).read(atMost: 4096)
        guard !mustBePrivate || FileMode(of: path).isClosedToOthers else {
            throw ConnectedAppError(
                .configurationMalformed, subject: setting,
                detail: "Other users of this machine can read \(path), so it is not used: run `chmod 600` on it.")
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !line.isEmpty else {
            throw ConnectedAppError(
                .configurationMalformed, subject: setting, detail: "The first line of \(path) is empty.")
        }
        return Array(line)
    }
}
