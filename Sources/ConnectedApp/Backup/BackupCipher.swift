internal import Crypto
internal import CryptoExtras
internal import Foundation

/// Encrypts backups with AES-256-GCM, in chunks, under a key that scrypt (RFC 7914) derives from the passphrase.
///
/// The file consists of a head (magic, scrypt parameters, salt, passphrase check) and chunks. A chunk has up to 64 KiB
/// of ciphertext and a tag of 16 bytes. Its nonce consists of the chunk's number and a byte that says whether it is the
/// last chunk. Each chunk also authenticates the head. So nobody without the passphrase can change, move, leave out or
/// add chunks unnoticed.
///
/// Existing backups depend on every constant here, and on the texts from which keys are derived.
struct BackupCipher {
    /// The first bytes. The digit is the version of the format.
    static let magic = Array("aprity-backup-1\n".utf8)
    static let headSize = magic.count + 4 + saltSize + checkSize
    static let chunkSize = 65_536
    static let tagSize = 16
    private static let saltSize = 16
    private static let checkSize = 32

    /// The first bytes of the file, ``headSize`` of them.
    let head: [UInt8]
    private let key: SymmetricKey

    /// scrypt's N is two to this power. Deriving the key takes 128 MiB of memory and some seconds. A backup with a
    /// higher value is rejected.
    static let costExponent = 17

    /// Creates a cipher for a new backup.
    ///
    /// - Parameters:
    ///   - passphrase: A secret. Its length is not checked here.
    ///   - costExponent: 10 to ``costExponent``. Smaller values than the default are for tests.
    /// - Throws: ``ConnectedAppError`` with `.internalError` if the crypto library fails.
    init(
        passphrase: [UInt8], randomBytes: (Int) -> [UInt8], costExponent: Int = costExponent
    ) throws(ConnectedAppError) {
        let start = Self.magic + [UInt8(costExponent), 8, 1, 0] + randomBytes(Self.saltSize)
        let keys = try Self.keys(passphrase, start)
        key = keys.chunks
        head = start + keys.check
    }

    /// Creates the cipher of an existing backup.
    ///
    /// - Throws: ``ConnectedAppError``: `.backupDamaged` if these bytes are not the head of a backup that this version
    ///   reads, `.backupPassphraseWrong`.
    init(passphrase: [UInt8], head: [UInt8]) throws(ConnectedAppError) {
        guard head.starts(with: Self.magic.dropLast(2)) else {
            throw ConnectedAppError(
                .backupDamaged, detail: "This file is not a backup that aprity made.",
                remedy: "Name a backup file that aprity wrote.")
        }
        guard head.starts(with: Self.magic) else {
            throw ConnectedAppError(
                .backupDamaged,
                detail: "Another version of aprity made this backup, in a format that this one does not read.",
                remedy: "Use that version of aprity, or a newer one.")
        }
        let parameters = head.dropFirst(Self.magic.count).prefix(4)
        // Limited, so that a forged file cannot make aprity use more memory than its own backups need.
        guard head.count == Self.headSize, let exponent = parameters.first,
            (10...UInt8(Self.costExponent)).contains(exponent),
            Array(parameters.dropFirst()) == [8, 1, 0]
        else { throw ConnectedAppError(.backupDamaged) }
        let start = Array(head.dropLast(Self.checkSize))
        let keys = try Self.keys(passphrase, start)
        guard Self.isSame(keys.check, head.suffix(Self.checkSize)) else {
            throw ConnectedAppError(.backupPassphraseWrong)
        }
        key = keys.chunks
        self.head = head
    }

    /// Returns the cipher of an existing backup, with the first passphrase that is right.
    ///
    /// - Parameter passphrases: At least one.
    /// - Throws: What ``init(passphrase:head:)`` throws.
    static func opening(_ head: [UInt8], trying passphrases: [[UInt8]]) throws(ConnectedAppError) -> BackupCipher {
        for passphrase in passphrases.dropLast() {
            do { return try BackupCipher(passphrase: passphrase, head: head) } catch {
                guard error.cause == .backupPassphraseWrong else { throw error }
            }
        }
        return try BackupCipher(passphrase: passphrases.last ?? [], head: head)
    }

    private static func keys(_ passphrase: [UInt8], _ start: [UInt8]) throws(ConnectedAppError) -> (
        chunks: SymmetricKey, check: [UInt8]
    ) {
        let derived: SymmetricKey
        do {
            derived = try KDF.Scrypt.deriveKey(
                from: passphrase, salt: Array(start.suffix(saltSize)), outputByteCount: 32,
                rounds: 1 << Int(start[magic.count]), blockSize: 8, parallelism: 1)
        } catch {
            throw ConnectedAppError(.internalError, evidence: ["crypto": "\(error)"])
        }
        func key(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: derived, info: Data(purpose.utf8), outputByteCount: 32)
        }
        let check = HMAC<SHA256>.authenticationCode(for: start, using: key("aprity backup 1 check of the passphrase"))
        return (key("aprity backup 1 chunks"), Array(check))
    }

    private static func isSame(_ one: [UInt8], _ other: some Collection<UInt8>) -> Bool {
        one.count == other.count && zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Encrypts a chunk.
    ///
    /// - Parameters:
    ///   - chunk: ``chunkSize`` bytes; the last chunk may be shorter.
    ///   - number: From 0. Never use a number twice with one head, so seal only with a cipher of
    ///     ``init(passphrase:randomBytes:costExponent:)``.
    /// - Returns: Ciphertext and tag.
    func seal(_ chunk: ArraySlice<UInt8>, number: Int, isLast: Bool) throws(ConnectedAppError) -> [UInt8] {
        do {
            let sealed = try AES.GCM.seal(chunk, using: key, nonce: Self.nonce(number, isLast), authenticating: head)
            return Array(sealed.ciphertext + sealed.tag)
        } catch {
            throw ConnectedAppError(.internalError, evidence: ["crypto": "\(error)"])
        }
    }

    /// Decrypts a chunk of ciphertext and tag.
    ///
    /// - Throws: ``ConnectedAppError`` with `.backupDamaged` if it is not authentic.
    func open(_ chunk: [UInt8], number: Int, isLast: Bool) throws(ConnectedAppError) -> [UInt8] {
        guard chunk.count >= Self.tagSize else { throw ConnectedAppError(.backupDamaged) }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: Self.nonce(number, isLast), ciphertext: chunk.dropLast(Self.tagSize),
                tag: chunk.suffix(Self.tagSize))
            return [UInt8](try AES.GCM.open(box, using: key, authenticating: head))
        } catch {
            throw ConnectedAppError(.backupDamaged)
        }
    }

    private static func nonce(_ number: Int, _ isLast: Bool) throws -> AES.GCM.Nonce {
        let counter = withUnsafeBytes(of: UInt64(number).bigEndian) { Array($0) }
        return try AES.GCM.Nonce(data: [0, 0, 0] + counter + [isLast ? 1 : 0])
    }
}
