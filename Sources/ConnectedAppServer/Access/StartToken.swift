internal import Crypto
internal import Foundation
internal import JWTBearer
internal import Synchronization

/// The secret that lets its holder in: made anew at each start of the server, and written to one file that only the user
/// who started it can read.
package final class StartToken: Sendable {
    /// 32 random bytes in base64url. A secret.
    let secret: String
    private let folder: String
    private let file = Mutex<StartTokenFile?>(nil)

    package static let fileName = "start-token"

    /// Makes a token. No file is written before ``publish(port:)``.
    package init(folder: String, randomBytes: (Int) -> [UInt8]) {
        secret = Base64URL.encode(randomBytes(32))
        self.folder = folder
    }

    /// Where the token is written, for the person who looks for it.
    package var path: String {
        file.withLock { $0?.path } ?? (folder as NSString).appendingPathComponent(Self.fileName)
    }

    /// Writes the token to a file, mode 0600. The file of another server that is running is left alone.
    ///
    /// - Parameters:
    ///   - port: Where this server listens already. A server that cannot listen writes no file.
    ///   - patience: How long to wait for other servers that write their files at this moment.
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`; `CancellationError`.
    package func publish(port: Int, patience: Duration = .seconds(10)) async throws {
        let made = try await StartTokenFile(
            Array((secret + "\n").utf8), folder: folder, port: port, patience: patience)
        file.withLock { $0 = made }
    }

    /// Removes the file of this server; a file that took its place is left alone.
    package func removeFile() {
        file.withLock { file in
            file?.remove()
            file = nil
        }
    }

    /// Compares in a time that does not depend on where the texts differ.
    ///
    /// - Parameter text: White space around it does not count, since it was copied from a file.
    func matches(_ text: String) -> Bool {
        ConstantTime.areEqual(text.trimmingCharacters(in: .whitespacesAndNewlines), secret)
    }
}

extension StartToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "StartToken(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Comparison of secrets.
enum ConstantTime {
    /// Compares digests, so that neither the place of the first difference nor the length shows in the time it takes.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        let pairs = zip(SHA256.hash(data: Array(left.utf8)), SHA256.hash(data: Array(right.utf8)))
        return pairs.reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
