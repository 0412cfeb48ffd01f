internal import Crypto
internal import Foundation
internal import JWTBearer

/// The text of an API token: `aprity_`, the id, `_`, and the secret. A secret.
///
/// Scanners of source code and ``OrgWords`` recognize the form, so it must not change.
struct APITokenText: Sendable {
    static let prefix = "aprity_"
    /// The bytes of the id, which is written in hexadecimal.
    static let idSize = 8
    private static let secretSize = 32

    /// 16 hexadecimal digits. Not a secret.
    let id: String
    private let secret: String

    /// Generates a token.
    init(randomBytes: (Int) -> [UInt8]) {
        id = randomBytes(Self.idSize).hex
        secret = Base64URL.encode(randomBytes(Self.secretSize))
    }

    /// - Returns: `nil` if the text does not have the form of a token. White space around it is ignored.
    init?(_ text: String) {
        let pattern = /aprity_([0-9a-f]{16})_([A-Za-z0-9_\-]{43})/
        guard let match = text.trimmingCharacters(in: .whitespacesAndNewlines).wholeMatch(of: pattern) else {
            return nil
        }
        (id, secret) = (String(match.output.1), String(match.output.2))
    }

    /// The whole token, a secret.
    var text: String { "\(Self.prefix)\(id)_\(secret)" }

    /// What is stored of the secret. It has 256 random bits, so it needs no slow hash.
    var secretSHA256: Data { Data(SHA256.hash(data: Array(secret.utf8))) }
}

extension APITokenText: CustomStringConvertible, CustomReflectable {
    var description: String { "APITokenText(\(id), hidden)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret with which a program calls the API.
///
/// Stored as a record; the names of properties must not change.
struct APITokenRecord: RemovableRecord, Equatable {
    static let kind = RecordKind.apiToken
    /// See ``APITokenText/id``.
    let id: String
    /// Unique among the tokens. The syntax is that of connections' names.
    let name: String
    let secretSHA256: Data
    let scope: APITokenScope
    /// The connections that the token may see; `nil`: all; empty: none.
    let connections: [Alias]?
    let expiresAt: Date
    let createdAt: Date
    let createdBy: Principal

    var recordID: String { id }

    /// A copy that may no longer see the connection, perhaps none at all. `nil` if the token may see all connections, or
    /// does not list this one.
    func without(_ alias: String) -> Self? {
        guard let connections, connections.contains(where: { $0.description == alias }) else { return nil }
        return Self(
            id: id, name: name, secretSHA256: secretSHA256, scope: scope,
            connections: connections.filter { $0.description != alias }, expiresAt: expiresAt, createdAt: createdAt,
            createdBy: createdBy)
    }

    /// Compares in constant time.
    func matches(_ text: APITokenText) -> Bool {
        let given = text.secretSHA256
        return given.count == secretSHA256.count && zip(given, secretSHA256).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// When a token was last used. A loss does no harm.
///
/// Stored as a record; the names of properties must not change.
struct APITokenUse: DispensableRecord, Equatable {
    static let kind = RecordKind.apiTokenUse
    /// See ``APITokenText/id``.
    let id: String
    var usedAt: Date

    var recordID: String { id }
}
