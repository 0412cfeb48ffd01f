/// The folder of a service's systemd credentials (`CREDENTIALS_DIRECTORY`). The modes of its files do not matter,
/// because the folder excludes other users.
struct CredentialsFolder {
    private let path: String

    /// - Parameter path: The folder's path; empty or `nil` if there is none.
    init(_ path: String?) { self.path = path ?? "" }

    /// Whether the file is in the folder or a folder below it, according to its path. Links are not followed.
    func holds(_ file: String) -> Bool {
        !path.isEmpty && file.hasPrefix(path + "/") && !file.split(separator: "/").contains("..")
    }

    /// - Parameter name: The name of a credential.
    /// - Returns: The path of its file, which need not exist; `nil` if there is no folder.
    func file(_ name: String) -> String? { path.isEmpty ? nil : path + "/" + name }
}
