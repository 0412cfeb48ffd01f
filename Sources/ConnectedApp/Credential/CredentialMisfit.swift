/// Why what a file holds cannot be used where it was given, and the command that makes something of it that can.
struct CredentialMisfit {
    enum Wanted {
        case privateKey, certificate
    }

    let object: CredentialObject
    let wanted: Wanted
    /// Of the file, as it stands in a shell command.
    let file: String

    var error: ConnectedAppError {
        ConnectedAppError(cause, detail: "The file holds \(content).", remedy: remedy)
    }

    private var cause: Cause {
        switch (wanted, object) {
        case (.privateKey, .unusableKey), (.privateKey, .javaKeystore): .keyUnsupported
        case (.privateKey, _): .keyMalformed
        case (.certificate, _): .certificateMalformed
        }
    }

    /// As it follows "The file holds".
    private var content: String {
        switch object {
        case .certificate, .certificateBundle: "a certificate, not a private key"
        case .certificateRequest:
            "a certificate signing request, not a \(wanted == .privateKey ? "private key" : "certificate")"
        case .publicKey: "a public key, not a \(wanted == .privateKey ? "private key" : "certificate")"
        case .rsaKey, .encryptedKey: "a private key; keep it to yourself"
        case .unusableKey(.openSSH): "a private key in OpenSSH's own form"
        case .unusableKey(.putty): "a private key in PuTTY's own form"
        case .unusableKey(.ellipticCurve): "an elliptic-curve (EC) key, and Salesforce takes RSA keys only"
        case .unusableKey(.ed25519): "an Ed25519 key, and Salesforce takes RSA keys only"
        case .unusableKey(.dsa): "a DSA key, and Salesforce takes RSA keys only"
        case .unusableKey(.otherAlgorithm): "a private key that is no RSA key, and Salesforce takes RSA keys only"
        case .pkcs12: "key and certificate together (PKCS#12)"
        case .javaKeystore: "a Java keystore (JKS), as Setup's Export to Keystore makes"
        case .unknown(let label): "a block \(label) that is damaged, or of a kind that aprity does not know"
        }
    }

    private var remedy: String? {
        switch (wanted, object) {
        case (.privateKey, .unusableKey(.openSSH(isRSA: true))):
            "Convert a copy: `cp \(file) converted.key && ssh-keygen -p -m PKCS8 -N '' -f converted.key`."
        case (.privateKey, .unusableKey(.putty)):
            "Convert it: `puttygen \(file) -O private-openssh -o converted.key && ssh-keygen -p -m PKCS8 -N '' -f converted.key`."
        case (.privateKey, .unusableKey):
            "Make another key: `openssl req -x509 -newkey rsa:2048 -sha256 -days 365 -subj /CN=aprity -keyout aprity.key -out aprity.crt`. Or let aprity make it."
        case (_, .pkcs12): "Give it with `--pkcs12 \(file)` alone."
        case (_, .javaKeystore):
            "Convert it: `keytool -importkeystore -srckeystore \(file) -destkeystore converted.p12 -deststoretype PKCS12`; then `--pkcs12 converted.p12`."
        case (.certificate, .certificateRequest):
            "Let an authority sign it, or sign it with its own key: `openssl x509 -req -sha256 -days 365 -in \(file) -signkey KEY -out aprity.crt`."
        case (.certificate, .publicKey), (.certificate, .unusableKey):
            "Make a certificate of the private key: `openssl req -new -x509 -sha256 -days 365 -key KEY -subj /CN=aprity -out aprity.crt`."
        case (.privateKey, _), (.certificate, _): nil
        }
    }
}

extension CredentialFile {
    /// The first private key of the file.
    ///
    /// - Throws: ``ConnectedAppError`` that says what the file holds instead.
    func privateKey() throws(ConnectedAppError) -> CredentialObject {
        let objects = objects
        for object in objects {
            switch object {
            case .rsaKey, .encryptedKey: return object
            case .certificate, .certificateBundle, .certificateRequest, .publicKey, .unusableKey, .pkcs12,
                .javaKeystore,
                .unknown:
                continue
            }
        }
        guard let object = objects.first(where: \.isKey) ?? objects.first else {
            throw ConnectedAppError(.keyMalformed)
        }
        throw CredentialMisfit(object: object, wanted: .privateKey, file: shellName).error
    }

    /// Every certificate of the file, in order, DER.
    ///
    /// - Throws: ``ConnectedAppError`` that says what the file holds instead.
    func certificates() throws(ConnectedAppError) -> [[UInt8]] {
        let objects = objects
        var certificates: [[UInt8]] = []
        for object in objects {
            switch object {
            case .certificate(let der): certificates.append(der)
            case .certificateBundle(let bytes): certificates += try PKCS7.certificates(bytes)
            case .certificateRequest, .publicKey, .rsaKey, .encryptedKey, .unusableKey, .pkcs12, .javaKeystore,
                .unknown:
                continue
            }
        }
        guard certificates.isEmpty else { return certificates }
        guard let object = objects.first else { throw ConnectedAppError(.certificateMalformed) }
        throw CredentialMisfit(object: object, wanted: .certificate, file: shellName).error
    }
}

extension CredentialObject {
    fileprivate var isKey: Bool {
        switch self {
        case .unusableKey: true
        case .certificate, .certificateBundle, .certificateRequest, .publicKey, .rsaKey, .encryptedKey, .pkcs12,
            .javaKeystore, .unknown:
            false
        }
    }
}
