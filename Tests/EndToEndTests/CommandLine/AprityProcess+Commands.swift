internal import Foundation

extension AprityProcess {
    /// Runs a command in its home and waits for it to end.
    func run(_ words: String...) async throws -> Outcome { try await run(words) }

    /// Returns a path below the home.
    func path(_ name: String) -> String { home + "/" + name }

    /// Creates a file with mode 0600 below the home.
    ///
    /// - Returns: Its path.
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path(name))
        return path(name)
    }
}

extension AprityProcess.Outcome {
    /// Parses standard output as a JSON object.
    func json() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(stdout.utf8)) as? [String: Any] ?? [:]
    }
}
