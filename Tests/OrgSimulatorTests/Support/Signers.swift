import Foundation
import Subprocess

/// The files of the test target.
enum TestFiles {
    static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    static let package = tests.deletingLastPathComponent().deletingLastPathComponent()

    static func fixture(_ name: String) -> String { tests.appending(path: "Fixtures/\(name)").path() }

    static func text(_ name: String) throws -> String {
        try String(contentsOf: tests.appending(path: "Fixtures/\(name)"), encoding: .utf8)
    }
}

/// A program that signs or a script of the tests failed.
struct SignerFailed: Error {}

/// Assertions signed by the openssl command.
enum OpenSSLSigner {
    /// - Parameter key: The name of a fixture without its extension.
    static func assertion(header: String = #"{"alg":"RS256"}"#, claims: String, key: String) async throws -> String {
        try await assertion(headerBytes: Array(header.utf8), claimBytes: Array(claims.utf8), key: key)
    }

    static func assertion(headerBytes: [UInt8], claimBytes: [UInt8], key: String) async throws -> String {
        let signed = base64url(headerBytes) + "." + base64url(claimBytes)
        let result = try await run(
            .name("openssl"), arguments: ["dgst", "-sha256", "-binary", "-sign", TestFiles.fixture("\(key).key")],
            input: .array(Array(signed.utf8)), output: .bytes(limit: 4_096), error: .discarded)
        guard result.terminationStatus.isSuccess else { throw SignerFailed() }
        return signed + "." + base64url(result.standardOutput)
    }
}

/// Assertions signed by PyJWT.
enum PyJWTSigner {
    /// - Parameter key: The name of a fixture without its extension.
    static func assertion(claims: String, key: String, algorithm: String = "RS256") async throws -> String {
        let script = """
            import json, sys, jwt
            print(jwt.encode(json.loads(sys.argv[1]), open(sys.argv[2]).read(), algorithm=sys.argv[3]))
            """
        return try await TestPython.output(["-c", script, claims, TestFiles.fixture("\(key).key"), algorithm])
    }
}

/// The Python environment of the tests.
enum TestPython {
    /// Returns the output of a script. A script name refers to a file in `Tests/Tools`.
    static func output(script: String, _ arguments: [String]) async throws -> String {
        try await output([TestFiles.package.appending(path: "Tests/Tools/\(script)").path()] + arguments)
    }

    /// Returns the output of the tests' Python interpreter, without white space around it.
    static func output(_ arguments: [String]) async throws -> String {
        let tool = TestFiles.package.appending(path: "Tests/Tools/venv.sh").path()
        return try await run(try await run(tool, []), arguments)
    }

    private static func run(_ program: String, _ arguments: [String]) async throws -> String {
        let result = try await Subprocess.run(
            .name("env"), arguments: .init([program] + arguments), output: .string(limit: 1 << 20), error: .discarded)
        guard result.terminationStatus.isSuccess else { throw SignerFailed() }
        return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

func base64url(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

/// Returns the text with one bit of the byte at `index` changed, still valid base64url.
func withOneBitChanged(_ assertion: String, at index: Int) -> String {
    var bytes = Array(assertion.utf8)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let value = alphabet.firstIndex(of: bytes[index]) ?? 0
    bytes[index] = alphabet[value ^ 32]
    return String(decoding: bytes, as: UTF8.self)
}
