internal import Foundation
internal import NIOSSL
internal import SwiftASN1

/// A private key and its certificate from a PKCS#12 file (RFC 7292), as openssl, Java's keytool and Windows write it.
///
/// This type reads the structure of the file itself, so that errors distinguish a wrong passphrase, a file without a key, and
/// certificates of another key. The TLS library decrypts the certificates.
struct PKCS12 {
    let key: RSAKey
    let certificate: AppCertificate

    /// Reads a key and one certificate that belongs to it.
    ///
    /// Ignores further certificates, such as those of the issuing authorities, and certificates that cannot be read.
    ///
    /// - Parameters:
    ///   - keyName: Which key to read: the name of a key in the file (`friendlyName`, which keytool calls alias). Case does not
    ///     matter. `nil` if the file contains only one key.
    ///   - passphrase: UTF-8; empty if the user gave none.
    /// - Throws: ``ConnectedAppError``:
    ///   - `.keyMalformed` if this is not a PKCS#12 file, or it is damaged, has no MAC or contains no private key;
    ///   - `.passphraseMissing` or `.passphraseWrong`;
    ///   - `.keyUnsupported` if an algorithm is not supported, or decrypting takes too many rounds;
    ///   - `.usage` if there are several keys and `keyName` does not select one, or if no key has that name;
    ///   - `.certificateMalformed` if there is no certificate, `.certificateKeyMismatch` if none belongs to the key;
    ///   - the causes of ``RSAKey/init(file:passphrase:)``.
    ///
    ///   `CancellationError` if the task is cancelled.
    static func read(_ file: CredentialFile, keyName: String?, passphrase: [UInt8]) async throws -> PKCS12 {
        guard case .pkcs12(let bytes)? = file.objects.first else { throw isNone(file) }
        let outer = try envelope(bytes, file)
        guard try outer.mac.isRight(passphrase, outer.content) else { throw try refused(passphrase, outer) }
        guard outer.hasBoundedRounds else {
            throw ConnectedAppError.tooMuchWork(
                "The PKCS#12 file", remedy: conversionRemedy(file, isOld: outer.hasOldEncryption))
        }
        let chosen = try choice(among: outer.privateKeys(), keyName)
        var keyFile = file.holding(Array(chosen.block.text.utf8))
        keyFile.isInPKCS12 = true
        let key = try RSAKey(file: keyFile) { () throws(ConnectedAppError) in passphrase }
        let certificates = try await certificates(
            in: outer.keeping(chosen), of: key, passphrase: passphrase, file: file)
        guard let certificate = certificates.first(where: { $0.belongs(to: key.publicKey) }) else {
            throw ConnectedAppError(
                .certificateKeyMismatch, subject: file.shownName,
                detail: "No certificate in the PKCS#12 file belongs to its private key.",
                remedy: "Export it again together with the key's own certificate.")
        }
        return PKCS12(key: key, certificate: certificate)
    }

    /// Returns a remedy with the command that converts a PKCS#12 file with unsupported encryption to PEM.
    ///
    /// - Parameter isOld: Whether the encryption is so old that openssl needs its legacy provider.
    static func conversionRemedy(_ file: CredentialFile, isOld: Bool = false) -> String {
        file.hint(savedAs: "given.p12") { name in
            "Convert it: `openssl pkcs12 \(isOld ? "-legacy " : "")-in \(name) -out both.pem`; then give "
                // A file without a name was uploaded.
                + (file.name == nil
                    ? "both.pem as the private key and as the certificate."
                    : "`--key both.pem --certificate both.pem`.")
        }
    }

    private static func envelope(_ bytes: [UInt8], _ file: CredentialFile) throws(ConnectedAppError) -> PKCS12Envelope {
        guard !PKCS12Envelope.lacksMAC(bytes) else {
            throw ConnectedAppError(
                .keyMalformed, detail: "The PKCS#12 file has no MAC, so aprity cannot check the passphrase.",
                remedy: conversionRemedy(file))
        }
        do { return try PKCS12Envelope(bytes) } catch {
            guard error.cause == .keyUnsupported else { throw file.shownName.map(error.about) ?? error }
            throw ConnectedAppError(.keyUnsupported, detail: error.detail, remedy: conversionRemedy(file))
        }
    }

    private static func refused(_ passphrase: [UInt8], _ outer: PKCS12Envelope) throws -> ConnectedAppError {
        if passphrase.isEmpty {
            return ConnectedAppError(.passphraseMissing, detail: "The PKCS#12 file is encrypted.")
        }
        if try outer.mac.isRight([], outer.content) {
            return ConnectedAppError(
                .passphraseWrong, detail: "The PKCS#12 file has an empty passphrase, but another one was given.",
                remedy: "Leave --passphrase-file out.",
                remedyOnPage: "Leave the field for the passphrase empty, and choose the file again.")
        }
        return ConnectedAppError(.passphraseWrong, detail: "The passphrase does not open the PKCS#12 file.")
    }

    private static func isNone(_ file: CredentialFile) -> ConnectedAppError {
        let object = file.objects.first
        let detail = object?.contentInsteadOfPKCS12.map { "The file contains \($0), not PKCS#12." }
        return switch object {
        case .javaKeystore?:
            UnsuitableCredential(object: .javaKeystore, wanted: .privateKey, file: file).error
        case .rsaKey?, .encryptedKey?, .certificate?, .certificateBundle?:
            ConnectedAppError(
                .keyMalformed, subject: file.shownName, detail: detail,
                remedy: "Give a private key with `--key`, and its certificate with `--certificate`.",
                remedyOnPage: "Give a private key and its certificate in the form for files of their own.")
        case nil:
            MissingCredential(file)?.error(.keyMalformed, of: file) ?? ConnectedAppError.noPKCS12(file)
        case .pkcs12?, .certificateRequest?, .publicKey?, .unusableKey?, .unreadableFormat?, .unknown?:
            ConnectedAppError.noPKCS12(file, detail: detail)
        }
    }

    private static func choice(
        among keys: [PKCS12Envelope.ContainedKey], _ name: String?
    ) throws(ConnectedAppError) -> PKCS12Envelope.ContainedKey {
        let fitting = keys.filter { key in name.map { key.name?.lowercased() == $0.lowercased() } ?? true }
        if fitting.count == 1 { return fitting[0] }
        guard !keys.isEmpty else {
            throw ConnectedAppError(
                .keyMalformed, detail: "The PKCS#12 file contains no private key that aprity can find.")
        }
        let choose = "Choose one with `--alias-in-file NAME`."
        let chooseOnPage = "Enter one of these names in the field for the name of the key, and choose the file again."
        let names = keys.map { $0.name ?? "(without a name)" }.joined(separator: ", ")
        guard name == nil || fitting.count > 1 else {
            throw ConnectedAppError(
                .usage, detail: "The PKCS#12 file has no key of that name. Its keys: \(names).", remedy: choose,
                remedyOnPage: chooseOnPage)
        }
        if let name {
            throw ConnectedAppError(
                .usage, detail: "The PKCS#12 file contains several private keys with the name \(name).",
                remedy: "Export the key into a file of its own.")
        }
        throw ConnectedAppError(
            .usage, detail: "The PKCS#12 file contains several private keys: \(names).",
            remedy: choose, remedyOnPage: chooseOnPage)
    }

    /// Returns the certificates of the file, without those that cannot be read.
    ///
    /// The TLS library terminates the process if no certificate in the file belongs to the key. So this adds a self-signed
    /// certificate of the key before it calls the library, and removes that certificate from the result.
    private static func certificates(
        in outer: PKCS12Envelope, of key: RSAKey, passphrase: [UInt8], file: CredentialFile
    ) async throws -> [AppCertificate] {
        let spare = try await AppCertificate.selfSigned(
            publicKey: key.publicKey, signer: key, commonName: "spare", now: Date(timeIntervalSince1970: 0), days: 1,
            randomBytes: { [UInt8](repeating: 1, count: $0) })
        let opened: NIOSSLPKCS12Bundle
        do {
            opened = try NIOSSLPKCS12Bundle(
                buffer: outer.with(certificate: spare.der, passphrase: passphrase), passphrase: passphrase)
        } catch let error as ConnectedAppError {
            throw error
        } catch {
            throw ConnectedAppError(
                .keyUnsupported,
                detail: "The PKCS#12 file's certificates are encrypted in a way that aprity does not support.",
                remedy: conversionRemedy(file, isOld: outer.hasOldEncryption), evidence: ["tls": "\(error)"])
        }
        let all = try opened.certificateChain.map { try $0.toDERBytes() }.filter { $0 != spare.der }
        guard !all.isEmpty else {
            throw ConnectedAppError(
                .certificateMalformed, subject: file.shownName, detail: "The PKCS#12 file contains no certificate.",
                remedy:
                    "Export it again together with its certificate, or give the key and the certificate as files of their own."
            )
        }
        return all.compactMap { try? AppCertificate(der: $0) }
    }
}
