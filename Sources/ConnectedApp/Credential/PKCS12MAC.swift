internal import Crypto
internal import Foundation
internal import SwiftASN1

/// The MAC of a PKCS#12 file: an HMAC whose key is derived from the passphrase (RFC 7292 §4 and appendix B.2).
struct PKCS12MAC {
    enum Hash: CaseIterable {
        case sha1, sha256, sha384, sha512

        /// The hash's identifier in the DigestInfo of a MAC.
        var identifier: ASN1ObjectIdentifier {
            switch self {
            case .sha1: [1, 3, 14, 3, 2, 26]
            case .sha256: [2, 16, 840, 1, 101, 3, 4, 2, 1]
            case .sha384: [2, 16, 840, 1, 101, 3, 4, 2, 2]
            case .sha512: [2, 16, 840, 1, 101, 3, 4, 2, 3]
            }
        }
    }

    private let hash: Hash
    private let salt: [UInt8]
    /// The number of rounds of the key derivation: 1 through 5,000,000.
    private let iterations: Int
    private let value: [UInt8]

    init(hash: Hash, salt: [UInt8], iterations: Int, value: [UInt8]) {
        self.hash = hash
        self.salt = salt
        self.iterations = iterations
        self.value = value
    }

    /// - Parameter node: A MacData structure.
    /// - Throws: ``ConnectedAppError`` with `.keyUnsupported` if the hash or the number of rounds is not supported, with
    ///   `.keyMalformed` if the structure is not valid; or an error of the ASN.1 library.
    init(_ node: ASN1Node) throws {
        let fields = DERFields(node).nodes
        let digest = DERFields(fields.first).nodes
        guard fields.count >= 2, digest.count == 2, let algorithm = DERFields(digest[0]).nodes.first else {
            throw ConnectedAppError(.keyMalformed)
        }
        let identifier = try ASN1ObjectIdentifier(berEncoded: algorithm)
        let iterations = fields.count > 2 ? try Int(berEncoded: fields[2]) : 1
        guard let hash = Hash.allCases.first(where: { $0.identifier == identifier }),
            (1...5_000_000).contains(iterations)
        else {
            throw ConnectedAppError(
                .keyUnsupported, detail: "The PKCS#12 file has a MAC of a kind that aprity does not support.")
        }
        self.init(
            hash: hash, salt: try Array(ASN1OctetString(berEncoded: fields[1]).bytes), iterations: iterations,
            value: try Array(ASN1OctetString(berEncoded: digest[1]).bytes))
    }

    /// Whether the passphrase is right.
    ///
    /// - Parameters:
    ///   - passphrase: UTF-8.
    ///   - content: The AuthenticatedSafe that the MAC covers.
    /// - Throws: `CancellationError` if the task is cancelled; millions of rounds take a while.
    func isRight(_ passphrase: [UInt8], _ content: [UInt8]) throws -> Bool {
        let right = try self.value(of: content, passphrase)
        // The comparison need not be constant-time: only the file's owner could measure it.
        return !right.isEmpty && right == value
    }

    /// Returns the MAC over the content for a passphrase, with this MAC's hash, salt and number of rounds.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    func value(of content: [UInt8], _ passphrase: [UInt8]) throws -> [UInt8] {
        switch hash {
        case .sha1: try value(Insecure.SHA1.self, content, passphrase)
        case .sha256: try value(SHA256.self, content, passphrase)
        case .sha384: try value(SHA384.self, content, passphrase)
        case .sha512: try value(SHA512.self, content, passphrase)
        }
    }

    private func value<H: HashFunction>(
        _ hash: H.Type, _ content: [UInt8], _ passphrase: [UInt8]
    ) throws -> [UInt8] {
        // Big-endian UTF-16, terminated by two zero bytes.
        let text = String(decoding: passphrase, as: UTF8.self).utf16 + [0]
        let password = text.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        let block = H.blockByteCount
        func filled(_ bytes: [UInt8]) -> [UInt8] {
            guard !bytes.isEmpty else { return [] }
            let count = (bytes.count + block - 1) / block * block
            return (0..<count).map { bytes[$0 % bytes.count] }
        }
        // 3 is the id for a MAC key.
        var key = Array(H.hash(data: [UInt8](repeating: 3, count: block) + filled(salt) + filled(password)))
        for round in 1..<max(iterations, 1) {
            if round.isMultiple(of: 1000) { try Task.checkCancellation() }
            key = Array(H.hash(data: key))
        }
        return Array(HMAC<H>.authenticationCode(for: content, using: SymmetricKey(data: key)))
    }
}
