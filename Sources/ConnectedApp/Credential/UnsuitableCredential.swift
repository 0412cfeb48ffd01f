/// Explains why an object in a file is not the private key or the certificate that is needed, and names the command that
/// converts it, if there is one.
struct UnsuitableCredential {
    /// What the caller needs from the file.
    enum Wanted {
        case privateKey, certificate
    }

    /// The object that the file contains instead.
    let object: CredentialObject
    let wanted: Wanted
    let file: CredentialFile
    /// The file with the private key that was given together with this file; `nil` if none was.
    var keyFile: CredentialFile?

    /// The error to throw. Its cause is `.certificateMalformed` if a certificate is wanted. If a private key is wanted, the
    /// cause is `.keyUnsupported` for a key that aprity cannot read, `.keyMalformed` for anything else.
    var error: ConnectedAppError {
        ConnectedAppError(
            cause, subject: file.shownName, detail: "The file contains \(content).", remedy: remedy,
            remedyOnPage: remedyOnPage)
    }

    private var remedyOnPage: String? {
        if case .pkcs12 = object { "Give it in the form for a PKCS#12 file." } else { nil }
    }

    private var cause: Cause {
        switch (wanted, object) {
        case (.privateKey, .unusableKey), (.privateKey, .javaKeystore): .keyUnsupported
        case (.privateKey, .unreadableFormat(let form)): form.isCertificate ? .keyMalformed : .keyUnsupported
        case (.privateKey, _): .keyMalformed
        case (.certificate, _): .certificateMalformed
        }
    }

    /// Completes the sentence "The file contains …".
    private var content: String {
        switch object {
        case .certificate, .certificateBundle: "a certificate, not a private key"
        case .certificateRequest:
            "a certificate signing request, not a \(wanted == .privateKey ? "private key" : "certificate")"
        case .publicKey: "a public key, not a \(wanted == .privateKey ? "private key" : "certificate")"
        case .rsaKey, .encryptedKey: "a private key, not a certificate; keep the file secret"
        case .unusableKey(let key):
            key.content + (wanted == .certificate && key.isConvertible ? ", not a certificate" : "")
        case .pkcs12: "a private key together with its certificate (PKCS#12)"
        case .javaKeystore: "a Java keystore (JKS), such as Setup's Export to Keystore writes"
        case .unreadableFormat(let form): form.content + contrast(to: form)
        case .unknown(let label): "a block \(label) that is damaged or of an unknown kind"
        }
    }

    private func contrast(to form: UnreadableFormat) -> String {
        switch (wanted, form) {
        case (.privateKey, .trustedCertificate): ", not a private key"
        case (.certificate, .pvk), (.certificate, .msBlob), (.certificate, .jwk), (.certificate, .xmlKey),
            (.certificate, .ssh2):
            ", not a certificate"
        case (.privateKey, _), (.certificate, .trustedCertificate), (.certificate, .pgp): ""
        }
    }

    /// What to do; `nil` for the cause's own remedy.
    private var remedy: String? {
        switch (wanted, object) {
        case (.privateKey, .unusableKey(let key)): ofUnusable(key)
        case (_, .pkcs12(let bytes)): ofPKCS12(bytes)
        case (_, .javaKeystore): ofJavaKeystore
        case (.certificate, .certificateRequest): ofRequest
        case (.certificate, .publicKey): ofPublicKey
        case (.certificate, .unusableKey(let key)): ofUnusable(key)
        case (.certificate, .rsaKey), (.certificate, .encryptedKey):
            file.hint(savedAs: "given.key") { "Make a certificate for it: `\(Self.makeCertificate(of: $0))`." }
        case (.privateKey, .unreadableFormat(let form)):
            form.isCertificate ? nil : form.remedy(file, makeCertificate: nil)
        case (.certificate, .unreadableFormat(let form)):
            form.remedy(file, makeCertificate: Self.makeCertificate(of: "converted.key"))
        case (.privateKey, _), (.certificate, _): nil
        }
    }

    /// A remedy for a key that cannot be converted.
    static let makeAnotherKey = """
        Make another key: `openssl req -x509 -newkey rsa:2048 -sha256 -days 365 -subj /CN=aprity -keyout aprity.key -out \
        aprity.crt`. Or let aprity make it.
        """
    private static let makePKCS8 = "ssh-keygen -p -m PKCS8 -N '' -f converted.key"

    private static func makeCertificate(of key: String) -> String {
        "openssl req -new -x509 -sha256 -days 365 -key \(key) -subj /CN=aprity -out aprity.crt"
    }

    private func ofUnusable(_ key: CredentialObject.UnusableKey) -> String {
        let further = wanted == .certificate ? " && " + Self.makeCertificate(of: "converted.key") : ""
        return switch key {
        case .openSSH(isRSA: true):
            file.hint(savedAs: "given.key") {
                // ssh-keygen refuses a key that others can read.
                "Convert a copy: `install -m 600 \($0) converted.key && \(Self.makePKCS8)\(further)`."
            }
        case .putty:
            file.hint(savedAs: "given.ppk") {
                "Convert it: `puttygen \($0) -O private-openssh -o converted.key && \(Self.makePKCS8)\(further)`."
            }
        case .openSSH(isRSA: false), .ellipticCurve, .ed25519, .dsa, .rsaPSS, .otherAlgorithm: Self.makeAnotherKey
        }
    }

    /// If the command has an option for PKCS#12, the remedy names it; otherwise, it extracts the content with openssl.
    private func ofPKCS12(_ bytes: [UInt8]) -> String {
        let isOld = (try? PKCS12Envelope(bytes))?.hasOldEncryption ?? false
        return file.hint(savedAs: "given.p12") { name in
            file.pkcs12Option.map { "Give it with `\($0) \(name)`, without `--key` and `--certificate`." }
                ?? "Extract what is needed: `\(takeOut(of: name, isOld: isOld))`."
        }
    }

    private var ofJavaKeystore: String {
        file.hint(savedAs: "given.jks") { name in
            let convert =
                "keytool -importkeystore -srckeystore \(name) -destkeystore converted.p12 -deststoretype PKCS12"
            return file.pkcs12Option.map { "Convert it: `\(convert)`; then give `\($0) converted.p12`." }
                ?? "Convert it: `\(convert) && \(takeOut(of: "converted.p12", isOld: false))`."
        }
    }

    /// Returns the command that extracts the wanted part of a PKCS#12 file.
    ///
    /// - Parameter isOld: Whether the encryption is so old that openssl needs its legacy provider.
    private func takeOut(of name: String, isOld: Bool) -> String {
        let start = "openssl pkcs12 \(isOld ? "-legacy " : "")-in \(name) "
        return switch wanted {
        case .privateKey: start + "-nocerts -out converted.key"
        case .certificate: start + "-nokeys -clcerts -out converted.crt"
        }
    }

    private var ofRequest: String {
        guard let keyFile else { return "Let an authority sign the request, and give the certificate that it returns." }
        return file.hint(savedAs: "given.csr") { request in
            keyFile.hint(savedAs: "given.key") { key in
                "Let an authority sign the request, or sign it with its own key: `openssl x509 -req -sha256 -days 365 -in "
                    + "\(request) -signkey \(key) -out aprity.crt`."
            }
        }
    }

    private var ofPublicKey: String {
        guard let keyFile else { return "Give the certificate of this key." }
        return keyFile.hint(savedAs: "given.key") {
            "Make a certificate for the private key: `\(Self.makeCertificate(of: $0))`."
        }
    }
}

extension CredentialObject {
    /// Completes the sentence "The file contains …, not PKCS#12."; `nil` for PKCS#12 itself, and for an object that may be a
    /// damaged PKCS#12 file.
    var contentInsteadOfPKCS12: String? {
        switch self {
        case .certificate, .certificateBundle: "a certificate"
        case .certificateRequest: "a certificate signing request"
        case .publicKey: "a public key"
        case .rsaKey, .encryptedKey: "a private key"
        case .javaKeystore: "a Java keystore (JKS)"
        case .unusableKey(let key): key.isConvertible ? key.content : "a key that is not an RSA key"
        case .unreadableFormat(let form): form.content
        case .pkcs12, .unknown: nil
        }
    }
}

extension CredentialObject.UnusableKey {
    /// Whether a common program converts the key to a form that aprity can use.
    fileprivate var isConvertible: Bool {
        switch self {
        case .openSSH(let isRSA): isRSA
        case .putty: true
        case .ellipticCurve, .ed25519, .dsa, .rsaPSS, .otherAlgorithm: false
        }
    }

    /// Completes the sentences "The file contains …" and "The certificate is for …".
    var content: String {
        switch self {
        case .openSSH: "a private key in OpenSSH's own format"
        case .putty: "a private key in PuTTY's own format"
        case .ellipticCurve: "an elliptic-curve (EC) key, but Salesforce accepts only RSA keys"
        case .ed25519: "an Ed25519 key, but Salesforce accepts only RSA keys"
        case .dsa: "a DSA key, but Salesforce accepts only RSA keys"
        case .rsaPSS: "an RSA key for RSASSA-PSS only, but Salesforce verifies PKCS#1 v1.5 signatures (RS256)"
        case .otherAlgorithm: "a key that is not an RSA key, but Salesforce accepts only RSA keys"
        }
    }
}

extension CredentialFile {
    /// Returns the file's RSA keys and encrypted keys, in the file's order; at least one. Keys that aprity cannot use are left
    /// out if there are others. Nothing is decrypted or checked yet.
    ///
    /// - Throws: ``ConnectedAppError`` with `.keyMalformed` or `.keyUnsupported`, which says what the file contains instead.
    func privateKeys() throws(ConnectedAppError) -> [CredentialObject] {
        let objects = objects
        let keys = objects.filter { object in
            switch object {
            case .rsaKey, .encryptedKey: true
            case .certificate, .certificateBundle, .certificateRequest, .publicKey, .unusableKey, .pkcs12,
                .javaKeystore, .unreadableFormat, .unknown:
                false
            }
        }
        guard keys.isEmpty else { return keys }
        guard let object = objects.first(where: \.isUnusableKey) ?? objects.first else {
            throw MissingCredential(self)?.error(.keyMalformed, of: self)
                ?? ConnectedAppError(.keyMalformed, subject: shownName)
        }
        throw UnsuitableCredential(object: object, wanted: .privateKey, file: self).error
    }

    /// Returns the file's certificates, including those in PKCS#7 bundles, in the file's order; at least one. Each is in the
    /// file's encoding, DER or BER, and not checked yet.
    ///
    /// - Parameter keyFile: The file with the private key that was given together with this file, for the command in the
    ///   remedy; `nil` if none was.
    /// - Throws: ``ConnectedAppError`` with `.certificateMalformed`, which says what the file contains instead.
    func certificates(beside keyFile: CredentialFile? = nil) throws(ConnectedAppError) -> [[UInt8]] {
        let objects = objects
        var certificates: [[UInt8]] = []
        for object in objects {
            switch object {
            case .certificate(let der): certificates.append(der)
            case .certificateBundle(let bytes): certificates += try PKCS7.certificates(bytes)
            case .certificateRequest, .publicKey, .rsaKey, .encryptedKey, .unusableKey, .pkcs12, .javaKeystore,
                .unreadableFormat, .unknown:
                continue
            }
        }
        guard certificates.isEmpty else { return certificates }
        guard let object = objects.first else {
            throw MissingCredential(self)?.error(.certificateMalformed, of: self)
                ?? ConnectedAppError(.certificateMalformed, subject: shownName)
        }
        throw UnsuitableCredential(object: object, wanted: .certificate, file: self, keyFile: keyFile).error
    }
}

extension CredentialObject {
    fileprivate var isUnusableKey: Bool {
        switch self {
        case .unusableKey: true
        case .certificate, .certificateBundle, .certificateRequest, .publicKey, .rsaKey, .encryptedKey, .pkcs12,
            .javaKeystore, .unreadableFormat, .unknown:
            false
        }
    }
}
