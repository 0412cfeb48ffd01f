internal import SwiftASN1

/// An AlgorithmIdentifier that derives a key from a passphrase: PBES2 with PBKDF2 (RFC 8018 §6.2), or one of PKCS#12's older
/// schemes (RFC 7292 appendix C).
///
/// The file sets the number of rounds, and the file is untrusted.
struct PasswordBasedEncryption {
    /// More would be some seconds of work.
    static let mostRounds = 10_000_000

    /// `nil` if the structure names no algorithm.
    let identifier: ASN1ObjectIdentifier?
    /// `nil` for another scheme, another derivation than PBKDF2 (such as scrypt, RFC 7914), and a malformed structure.
    let pbes2: PBES2?
    /// `nil` if the salt or the number of rounds cannot be read, and for more than ``mostRounds``. Then no library may be
    /// given the file.
    let work: Work?

    /// What PBES2 says of the cipher.
    struct PBES2 {
        /// The pseudorandom function; `nil` if the structure names none, which means HMAC with SHA-1.
        let function: ASN1ObjectIdentifier?
        let cipher: ASN1ObjectIdentifier
        /// `nil` for a cipher whose parameters are not simply its initialization vector.
        let vector: [UInt8]?
    }

    struct Work {
        let salt: [UInt8]
        /// 1 through ``mostRounds``.
        let rounds: Int
    }

    init(_ algorithm: ASN1Node?) {
        let fields = DERFields(algorithm)
        identifier = fields.identifier
        guard let identifier, fields.nodes.count == 2 else {
            (pbes2, work) = (nil, nil)
            return
        }
        let parameters = DERFields(fields.nodes[1])
        guard identifier == Self.pbes2Identifier else {
            pbes2 = nil
            work = identifier.oidComponents.starts(with: Self.pkcs12Schemes) ? Work(parameters) : nil
            return
        }
        let (derivation, cipher) = (DERFields(parameters.nodes.first), DERFields(parameters.nodes.last))
        guard parameters.nodes.count == 2, derivation.nodes.count == 2, derivation.identifier == Self.pbkdf2 else {
            (pbes2, work) = (nil, nil)
            return
        }
        let values = DERFields(derivation.nodes[1])
        pbes2 = PBES2(derivation: values, cipher: cipher)
        work = Work(values)
    }

    /// Whether this is PBES2, even if its parameters are malformed.
    var isPBES2: Bool { identifier == Self.pbes2Identifier }

    /// The number of PKCS#12's own scheme; `nil` for another scheme.
    var pkcs12Scheme: UInt? {
        guard let components = identifier?.oidComponents, components.starts(with: Self.pkcs12Schemes),
            components.count == Self.pkcs12Schemes.count + 1
        else { return nil }
        return components.last
    }

    private static let pbes2Identifier: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 5, 13]
    private static let pbkdf2: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 5, 12]
    private static let pkcs12Schemes: [UInt] = [1, 2, 840, 113_549, 1, 12, 1]
}

extension PasswordBasedEncryption.PBES2 {
    /// - Parameter derivation: Salt, rounds, perhaps the key's length, perhaps the pseudorandom function.
    fileprivate init?(derivation: DERFields, cipher: DERFields) {
        let named = derivation.nodes.dropFirst(2).map(DERFields.init).first { !$0.nodes.isEmpty }
        guard let name = cipher.identifier, named == nil || named?.identifier != nil else { return nil }
        function = named?.identifier
        self.cipher = name
        vector = cipher.nodes.count == 2 ? cipher.nodes.last.flatMap(DERFields.octets) : nil
    }
}

extension PasswordBasedEncryption.Work {
    /// - Parameter values: The parameters of PBKDF2 and those of PKCS#12's schemes begin with a salt and the number.
    fileprivate init?(_ values: DERFields) {
        guard values.nodes.count >= 2, let salt = DERFields.octets(values.nodes[0]),
            let rounds = try? Int(derEncoded: values.nodes[1]),
            (1...PasswordBasedEncryption.mostRounds).contains(rounds)
        else { return nil }
        (self.salt, self.rounds) = (salt, rounds)
    }
}

extension ConnectedAppError {
    /// - Parameter what: Such as "The private key".
    static func tooMuchWork(_ what: String, remedy: String) -> ConnectedAppError {
        ConnectedAppError(
            .keyUnsupported,
            detail: """
                \(what) is encrypted with more than \(PasswordBasedEncryption.mostRounds) rounds, or does not say with how \
                many, so it is not opened.
                """, remedy: remedy)
    }
}
