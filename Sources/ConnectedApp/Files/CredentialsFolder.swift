/// The folder that systemd makes for a service's credentials (`CREDENTIALS_DIRECTORY`). Its files are used whatever their modes are: the
/// folder keeps others out.
struct CredentialsFolder {
    private let path: String

    /// - Parameter path: Empty or `nil` if there is none.
    init(_ path: String?) { self.path = path ?? "" }

    /// Whether a path leads into it by its name alone.
    func holds(_ file: String) -> Bool {
        !path.isEmpty && file.hasPrefix(path + "/") && !file.split(separator: "/").contains("..")
    }

    /// - Returns: The path of a file in it; `nil` if there is no folder.
    func file(_ name: String) -> String? { path.isEmpty ? nil : path + "/" + name }
}
