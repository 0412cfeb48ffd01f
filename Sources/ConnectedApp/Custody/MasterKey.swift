internal import Crypto
internal import Foundation

/// The secret that protects all stored data: 256 random bits, stored apart from the data.
///
/// Existing stores depend on the texts from which the id and the other keys are derived.
package struct MasterKey: Sendable {
    /// Identifies the key without revealing it: 16 hexadecimal digits, the first 8 bytes of an HMAC. Sealed data names
    /// the key that sealed it.
    package let id: String
    /// For wrapping data keys (AES-256-GCM).
    let wrappingKey: SymmetricKey
    /// For authenticating records (HMAC-SHA256).
    let recordKey: SymmetricKey

    /// - Parameter bytes: 32 random bytes. A secret.
    init(bytes: [UInt8]) {
        let key = SymmetricKey(data: bytes)
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Data(purpose.utf8), outputByteCount: 32)
        }
        id = HMAC<SHA256>.authenticationCode(for: Data("aprity master key id".utf8), using: key).prefix(8).hex
        wrappingKey = derived("aprity v1 wrapping of data keys")
        recordKey = derived("aprity v1 authentication of records")
    }

    // The format of the file: one key per line.

    private static let prefix = "aprity-master-key-1:"

    /// One line of a master key file. A secret.
    static func line(bytes: [UInt8]) -> String { prefix + bytes.hex + "\n" }

    /// - Returns: `nil` if the line is not a key.
    init?(line: Substring) {
        guard line.hasPrefix(Self.prefix), let bytes = [UInt8](hex: line.dropFirst(Self.prefix.count)),
            bytes.count == 32
        else { return nil }
        self.init(bytes: bytes)
    }
}

extension MasterKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "MasterKey(\(id))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Bytes encrypted under a data key of their own (AES-256-GCM), which a master key wraps.
///
/// Stored; the property names must not change.
package struct SealedBytes: Sendable, Codable, Equatable {
    /// The id of the master key that wrapped the data key.
    let masterKeyID: String
    /// Nonce (12 bytes), ciphertext and tag (16 bytes).
    let wrappedDataKey: Data
    /// Nonce (12 bytes), ciphertext and tag (16 bytes).
    let ciphertext: Data
}

extension MasterKeyRing {
    /// Encrypts bytes under a new data key, wrapped by the active master key.
    ///
    /// - Parameter binding: What the bytes belong to, such as kind and id of a record. It is not secret. Opening them
    ///   needs the same texts.
    /// - Throws: ``ConnectedAppError`` with `.internalError` if the crypto library fails.
    func seal(_ bytes: [UInt8], binding: [String], randomBytes: (Int) -> [UInt8]) throws(ConnectedAppError)
        -> SealedBytes
    {
        let dataKey = randomBytes(32)
        let context = FramedFields(binding).bytes
        do {
            let wrapped = try AES.GCM.seal(
                dataKey, using: active.wrappingKey, nonce: AES.GCM.Nonce(data: randomBytes(12)), authenticating: context
            )
            let sealed = try AES.GCM.seal(
                bytes, using: SymmetricKey(data: dataKey), nonce: AES.GCM.Nonce(data: randomBytes(12)),
                authenticating: context)
            guard let wrappedBytes = wrapped.combined, let sealedBytes = sealed.combined else {
                throw ConnectedAppError(.internalError, evidence: ["crypto": "no combined form"])
            }
            return SealedBytes(masterKeyID: active.id, wrappedDataKey: wrappedBytes, ciphertext: sealedBytes)
        } catch let error as ConnectedAppError {
            throw error
        } catch {
            throw ConnectedAppError(.internalError, evidence: ["crypto": "\(error)"])
        }
    }

    /// Decrypts sealed bytes.
    ///
    /// - Throws: ``ConnectedAppError``: `.masterKeyWrong` if the ring does not have the master key, even after it has
    ///   read the file again; `.recordAltered` if the bytes or the binding are not those that were sealed.
    func open(_ sealed: SealedBytes, binding: [String]) throws(ConnectedAppError) -> [UInt8] {
        let master = try key(sealed.masterKeyID)
        let context = FramedFields(binding).bytes
        do {
            let dataKey = try AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed.wrappedDataKey), using: master.wrappingKey, authenticating: context)
            let bytes = try AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed.ciphertext), using: SymmetricKey(data: dataKey),
                authenticating: context)
            return [UInt8](bytes)
        } catch {
            throw ConnectedAppError(.recordAltered, subject: binding.joined(separator: " "))
        }
    }
}

extension MasterKeyRing {
    /// The same ciphertext, with its data key wrapped by the active master key.
    ///
    /// - Throws: ``ConnectedAppError``: `.masterKeyWrong`, `.recordAltered` if the wrapped data key or the binding was
    ///   altered, `.internalError`. The ciphertext is not checked.
    func rewrapped(_ sealed: SealedBytes, binding: [String]) throws(ConnectedAppError) -> SealedBytes {
        let (former, active, context) = (try key(sealed.masterKeyID), active, FramedFields(binding).bytes)
        do {
            let dataKey = try AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed.wrappedDataKey), using: former.wrappingKey, authenticating: context)
            guard let wrapped = try AES.GCM.seal(dataKey, using: active.wrappingKey, authenticating: context).combined
            else { throw ConnectedAppError(.internalError, evidence: ["crypto": "no combined form"]) }
            return SealedBytes(masterKeyID: active.id, wrappedDataKey: wrapped, ciphertext: sealed.ciphertext)
        } catch let error as ConnectedAppError {
            throw error
        } catch {
            throw ConnectedAppError(.recordAltered, subject: binding.joined(separator: " "))
        }
    }
}

/// An unambiguous encoding of a list of fields for hashes and authentication codes: each is preceded by its length in 8
/// bytes (big-endian).
struct FramedFields {
    private(set) var bytes: [UInt8] = []

    init(_ fields: [String]) {
        for field in fields { append(Array(field.utf8)) }
    }

    mutating func append(_ field: [UInt8]) {
        withUnsafeBytes(of: UInt64(field.count).bigEndian) { bytes += $0 }
        bytes += field
    }
}

extension [UInt8] {
    /// - Returns: `nil` unless the text is an even number of hexadecimal digits.
    package init?(hex: some StringProtocol) {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            append(UInt8(high << 4 | low))
        }
    }
}
