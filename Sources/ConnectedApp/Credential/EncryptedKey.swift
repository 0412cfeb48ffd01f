internal import SwiftASN1

/// Checks the unencrypted header of an encrypted private key before the key is decrypted.
///
/// The crypto library's error codes do not distinguish a wrong passphrase from an unsupported cipher.
enum EncryptedKey {
    /// Checks that aprity can decrypt the key if the passphrase is right, and that this takes a bounded amount of work.
    ///
    /// - Throws: ``ConnectedAppError`` with `.keyUnsupported` if the cipher is not supported or needs too many rounds, with the
    ///   command that encrypts the key in another way; with `.keyMalformed` if the header is not valid.
    static func checkCanBeOpened(_ block: PEMBlock, in file: CredentialFile) throws(ConnectedAppError) {
        if let cipher = block.cipher {
            // PKCS#8 with a DEK-Info cipher would be encrypted twice.
            guard block.label == "RSA PRIVATE KEY" else { throw ConnectedAppError(.keyMalformed) }
            let name = cipher.prefix { $0 != "," }
            guard traditionalCiphers.contains(name.uppercased()) else {
                throw unsupported("is encrypted with \(name), a cipher", file, isOld: false)
            }
            return
        }
        let fields = DERFields(try? DER.parse(block.bytes))
        let encryption = PasswordBasedEncryption(fields.nodes.first)
        guard fields.nodes.count == 2, encryption.identifier != nil else { throw ConnectedAppError(.keyMalformed) }
        let isOld = !encryption.isPBES2
        guard encryption.pbes2.map(isSupported) ?? encryption.pkcs12Scheme.map(pkcs12Schemes.contains) ?? false else {
            throw unsupported("is encrypted in a way", file, isOld: isOld)
        }
        guard encryption.work != nil else {
            throw ConnectedAppError.tooMuchWork("The private key", remedy: encryptAgain(file, isOld: isOld))
        }
    }

    /// Returns a remedy with the command that encrypts the key in a supported way.
    ///
    /// - Parameter isOld: Whether the present encryption is so old that openssl needs its legacy provider.
    static func encryptAgain(_ file: CredentialFile, isOld: Bool = false) -> String {
        if file.isInPKCS12 { return PKCS12.conversionRemedy(file, isOld: isOld) }
        let providers = isOld ? "-provider legacy -provider default " : ""
        return file.hint(savedAs: "given.key") {
            "Encrypt it again: `openssl pkcs8 \(providers)-topk8 -v2 aes-256-cbc -in \($0) -out converted.key`."
        }
    }

    private static func unsupported(_ what: String, _ file: CredentialFile, isOld: Bool) -> ConnectedAppError {
        ConnectedAppError(
            .keyUnsupported, detail: "The private key \(what) that aprity does not support.",
            remedy: encryptAgain(file, isOld: isOld))
    }

    private static func isSupported(_ scheme: PasswordBasedEncryption.PBES2) -> Bool {
        if scheme.cipher == tripleDES { return scheme.function.map(functionsOfTheLibrary.contains) ?? true }
        return EncryptedPKCS8.ciphers[scheme.cipher] != nil && EncryptedPKCS8.function(scheme.function) != nil
    }

    /// The ciphers of traditional keys (`DEK-Info`) that the crypto library supports.
    private static let traditionalCiphers: Set<String> = [
        "DES-CBC", "DES-EDE3-CBC", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC",
    ]
    /// The schemes of RFC 7292 appendix C that the crypto library supports: RC4 with 128 bits, Triple DES, RC2 with 40 bits.
    private static let pkcs12Schemes: Set<UInt> = [1, 3, 6]
    private static let tripleDES: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 3, 7]
    /// HMAC with SHA-1 and with SHA-256, for Triple DES, which the crypto library decrypts.
    private static let functionsOfTheLibrary: Set<ASN1ObjectIdentifier> = [
        [1, 2, 840, 113_549, 2, 7], [1, 2, 840, 113_549, 2, 9],
    ]
}
