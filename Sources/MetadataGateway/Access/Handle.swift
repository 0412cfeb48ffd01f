internal import Crypto
package import JWTBearer

/// The secret that a client shows in place of a Salesforce token. It has a token's form, so clients accept it as a session id: the
/// org's id, `!`, and letters, digits, `.` and `_`.
///
/// After `!` come `aprity_`, the handle's id and 256 random bits. Scanners of source code recognize the form, so it must not change.
package struct Handle: Sendable {
    private static let mark = "aprity_"
    private static let idBytes = 8
    private static let secretBytes = 32
    /// What stands for the org's id before the first sign-in. No org has this id.
    private static let unknownOrganization = "00D000000000000"

    /// 16 hexadecimal digits. Not a secret.
    package let id: String
    /// 15 characters.
    private let organization: String
    /// 64 hexadecimal digits.
    private let secret: String

    /// Generates a handle.
    ///
    /// - Parameter organizationID: The org of the handle's connection; `nil` if it is not known yet.
    package init(for organizationID: OrganizationID?, randomBytes: (Int) -> [UInt8]) {
        organization = organizationID?.short ?? Self.unknownOrganization
        id = Self.hex(randomBytes(Self.idBytes))
        secret = Self.hex(randomBytes(Self.secretBytes))
    }

    /// - Returns: `nil` if the text does not have the form of a handle. The org's id is not compared with anything: the handle itself
    ///   says to which connection it belongs.
    package init?(_ text: String) {
        guard text.utf8.count <= 200,
            let match = text.wholeMatch(of: #/(00D[A-Za-z0-9]{12})!aprity_([0-9a-f]{16})\.([0-9a-f]{64})/#)
        else { return nil }
        (organization, id, secret) = (String(match.output.1), String(match.output.2), String(match.output.3))
    }

    /// The whole handle, a secret.
    package var text: String { "\(organization)!\(Self.mark)\(id).\(secret)" }

    /// What is stored of the secret. It has 256 random bits, so it needs no slow hash.
    package var secretSHA256: [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }

    /// Compares with a stored hash in constant time.
    package func matches(_ stored: [UInt8]) -> Bool {
        let own = secretSHA256
        return own.count == stored.count && zip(own, stored).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The key of ``Ticket``. It is not what is stored, so who can read the store cannot make a ticket.
    var ticketKey: SymmetricKey { SymmetricKey(data: Array(secret.utf8)) }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension Handle: CustomStringConvertible, CustomReflectable {
    package var description: String { "Handle(\(id), hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
