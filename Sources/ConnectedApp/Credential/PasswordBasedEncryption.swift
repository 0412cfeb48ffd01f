internal import SwiftASN1

/// The parameters of an encryption with a passphrase: PBES2 with PBKDF2 (RFC 8018 §6.2), or one of PKCS#12's older schemes
/// (RFC 7292 appendix C).
///
/// The untrusted file sets the number of rounds, so it is bounded.
struct PasswordBasedEncryption {
    /// The maximum number of rounds of the key derivation; more would take many seconds.
    static let mostRounds = 10_000_000

    /// The algorithm; `nil` if the structure names none.
    let identifier: ASN1ObjectIdentifier?
    /// The parameters of PBES2; `nil` for another scheme, for a derivation other than PBKDF2 (such as scrypt, RFC 7914) or
    /// if the structure is malformed.
    let pbes2: PBES2?
    /// The salt and the number of rounds; `nil` if they cannot be read or there are more than ``mostRounds``. If `nil`, the
    /// file must not be passed to a library that would decrypt it: the work has no bound.
    let work: Work?

    /// The function and cipher of PBES2.
    struct PBES2 {
        /// The pseudorandom function; `nil` if the structure names none, which means HMAC with SHA-1.
        let function: ASN1ObjectIdentifier?
        let cipher: ASN1ObjectIdentifier
        /// The initialization vector; `nil` if the cipher's parameters are something else.
        let vector: [UInt8]?
    }

    struct Work {
        let salt: [UInt8]
        /// 1 through ``mostRounds``.
        let rounds: Int
    }

    /// - Parameter algorithm: An AlgorithmIdentifier structure in DER. For anything else, all properties are `nil`.
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

    /// The number of the PKCS#12 scheme, 1 through 6 in RFC 7292 appendix C; `nil` for another scheme.
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
    /// - Parameter derivation: Salt, rounds, and optionally the key's length and the pseudorandom function.
    fileprivate init?(derivation: DERFields, cipher: DERFields) {
        let named = derivation.nodes.dropFirst(2).map(DERFields.init).first { !$0.nodes.isEmpty }
        guard let name = cipher.identifier, named == nil || named?.identifier != nil else { return nil }
        function = named?.identifier
        self.cipher = name
        vector = cipher.nodes.count == 2 ? cipher.nodes.last.flatMap(DERFields.octets) : nil
    }
}

extension PasswordBasedEncryption.Work {
    /// - Parameter values: The parameters of PBKDF2 or of a PKCS#12 scheme. Both begin with the salt and number of rounds.
    fileprivate init?(_ values: DERFields) {
        guard values.nodes.count >= 2, let salt = DERFields.octets(values.nodes[0]),
            let rounds = try? Int(derEncoded: values.nodes[1]),
            (1...PasswordBasedEncryption.mostRounds).contains(rounds)
        else { return nil }
        (self.salt, self.rounds) = (salt, rounds)
    }
}

extension ConnectedAppError {
    /// The encryption requires too much work.
    ///
    /// - Parameter what: What is encrypted, such as "The private key".
    static func tooMuchWork(_ what: String, remedy: String) -> ConnectedAppError {
        ConnectedAppError(
            .keyUnsupported,
            detail: """
                \(what) is encrypted with more than \(PasswordBasedEncryption.mostRounds) rounds, or does not say with how \
                many, so aprity does not open it.
                """, remedy: remedy)
    }
}
