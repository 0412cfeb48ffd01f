internal import Foundation

/// SoftHSM 2: a PKCS#11 module whose tokens are folders. The tokens are removed with this object.
package final class SoftHSM: Sendable {
    package static let modulePath = "/usr/lib/softhsm/libsofthsm2.so"
    /// The user PIN of every token, unless a test sets another.
    package static let pin = "739158"

    private let folder: TemporaryFolder
    /// The environment for processes that use these tokens.
    package let environment: [String: String]

    package init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/tokens", withIntermediateDirectories: true)
        let text = "directories.tokendir = \(folder.path)/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        environment = ["SOFTHSM2_CONF": try folder.file("softhsm2.conf", text)]
    }

    /// The instance whose tokens this process itself uses. There is only one, because the module reads its
    /// configuration once per process; other instances are for the processes that a test starts. The first access sets
    /// its environment variables in this process. Its tokens are removed at exit.
    package static let inProcess: Result<SoftHSM, any Error> = Result {
        let made = try SoftHSM()
        for (name, value) in made.environment { setenv(name, value, 1) }
        atexit {
            if let made = try? SoftHSM.inProcess.get() { try? FileManager.default.removeItem(atPath: made.folder.path) }
        }
        return made
    }

    /// Creates a token with this label.
    package func makeToken(_ label: String, pin: String = SoftHSM.pin) async throws {
        _ = try await OutsideTool("softhsm2-util", environment: environment).output([
            "--init-token", "--free", "--label", label, "--so-pin", "567890", "--pin", pin,
        ])
    }

    /// Writes a PIN to a file with mode 0600 and returns its path.
    package func pinFile(_ pin: String = SoftHSM.pin) throws -> String {
        let path = try folder.file("pin-\(UUID().uuidString)", pin + "\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    /// Runs `pkcs11-tool` with these arguments, whatever its exit status is.
    package func tool(_ arguments: [String]) async throws -> OutsideTool.Outcome {
        try await OutsideTool("pkcs11-tool", environment: environment).run(
            ["--module", Self.modulePath] + arguments)
    }

    /// Removes all tokens while the body runs, as if they were unplugged.
    package func withoutTokens<Value>(_ body: () async throws -> Value) async throws -> Value {
        let (tokens, away) = (folder.path + "/tokens", folder.path + "/away")
        try FileManager.default.moveItem(atPath: tokens, toPath: away)
        try FileManager.default.createDirectory(atPath: tokens, withIntermediateDirectories: true)
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try FileManager.default.removeItem(atPath: tokens)
        try FileManager.default.moveItem(atPath: away, toPath: tokens)
        return try result.get()
    }
}
