package import ConnectedApp
internal import Crypto
internal import Foundation
internal import JWTBearer

/// The secret that lets its holder in: made anew at each start of the server and written to one file, which only the
/// user who started it can read.
package struct StartToken: Sendable {
    /// 32 random bytes in base64url. A secret.
    let secret: String
    /// Where the token is written, for the person who looks for it.
    package let path: String

    package static let fileName = "start-token"

    /// Makes a token and writes it into a file of the folder, mode 0600, in the place of an earlier one.
    ///
    /// The file is created new under another name and then moved, so nobody can read it even for an instant, and a
    /// link that somebody put there is replaced, not followed.
    ///
    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`.
    package init(folder: String, randomBytes: (Int) -> [UInt8]) throws(ConnectedAppError) {
        secret = Base64URL.encode(randomBytes(32))
        path = (folder as NSString).appendingPathComponent(Self.fileName)
        let fresh = path + "." + randomBytes(8).hex
        try OutputFile.makeFolder(folder)
        try OutputFile.create(fresh, content: Array((secret + "\n").utf8), mode: 0o600)
        guard rename(fresh, path) == 0 else {
            let code = errno
            unlink(fresh)
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: path, evidence: ["errno": String(cString: strerror(code))])
        }
    }

    /// Takes the file away, unless another server has put its own in its place.
    package func removeFile() {
        guard let content = try? InputFile(path).read(atMost: 256), matches(String(decoding: content, as: UTF8.self))
        else { return }
        unlink(path)
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
