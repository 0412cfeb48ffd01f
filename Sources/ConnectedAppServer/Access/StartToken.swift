internal import Crypto
internal import Foundation
internal import JWTBearer
internal import Synchronization

/// The secret that grants access to the server. Each start of the server generates a new one and writes it to a file
/// that only the user who started it can read.
package final class StartToken: Sendable {
    /// 32 random bytes in base64url. A secret.
    let secret: String
    private let folder: String
    private let file = Mutex<StartTokenFile?>(nil)

    /// The name of the file of the first server in a folder.
    static let fileName = "start-token"

    /// Generates a token. ``publish(port:patience:)`` writes its file.
    ///
    /// - Parameters:
    ///   - folder: The folder for the token's file.
    ///   - randomBytes: Returns the requested number of bytes from a cryptographic generator.
    package init(folder: String, randomBytes: (Int) -> [UInt8]) {
        secret = Base64URL.encode(randomBytes(32))
        self.folder = folder
    }

    /// The path of the token's file, for messages to the user. Before ``publish(port:patience:)``, the path that the
    /// first server in the folder uses.
    package var path: String {
        file.withLock { $0?.path } ?? (folder as NSString).appendingPathComponent(Self.fileName)
    }

    /// The path of the token's file; `nil` if it is not written, or was removed.
    package var publishedPath: String? { file.withLock { $0?.path } }

    /// Writes the token to a file with mode 0600. The file of another running server is left alone.
    ///
    /// - Parameters:
    ///   - port: The port that this server already listens on. A server that cannot listen must write no file.
    ///   - patience: How long to wait for other servers that are choosing their files.
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated` if the file or its folder cannot be created or stays
    ///   locked, `.diskFull`, `.inputOutput`; `CancellationError`.
    func publish(port: Int, patience: Duration = .seconds(10)) async throws {
        let made = try await StartTokenFile(
            Array((secret + "\n").utf8), folder: folder, port: port, patience: patience)
        file.withLock { $0 = made }
    }

    /// Removes this server's file, unless another file has replaced it.
    func removeFile() {
        file.withLock { file in
            file?.remove()
            file = nil
        }
    }

    /// Compares in constant time. Surrounding white space is ignored, because the text may be copied from the file.
    func matches(_ text: String) -> Bool {
        ConstantTime.areEqual(text.trimmingCharacters(in: .whitespacesAndNewlines), secret)
    }
}

extension StartToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "StartToken(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Compares secrets in constant time.
enum ConstantTime {
    /// Compares digests, so that the duration depends neither on the position of the first difference nor on the
    /// lengths.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        let pairs = zip(SHA256.hash(data: Array(left.utf8)), SHA256.hash(data: Array(right.utf8)))
        return pairs.reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
