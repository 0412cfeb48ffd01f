internal import Crypto
package import Foundation
internal import JWTBearer

/// A token that the org issued and may still accept. It is stored, encrypted, so that it can be revoked, and so that a
/// connection test can read the org's settings with it.
///
/// The property names and raw values are stored; they must not change.
package struct OutstandingToken: Sendable, Equatable, Codable {
    enum State: String, Sendable, Codable, CaseIterable {
        /// Somebody may be using it.
        case held
        /// aprity tries to revoke it at Salesforce, until the org's API refuses it.
        case revoking
    }

    /// SHA-256 of the token, lower-case hex.
    package let sha256: String
    /// The id of the app in aprity.
    package let appID: String
    /// The connection that got the token. Its settings say where the revocation may be sent.
    let alias: String
    /// The org's API address, as the token response named it.
    let instanceURL: String
    /// When aprity got the token for the first time. The org may return the same token again.
    package let firstSeen: Date
    /// The encrypted token.
    private(set) var sealed: SealedBytes
    var state: State
    /// The number of attempts to revoke it.
    var attempts = 0
    /// When to try to revoke it next; `nil` exactly if the state is ``State/held``.
    package var nextTry: Date?
    /// The code of the cause of the last failed attempt; `nil` if none failed.
    var lastCause: String?
}

extension OutstandingToken {
    /// How long a held token is stored, in seconds: seven days. A token that is not used for a day expires earlier. One that is
    /// used continuously may be valid for longer; aprity then no longer knows it and cannot revoke it.
    static let kept: TimeInterval = 7 * 86_400

    /// Encrypts a token under the ring's active key. The new value has the state ``State/held``.
    ///
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
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if the hash, the app, the address or the encrypted bytes were
    ///   changed outside aprity, or the errors of the ring if it lacks the key.
    func secret(_ ring: MasterKeyRing) throws(ConnectedAppError) -> String {
        String(decoding: try ring.open(sealed, binding: Self.binding(sha256, appID, instanceURL)), as: UTF8.self)
    }

    /// The id of the master key under which the token is encrypted.
    var masterKeyID: String { sealed.masterKeyID }
    /// Whether a key of the ring decrypts the token.
    func opens(_ ring: MasterKeyRing) -> Bool { (try? secret(ring)) != nil }
    /// Whether the token is encrypted under a master key other than this one.
    func isUnderAnother(than key: MasterKey) -> Bool { sealed.masterKeyID != key.id }

    /// Returns the same token, encrypted under the active key of the ring; see ``MasterKeyRing/moved(_:binding:resealing:)``.
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
    /// Whether the token with this hash is stored, in any state.
    func hasOutstandingToken(sha256: String) throws -> Bool
    /// The tokens to revoke whose ``OutstandingToken/nextTry`` is not after `now`, the most overdue first; at most `limit`.
    func outstandingTokens(dueAt now: Date, limit: Int) throws -> [OutstandingToken]
    /// The next `limit` tokens of all apps, sorted by hash, whose hash is greater than `sha256`; empty text begins at the
    /// first.
    func outstandingTokens(after sha256: String, limit: Int) throws -> [OutstandingToken]
}

/// Changes outstanding tokens within a transaction.
package protocol OutstandingTokenWriting {
    /// Adds the token, or replaces the one with the same hash.
    func keep(_ token: OutstandingToken) throws
    /// Removes the token with this hash, in any state; does nothing if there is none.
    func forget(tokenSHA256: String) throws
    /// Removes the held tokens that were first seen before `date`. Tokens to revoke stay.
    func forgetHeldTokens(firstSeenBefore date: Date) throws
}

extension OutstandingToken {
    /// Returns the token, to be revoked from `now` on.
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
