internal import CryptoExtras
internal import Foundation

/// A password that somebody typed. A secret.
package struct Password: Sendable {
    /// The length of the shortest new password, in characters.
    package static let shortest = 12
    /// The length of the longest password, in bytes. A longer one never matches.
    package static let longest = 256

    /// UTF-8 of the canonical composition, so that keyboards that compose accents differently yield the same bytes.
    fileprivate let bytes: [UInt8]
    private let text: String

    package init(_ text: String) {
        self.text = text.precomposedStringWithCanonicalMapping
        bytes = Array(self.text.utf8)
    }

    /// Checks whether the password may be an account's new one.
    ///
    /// - Throws: ``ConnectedAppError`` with `.passwordUnfit`, which says why.
    func check(for name: AccountName) throws(ConnectedAppError) {
        let reason: String? =
            if text.count < Self.shortest {
                "The password is too short: it has \(text.count == 1 ? "1 character" : "\(text.count) characters"), and at least \(Self.shortest) are needed."
            } else if bytes.count > Self.longest {
                "The password is too long: it has \(bytes.count) bytes, and at most \(Self.longest) are allowed."
            } else if text.lowercased() == name.description {
                "The password is the account's name."
            } else if Set(text).count < 4 {
                "The password repeats the same few characters."
            } else {
                nil
            }
        if let reason { throw ConnectedAppError(.passwordUnfit, subject: name.description, detail: reason) }
    }
}

extension Password: CustomStringConvertible, CustomReflectable {
    package var description: String { "Password(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The cost of scrypt (RFC 7914) for one password.
package struct PasswordCost: Codable, Sendable, Equatable {
    /// N is two to this power.
    let costExponent: Int
    let blockSize: Int
    let parallelism: Int

    /// 32 MiB of memory, and 50 to 100 ms on a present server.
    package static let standard = PasswordCost(costExponent: 15, blockSize: 8, parallelism: 1)
    /// For tests.
    package static let low = PasswordCost(costExponent: 4, blockSize: 8, parallelism: 1)

    /// Limited, so that a forged record cannot make aprity use any amount of memory.
    var isAcceptable: Bool { (1...17).contains(costExponent) && blockSize == 8 && parallelism == 1 }
}

/// What is stored of a password: scrypt's cost, salt and result. The property names are stored and must not change.
struct PasswordHash: Codable, Sendable, Equatable {
    let cost: PasswordCost
    let salt: Data
    let hash: Data

    private static let size = 32

    /// - Parameter salt: 16 random bytes.
    /// - Throws: ``ConnectedAppError`` with `.internalError` if the crypto library fails.
    init(of password: Password, cost: PasswordCost, salt: [UInt8]) throws(ConnectedAppError) {
        self.cost = cost
        self.salt = Data(salt)
        hash = try Self.derived(password, cost, self.salt)
    }

    /// A hash that no password has. Checking a password against it costs as much as against a real one.
    init(unmatchedAt cost: PasswordCost) {
        self.cost = cost
        salt = Data(repeating: 0, count: 16)
        hash = Data(repeating: 0, count: Self.size)
    }

    /// Whether the password is the one that was hashed. Takes the time and memory of ``cost``.
    func matches(_ password: Password) throws(ConnectedAppError) -> Bool {
        let derived = try Self.derived(password, cost, salt)
        return derived.count == hash.count && zip(derived, hash).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
            && password.bytes.count <= Password.longest
    }

    private static func derived(_ password: Password, _ cost: PasswordCost, _ salt: Data) throws(ConnectedAppError)
        -> Data
    {
        guard cost.isAcceptable else {
            throw ConnectedAppError(.storeDamaged, subject: "account", evidence: ["cost": "\(cost.costExponent)"])
        }
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: password.bytes.prefix(Password.longest), salt: salt, outputByteCount: size,
                rounds: 1 << cost.costExponent, blockSize: cost.blockSize, parallelism: cost.parallelism)
            return key.withUnsafeBytes { Data($0) }
        } catch {
            throw ConnectedAppError(.internalError, evidence: ["crypto": "\(error)"])
        }
    }
}
