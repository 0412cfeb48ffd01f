internal import CPKCS11
internal import ConnectedApp
internal import Crypto

/// A logged-in session of a token. It is not thread-safe: ``TokenModule`` ensures that only one thread uses it at a
/// time.
final class TokenSession {
    private let functions: CK_FUNCTION_LIST
    private let slot: CK_SLOT_ID
    let handle: CK_SESSION_HANDLE
    /// The keys that were found, by id and label.
    private var found: [String: Key] = [:]

    /// A private key in the token, with its public key.
    struct Key {
        let handle: CK_OBJECT_HANDLE
        let publicKey: RSAPublicKey
    }

    /// The label and id that a private key and its public key have in the token.
    struct Name {
        let label: String
        let id: [UInt8]
    }

    init(functions: CK_FUNCTION_LIST, slot: CK_SLOT_ID, handle: CK_SESSION_HANDLE) {
        self.functions = functions
        self.slot = slot
        self.handle = handle
    }

    /// Generates a key pair in the token: sensitive, not extractable, for signing only.
    ///
    /// After any failure, it tries to remove the keys.
    ///
    /// - Throws: ``PKCS11Failure``; ``KeyAbsent`` if the token does not find the new public key; or
    ///   ``ConnectedAppError`` with `.keyStoreFailed` if the token generated an extractable key.
    func generate(bits: Int, _ name: Name) throws -> RSAPublicKey {
        do {
            try generatePair(bits: bits, name)
            let privateKey = try objects(CKO_PRIVATE_KEY, name).first
            guard let privateKey, try isHeldInside(privateKey) else {
                throw ConnectedAppError(
                    .keyStoreFailed,
                    detail: "The token generated a key that can be extracted. aprity does not use the key.")
            }
            return try publicKey(name)
        } catch {
            // If this fails, the key stays in the token. A later attempt of the same rotation removes it; after a failed
            // `connection add`, nobody does.
            _ = try? destroy(name)
            throw error
        }
    }

    private func generatePair(bits: Int, _ name: Name) throws {
        let shared = [
            Attribute(CKA_TOKEN, true), Attribute(CKA_LABEL, name.label), Attribute(CKA_ID, name.id),
        ]
        let publicTemplate =
            shared + [
                Attribute(CKA_VERIFY, true), Attribute(CKA_MODULUS_BITS, CK_ULONG(bits)),
                Attribute(CKA_PUBLIC_EXPONENT, [1, 0, 1]),
            ]
        let privateTemplate =
            shared + [
                Attribute(CKA_PRIVATE, true), Attribute(CKA_SENSITIVE, true), Attribute(CKA_EXTRACTABLE, false),
                Attribute(CKA_SIGN, true), Attribute(CKA_DECRYPT, false), Attribute(CKA_UNWRAP, false),
            ]
        var mechanism = CK_MECHANISM(mechanism: CKM_RSA_PKCS_KEY_PAIR_GEN, pParameter: nil, ulParameterLen: 0)
        var (publicKey, privateKey) = (CK_OBJECT_HANDLE(), CK_OBJECT_HANDLE())
        try publicTemplate.withTemplate { publicTemplate, publicCount in
            try privateTemplate.withTemplate { privateTemplate, privateCount in
                try PKCS11Failure.check(
                    "C_GenerateKeyPair",
                    functions.C_GenerateKeyPair(
                        handle, &mechanism, publicTemplate, publicCount, privateTemplate, privateCount, &publicKey,
                        &privateKey))
            }
        }
    }

    /// Whether the token reports that the key is, and has always been, sensitive and not extractable.
    private func isHeldInside(_ key: CK_OBJECT_HANDLE) throws -> Bool {
        try value(CKA_SENSITIVE, of: key) == [1] && value(CKA_EXTRACTABLE, of: key) == [0]
            && value(CKA_ALWAYS_SENSITIVE, of: key) == [1] && value(CKA_NEVER_EXTRACTABLE, of: key) == [1]
    }

    /// Returns a key, and remembers it for this session.
    ///
    /// - Throws: ``KeyAbsent`` if the private or the public key is missing, or ``PKCS11Failure``.
    func key(_ name: Name) throws -> Key {
        let cacheKey = name.id.hex + " " + name.label
        if let key = found[cacheKey] { return key }
        guard let privateKey = try objects(CKO_PRIVATE_KEY, name).first else { throw KeyAbsent() }
        let key = Key(handle: privateKey, publicKey: try publicKey(name))
        found[cacheKey] = key
        return key
    }

    private func publicKey(_ name: Name) throws -> RSAPublicKey {
        guard let object = try objects(CKO_PUBLIC_KEY, name).first else { throw KeyAbsent() }
        return try RSAPublicKey(
            modulus: value(CKA_MODULUS, of: object), exponent: value(CKA_PUBLIC_EXPONENT, of: object))
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256.
    ///
    /// - Parameter computesDigest: Whether to compute the digest in this process and to send only the DigestInfo to the
    ///   token. That is always done if the token cannot compute SHA-256.
    /// - Returns: The signature, not verified. Keys of up to 8,192 bits are supported.
    /// - Throws: ``PKCS11Failure``.
    func sign(_ message: [UInt8], with key: Key, computesDigest: Bool) throws -> [UInt8] {
        let digestsHere = try computesDigest || !canSign(CKM_SHA256_RSA_PKCS)
        var mechanism = CK_MECHANISM(
            mechanism: digestsHere ? CKM_RSA_PKCS : CKM_SHA256_RSA_PKCS, pParameter: nil, ulParameterLen: 0)
        var data = digestsHere ? Self.digestInfo + Array(SHA256.hash(data: message)) : message
        try PKCS11Failure.check("C_SignInit", functions.C_SignInit(handle, &mechanism, key.handle))
        var signature = [UInt8](repeating: 0, count: 1024)
        var length = CK_ULONG(signature.count)
        try PKCS11Failure.check(
            "C_Sign", functions.C_Sign(handle, &data, CK_ULONG(data.count), &signature, &length))
        return Array(signature.prefix(Int(length)))
    }

    /// The beginning of a DigestInfo, which the SHA-256 digest follows (RFC 8017 §9.2, note 1).
    private static let digestInfo: [UInt8] = [
        0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
        0x20,
    ]

    private func canSign(_ mechanism: CK_MECHANISM_TYPE) throws -> Bool {
        var info = CK_MECHANISM_INFO()
        let result = functions.C_GetMechanismInfo(slot, mechanism, &info)
        if result == CKR_MECHANISM_INVALID { return false }
        try PKCS11Failure.check("C_GetMechanismInfo", result)
        return info.flags & CK_FLAGS(CKF_SIGN) != 0
    }

    /// Removes the private and the public key with a name.
    ///
    /// - Returns: `false` if the token had neither.
    /// - Throws: ``PKCS11Failure``. One of the keys may be left then.
    func destroy(_ name: Name) throws -> Bool {
        found = [:]
        let objects = try objects(CKO_PRIVATE_KEY, name) + objects(CKO_PUBLIC_KEY, name)
        for object in objects { try PKCS11Failure.check("C_DestroyObject", functions.C_DestroyObject(handle, object)) }
        return !objects.isEmpty
    }

    /// Removes the keys that have the label of the named key but a different id.
    ///
    /// - Throws: ``KeyAbsent`` if the token does not have the named key, or ``PKCS11Failure``.
    func destroyOthers(of name: Name) throws {
        guard try !objects(CKO_PRIVATE_KEY, name).isEmpty else { throw KeyAbsent() }
        found = [:]
        let all = try [CKO_PRIVATE_KEY, CKO_PUBLIC_KEY].flatMap { try objects($0, label: name.label) }
        for object in all where try value(CKA_ID, of: object) != name.id {
            try PKCS11Failure.check("C_DestroyObject", functions.C_DestroyObject(handle, object))
        }
    }

    // MARK: Objects

    /// Returns the RSA keys with a name.
    ///
    /// - Parameter kind: `CKO_PRIVATE_KEY` or `CKO_PUBLIC_KEY`.
    private func objects(_ kind: CK_OBJECT_CLASS, _ name: Name) throws -> [CK_OBJECT_HANDLE] {
        try objects(kind, label: name.label, and: [Attribute(CKA_ID, name.id)])
    }

    private func objects(
        _ kind: CK_OBJECT_CLASS, label: String, and more: [Attribute] = []
    ) throws -> [CK_OBJECT_HANDLE] {
        let template =
            [
                Attribute(CKA_CLASS, CK_ULONG(kind)), Attribute(CKA_KEY_TYPE, CK_ULONG(CKK_RSA)),
                Attribute(CKA_LABEL, label),
            ] + more
        try template.withTemplate { template, count in
            try PKCS11Failure.check("C_FindObjectsInit", functions.C_FindObjectsInit(handle, template, count))
        }
        defer { _ = functions.C_FindObjectsFinal(handle) }
        var found: [CK_OBJECT_HANDLE] = []
        var objects = [CK_OBJECT_HANDLE](repeating: 0, count: 16)
        while true {
            var count: CK_ULONG = 0
            try PKCS11Failure.check(
                "C_FindObjects", functions.C_FindObjects(handle, &objects, CK_ULONG(objects.count), &count))
            guard count > 0 else { return found }
            found += objects.prefix(Int(clamping: count))
        }
    }

    /// Returns the value of an attribute, which has at most 1,024 bytes.
    ///
    /// - Throws: ``PKCS11Failure``, or ``ConnectedAppError`` with `.keyStoreFailed` if the token does not reveal the
    ///   attribute, or gives a length that its value cannot have.
    private func value(_ type: CK_ATTRIBUTE_TYPE, of object: CK_OBJECT_HANDLE) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let length = try bytes.withUnsafeMutableBytes { buffer in
            var attribute = CK_ATTRIBUTE(type: type, pValue: buffer.baseAddress, ulValueLen: CK_ULONG(buffer.count))
            try PKCS11Failure.check("C_GetAttributeValue", functions.C_GetAttributeValue(handle, object, &attribute, 1))
            // A module may succeed with CK_UNAVAILABLE_INFORMATION, the largest number, as the length.
            guard attribute.ulValueLen <= CK_ULONG(buffer.count) else {
                throw ConnectedAppError(
                    .keyStoreFailed,
                    detail: "The token does not reveal an attribute of a key, which aprity needs.",
                    evidence: ["function": "C_GetAttributeValue", "attribute": "0x" + String(type, radix: 16)])
            }
            return Int(attribute.ulValueLen)
        }
        return Array(bytes.prefix(length))
    }
}

/// The token has no key with the name.
struct KeyAbsent: Error {}
