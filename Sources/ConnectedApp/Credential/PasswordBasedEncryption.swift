internal import SwiftASN1

/// An AlgorithmIdentifier that derives a key from a passphrase: PBES2 with PBKDF2 (RFC 8018 §6.2), or one of PKCS#12's older
/// schemes (RFC 7292 appendix C).
///
/// The file sets the number of rounds, and the file is untrusted.
struct PasswordBasedEncryption {
    /// More would be some seconds of work.
    static let mostRounds = 10_000_000

    /// - Returns: How much work the algorithm asks for; `nil` if that cannot be read, or is more than ``mostRounds``. Then
    ///   no library may be given the file.
    static func boundedRounds(_ algorithm: ASN1Node) -> Int? {
        guard let (scheme, parameters) = named(algorithm) else { return nil }
        if scheme == pbes2 {
            let parts = children(parameters)
            guard parts.count == 2, let (derivation, values) = named(parts[0]), derivation == pbkdf2 else { return nil }
            return rounds(children(values))
        }
        return scheme.oidComponents.starts(with: pkcs12Schemes) ? rounds(children(parameters)) : nil
    }

    static let pbes2: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 5, 13]
    static let pbkdf2: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 5, 12]
    static let pkcs12Schemes: [UInt] = [1, 2, 840, 113_549, 1, 12, 1]

    /// Both kinds of parameters begin with a salt and the number.
    private static func rounds(_ values: [ASN1Node]) -> Int? {
        guard values.count >= 2, (try? ASN1OctetString(derEncoded: values[0])) != nil,
            let rounds = try? Int(derEncoded: values[1]), (1...mostRounds).contains(rounds)
        else { return nil }
        return rounds
    }

    /// The identifier and the parameters; `nil` if there are not exactly these two.
    private static func named(_ algorithm: ASN1Node) -> (ASN1ObjectIdentifier, ASN1Node)? {
        let fields = children(algorithm)
        guard fields.count == 2, let identifier = try? ASN1ObjectIdentifier(derEncoded: fields[0]) else { return nil }
        return (identifier, fields[1])
    }

    private static func children(_ node: ASN1Node) -> [ASN1Node] {
        guard case .constructed(let nodes) = node.content else { return [] }
        return Array(nodes)
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
