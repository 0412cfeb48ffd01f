internal import Crypto
package import Foundation
internal import JWTBearer

/// A token that the org granted and may still accept. It is stored, encrypted, only so that it can be revoked.
package struct OutstandingToken: Sendable, Equatable, Codable {
    enum State: String, Sendable, Codable, CaseIterable {
        /// A caller may be using it.
        case held
        /// It is to be revoked at Salesforce until the org's API refuses it.
        case revoking
    }

    /// SHA-256 of the token, lower-case hex.
    package let sha256: String
    package let appID: String
    /// The connection whose settings say where the revocation may be sent.
    let alias: String
    let instanceURL: String
    package let firstSeen: Date
    private(set) var sealed: SealedBytes
    var state: State
    var attempts = 0
    /// When to try to revoke it next; `nil` if it is not to be revoked.
    package var nextTry: Date?
    /// The code of the cause why the last attempt failed.
    var lastCause: String?
}

extension OutstandingToken {
    /// How long a token is stored. One that is not used for a day expires earlier. One that is used continuously may
    /// live longer, and is then unknown to aprity.
    static let kept: TimeInterval = 7 * 86_400

    /// - Throws: ``ConnectedAppError`` if the token cannot be encrypted.
    init(
        _ token: AccessToken, appID: String, alias: String, firstSeen: Date, ring: MasterKeyRing,
        randomBytes: (Int) -> [UInt8]
    ) throws(ConnectedAppError) {
        sha256 = token.fingerprint
        self.appID = appID
        self.alias = alias
        instanceURL = token.instanceURL
        self.firstSeen = firstSeen
        state = .held
        sealed = try ring.seal(
            Array(token.secret.utf8), binding: Self.binding(sha256, appID, token.instanceURL), randomBytes: randomBytes)
    }

    /// Decrypts the token.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if app, address or bytes were changed outside aprity.
    func secret(_ ring: MasterKeyRing) throws(ConnectedAppError) -> String {
        String(decoding: try ring.open(sealed, binding: Self.binding(sha256, appID, instanceURL)), as: UTF8.self)
    }

    var masterKeyID: String { sealed.masterKeyID }
    func opens(_ ring: MasterKeyRing) -> Bool { (try? secret(ring)) != nil }
    func isUnderAnother(than key: MasterKey) -> Bool { sealed.masterKeyID != key.id }

    /// The same token under the active key of the ring.
    func moved(by ring: MasterKeyRing, resealing: Bool) throws(ConnectedAppError) -> OutstandingToken {
        var token = self
        token.sealed = try ring.moved(
            sealed, binding: Self.binding(sha256, appID, instanceURL), resealing: resealing)
        return token
    }

    private static func binding(_ sha256: String, _ appID: String, _ instanceURL: String) -> [String] {
        ["outstanding token", sha256, appID, instanceURL]
    }
}

/// Reads outstanding tokens within a transaction.
package protocol OutstandingTokenReading {
    /// The tokens of an app, the oldest first.
    func outstandingTokens(of appID: String) throws -> [OutstandingToken]
    func hasOutstandingToken(sha256: String) throws -> Bool
    /// The tokens whose next attempt is due, the most overdue first, at most `limit`.
    func outstandingTokens(dueAt now: Date, limit: Int) throws -> [OutstandingToken]
    /// The tokens of all apps, sorted by hash, after `sha256`, at most `limit`.
    func outstandingTokens(after sha256: String, limit: Int) throws -> [OutstandingToken]
}

/// Changes outstanding tokens within a transaction.
package protocol OutstandingTokenWriting {
    /// Adds the token, or replaces the one with the same hash.
    func keep(_ token: OutstandingToken) throws
    func forget(tokenSHA256: String) throws
    /// Removes tokens that were first seen before `date`, except those that are to be revoked.
    func forgetHeldTokens(firstSeenBefore date: Date) throws
}

extension OutstandingToken {
    /// The token, due for revocation now.
    func toBeRevoked(_ now: Date) -> OutstandingToken {
        var token = self
        token.state = .revoking
        token.nextTry = now
        return token
    }
}

extension AccessToken {
    /// SHA-256 of the token, in lower-case hex. It can be shown and stored.
    var fingerprint: String { SHA256.hash(data: Data(secret.utf8)).hex }
}
