internal import Foundation

extension AprityProcess {
    /// Runs a command to its end, in its home.
    func run(_ words: String...) async throws -> Outcome { try await run(words) }

    /// A path below the home.
    func path(_ name: String) -> String { home + "/" + name }

    /// Makes a file below the home that nobody else can read.
    ///
    /// - Returns: Its path.
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path(name))
        return path(name)
    }
}

extension AprityProcess.Outcome {
    /// Standard output as one JSON object.
    func json() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(stdout.utf8)) as? [String: Any] ?? [:]
    }
}
