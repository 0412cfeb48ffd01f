internal import Crypto
package import Foundation
internal import JWTBearer

/// A token that the org granted and that may still be good: kept sealed, to be revoked, and for nothing else.
package struct OutstandingToken: Sendable, Equatable, Codable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// In somebody's hands.
        case held
        /// To be revoked at Salesforce, and then shown to be dead.
        case revoking
    }

    /// SHA-256 of the token, lower-case hex.
    package let sha256: String
    package let appID: String
    /// The connection whose rules say where its revocation may be sent.
    package let alias: String
    package let instanceURL: String
    package let firstSeen: Date
    private(set) var sealed: SealedBytes
    package var state: State
    package var attempts = 0
    /// Not before this moment; `nil` where nothing is to be done.
    package var nextTry: Date?
    /// Why the last attempt did not show it dead: a cause's code.
    package var lastCause: String?
}

extension OutstandingToken {
    /// A token that nobody used for a day is dead. One that a tool uses all the time may be older than this; then it is
    /// one that aprity does not know.
    static let kept: TimeInterval = 7 * 86_400

    /// - Throws: ``ConnectedAppError`` where the bytes cannot be sealed.
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

    /// The token itself.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` where app, address or bytes were changed outside aprity.
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

package protocol OutstandingTokenReading {
    /// Oldest first.
    func outstandingTokens(of appID: String) throws -> [OutstandingToken]
    func hasOutstandingToken(sha256: String) throws -> Bool
    /// Those whose next try is due, the most overdue first, and no more than `limit`.
    func outstandingTokens(dueAt now: Date, limit: Int) throws -> [OutstandingToken]
    /// Those of every app, by their hash; from the one after `sha256` on, and no more than `limit`.
    func outstandingTokens(after sha256: String, limit: Int) throws -> [OutstandingToken]
}

package protocol OutstandingTokenWriting {
    /// Adds the token, or puts it in the place of the one of the same hash.
    func keep(_ token: OutstandingToken) throws
    func forget(tokenSHA256: String) throws
    /// Those that were first seen before a moment and are not to be revoked.
    func forgetHeldTokens(firstSeenBefore date: Date) throws
}

extension OutstandingToken {
    func toBeRevoked(_ now: Date) -> OutstandingToken {
        var token = self
        token.state = .revoking
        token.nextTry = now
        return token
    }
}

extension AccessToken {
    /// SHA-256 of the token, lower-case hex: what may be shown and kept of it.
    var fingerprint: String { SHA256.hash(data: Data(secret.utf8)).hex }
}
