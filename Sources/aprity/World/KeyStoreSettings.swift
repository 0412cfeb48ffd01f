internal import ConnectedApp
internal import ConnectedAppPKCS11
internal import ConnectedAppSignerCommand

/// The key stores of this home, and the one in which new keys are created. They come from the environment only.
struct KeyStoreSettings {
    /// `sealed`, `pkcs11` or `command`.
    let newKeys: SettingValue
    let module: SettingValue
    let token: SettingValue
    let pinFile: SettingValue
    let signerCommand: SettingValue

    init(_ given: GivenSettings) {
        newKeys = given[.keyStore]
        module = given[.pkcs11Module]
        token = given[.pkcs11Token]
        pinFile = given[.pkcs11PINFile]
        signerCommand = given[.signerCommand]
    }

    /// The rows in `aprity config`.
    var all: [SettingValue] { [newKeys, module, token, pinFile, signerCommand].map(\.shown) }

    /// Checks the settings as far as that is possible without a key store.
    ///
    /// - Returns: Where new keys are created.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and the setting as its subject.
    @discardableResult
    func check() throws(ConnectedAppError) -> KeyStoreKind {
        guard let kind = KeyStoreKind(rawValue: newKeys.value) else {
            throw ConnectedAppError(
                .configurationMalformed, subject: newKeys.source,
                detail: "The key store must be one of \(KeyStoreKind.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        let pkcs11: [(Setting, SettingValue)] = [
            (.pkcs11Module, module), (.pkcs11Token, token), (.pkcs11PINFile, pinFile),
        ]
        if let missing = pkcs11.first(where: { $0.1.value.isEmpty })?.0 {
            if kind == .pkcs11 || !module.value.isEmpty {
                throw Self.notSet(
                    missing,
                    "A PKCS#11 token needs APRITY_PKCS11_MODULE, APRITY_PKCS11_TOKEN and APRITY_PKCS11_PIN_FILE "
                        + "together.")
            }
        } else if !module.value.hasPrefix("/") {
            throw ConnectedAppError(
                .configurationMalformed, subject: module.source, detail: "The module's path must be absolute.")
        }
        if signerCommand.value.isEmpty, kind == .command {
            throw Self.notSet(.signerCommand, "The key store `command` needs it.")
        }
        return kind
    }

    /// The error for a missing setting. Its subject names the variable to set, and the setting in `aprity config`.
    private static func notSet(_ setting: Setting, _ reason: String) -> ConnectedAppError {
        ConnectedAppError(
            .configurationMalformed, subject: "\(setting.variable) (\(setting.rawValue))",
            detail: "It is not set. \(reason)")
    }

    /// Creates the key stores.
    ///
    /// - Throws: The errors of ``check()``, and those of a signer command.
    func makeKeyStores(_ ring: MasterKeyRing, _ environment: [String: String]) throws -> KeyStores {
        let kind = try check()
        var stores: [KeyStoreKind: any KeyStore] = [
            .sealed: SealedKeyStore(ring: ring, surroundings: World.surroundings)
        ]
        if !module.value.isEmpty {
            stores[.pkcs11] = PKCS11KeyStore(
                modulePath: module.value, token: token.value,
                pinFile: SecretFile(
                    path: pinFile.value, setting: pinFile.source,
                    credentialsFolder: environment["CREDENTIALS_DIRECTORY"]), surroundings: World.surroundings)
        }
        if !signerCommand.value.isEmpty {
            stores[.command] = CommandKeyStore(
                program: try SignerProgram(setting: signerCommand.value), environment: environment,
                surroundings: World.surroundings)
        }
        return KeyStores(stores, newKeysIn: kind)
    }
}
