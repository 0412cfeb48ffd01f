package import ConnectedApp
internal import Crypto
internal import Foundation
internal import Synchronization

/// A key store whose keys are in a program of the operator, or in a service that the program calls, such as the key
/// service of a cloud.
///
/// The program's answers are not trusted: each signature is verified with the public key that the program returned when
/// it created the key. The errors are those of ``KeyStore``, and also `.configurationMalformed` for the program's file.
package final class CommandKeyStore: KeyStore {
    package var kinds: [KeyStoreKind] { [.command] }
    private let program: SignerProgram
    private let environment: [String: String]
    private let surroundings: Surroundings
    private let timeout: Duration
    private let limit: Int
    /// The public keys by fingerprint.
    private let publicKeys = Mutex<[String: RSAPublicKey]>([:])

    /// - Parameters:
    ///   - environment: The environment of this process. The program gets only the variables in ``passedOn``.
    ///   - timeout: The time limit for one run of the program. After that, the program is killed.
    ///   - limit: The maximum number of bytes that one run may write to standard output, and to standard error.
    package init(
        program: SignerProgram, environment: [String: String], surroundings: Surroundings,
        timeout: Duration = .seconds(30), limit: Int = 65_536
    ) {
        self.program = program
        self.environment = environment.filter { Self.passedOn.contains($0.key) }
        self.surroundings = surroundings
        self.timeout = timeout
        self.limit = limit
    }

    /// The names of the variables that the program gets. They must not include secrets of aprity.
    private static let passedOn: Set = ["HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "USER"]

    package func create(size: KeySize, purpose: KeyPurpose) async throws -> KeyReference {
        let name = "aprity-\(purpose.credentialID.prefix(16))-\(surroundings.randomBytes(4).hex)"
        let answer = try await ask(
            .init(verb: "create", name: name, keySize: size.rawValue), for: ["key", "publicKey"])
        let key = answer["key"] ?? ""
        do {
            guard (1...2048).contains(key.utf8.count), key.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) else {
                throw failed("The signer command's name for the key must have 1 to 2048 printable ASCII characters.")
            }
            let publicKey = try publicKey(in: answer)
            guard publicKey.bits == size.rawValue else {
                throw failed(
                    "The signer command created a key with \(publicKey.bits) bits instead of \(size.rawValue).")
            }
            let reference = CommandKeyReference(key: key, publicKeySHA256: publicKey.fingerprint, purpose: purpose)
            publicKeys.withLock { $0[publicKey.fingerprint] = publicKey }
            return .command(reference)
        } catch {
            do { _ = try await ask(.init(verb: "destroy", key: key), for: []) } catch let left as ConnectedAppError {
                throw (error as? ConnectedAppError)?.adding(["keyLeft": key, "removal": left.description]) ?? error
            }
            throw error
        }
    }

    package func adopt(_ key: RSAKey, purpose: KeyPurpose) async throws -> KeyReference {
        throw ConnectedAppError.cannotAdoptKeys
    }

    package func publicKey(of reference: KeyReference, purpose: KeyPurpose) async throws -> RSAPublicKey {
        let place = try Self.checked(reference, purpose)
        if let known = publicKeys.withLock({ $0[place.publicKeySHA256] }) { return known }
        let publicKey = try publicKey(in: await ask(.init(verb: "publicKey", key: place.key), for: ["publicKey"]))
        guard publicKey.fingerprint == place.publicKeySHA256 else {
            throw ConnectedAppError(
                .keyUnavailable, subject: program.path,
                detail: "The signer command has a different key under the name of this key.")
        }
        publicKeys.withLock { $0[place.publicKeySHA256] = publicKey }
        return publicKey
    }

    package func sign(_ message: [UInt8], with reference: KeyReference, purpose: KeyPurpose) async throws -> [UInt8] {
        let place = try Self.checked(reference, purpose)
        let publicKey = try await publicKey(of: reference, purpose: purpose)
        let answer = try await ask(
            .init(
                verb: "sign", key: place.key, algorithm: "RS256", message: Data(message).base64EncodedString(),
                digest: Data(SHA256.hash(data: message)).base64EncodedString()),
            for: ["signature"])
        guard let signature = Data(base64Encoded: answer["signature"] ?? "") else {
            throw failed("The signer command's signature is not Base64.")
        }
        guard publicKey.verifies(Array(signature), over: message) else {
            throw ConnectedAppError(.signatureFalse, subject: program.path)
        }
        return Array(signature)
    }

    package func destroy(_ reference: KeyReference, purpose: KeyPurpose) async throws {
        let place = try Self.checked(reference, purpose)
        publicKeys.withLock { $0[place.publicKeySHA256] = nil }
        do { _ = try await ask(.init(verb: "destroy", key: place.key), for: []) } catch let error as ConnectedAppError {
            guard error.cause == .keyUnavailable else { throw error }
        }
    }

    // MARK: Parts

    private static func checked(_ reference: KeyReference, _ purpose: KeyPurpose) throws -> CommandKeyReference {
        guard case .command(let place) = reference else { throw ConnectedAppError(.keyUnavailable) }
        try place.check(purpose)
        return place
    }

    private func publicKey(in answer: [String: String]) throws -> RSAPublicKey {
        do { return try RSAPublicKey(text: answer["publicKey"] ?? "") } catch {
            throw failed("The signer command's public key is not an RSA key with at least 2048 bits.")
        }
    }

    private func failed(_ detail: String) -> ConnectedAppError {
        ConnectedAppError(.keyStoreFailed, subject: program.path, detail: detail)
    }

    /// Runs the program with a question.
    ///
    /// - Parameter members: The members that the answer must have besides `protocol`.
    /// - Returns: The members of the answer, and `protocol`.
    private func ask(_ question: SignerMessages.Question, for members: Set<String>) async throws -> [String: String] {
        let line = try question.line()
        let (program, environment, limit, timeout, sleep) = (program, environment, limit, timeout, surroundings.sleep)
        let bytes = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await program.answer(to: line, environment: environment, limit: limit) }
            group.addTask {
                try await sleep(timeout)
                throw ConnectedAppError(
                    .keyStoreFailed, subject: program.path,
                    detail:
                        "The signer command did not answer within \(timeout.components.seconds) seconds. "
                        + "aprity killed it."
                )
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
        return try SignerMessages.answer(bytes, members: members, from: program.path)
    }
}
