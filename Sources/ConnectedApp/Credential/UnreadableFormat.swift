/// A file format for keys or certificates that aprity recognizes, to name it in an error, but cannot read.
enum UnreadableFormat: Equatable {
    /// The output of `openssl x509 -trustout`.
    case trustedCertificate
    /// Microsoft's formats for private keys.
    case pvk, msBlob
    /// A JSON Web Key (RFC 7517).
    case jwk
    /// The element RSAKeyValue of XML Signature, in which .NET writes keys.
    case xmlKey
    case pgp
    /// A private key in the format of SSH Communications' programs.
    case ssh2

    /// Recognizes Microsoft's formats by their first bytes: a magic number, or a PRIVATEKEYBLOB of version 2.
    init?(binary bytes: [UInt8]) {
        if bytes.starts(with: [0x1E, 0xF1, 0xB5, 0xB0]) {
            self = .pvk
        } else if bytes.starts(with: [0x07, 0x02, 0, 0]), bytes.dropFirst(8).starts(with: Array("RSA2".utf8)) {
            self = .msBlob
        } else {
            return nil
        }
    }

    /// Recognizes the formats that are text by the first 4,096 characters.
    init?(text: String) {
        let start = text.prefix(4096).drop(while: \.isWhitespace)
        if start.contains("-----BEGIN PGP ") {
            self = .pgp
        } else if start.contains("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY") {
            self = .ssh2
        } else if start.contains("<RSAKeyValue") {
            self = .xmlKey
        } else if start.hasPrefix("{"), start.contains("\"kty\"") {
            self = .jwk
        } else {
            return nil
        }
    }

    /// Completes the sentence "The file contains …".
    var content: String {
        switch self {
        case .trustedCertificate: "a certificate in openssl's own trusted format"
        case .pvk: "a private key in Microsoft's format PVK"
        case .msBlob: "a private key in Microsoft's format PRIVATEKEYBLOB"
        case .jwk: "a JSON Web Key (JWK)"
        case .xmlKey: "a key in XML (RSAKeyValue)"
        case .pgp: "PGP data, which is not X.509"
        case .ssh2: "a private key in the format SSH2"
        }
    }

    /// Whether files in this format contain a certificate instead of a key.
    var isCertificate: Bool { self == .trustedCertificate }

    /// Returns how to get what is wanted from the file.
    ///
    /// - Parameter makeCertificate: The command that makes a certificate of `converted.key`; `nil` if the private key is
    ///   wanted.
    func remedy(_ file: CredentialFile, makeCertificate: String?) -> String {
        let further = makeCertificate.map { " && " + $0 } ?? ""
        return switch self {
        case .trustedCertificate:
            file.hint(savedAs: "given.crt") { "Convert it: `openssl x509 -in \($0) -out converted.crt`." }
        case .pvk:
            file.hint(savedAs: "given.pvk") {
                "Convert it: `openssl rsa -inform PVK -in \($0) -out converted.key\(further)`."
            }
        case .msBlob:
            file.hint(savedAs: "given.blob") {
                "Convert it: `openssl rsa -inform MSBLOB -in \($0) -out converted.key\(further)`."
            }
        case .jwk, .xmlKey, .ssh2:
            makeCertificate.map {
                """
                Give the certificate of this key. If there is none, export the key as PEM (PKCS#8) into converted.key with the \
                program that made it, and make one: `\($0)`.
                """
            } ?? "Export it as PEM (PKCS#8) with the program that made it."
        case .pgp: "Salesforce does not accept PGP keys. " + UnsuitableCredential.makeAnotherKey
        }
    }
}
