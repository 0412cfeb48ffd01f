internal import CPKCS11
internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// A PKCS#11 module with its open sessions. It is loaded once per process, because it must not be initialized twice. A
/// lock protects the module and its sessions, because two threads must not use a session at once.
final class TokenModule: @unchecked Sendable {
    private let functions: CK_FUNCTION_LIST
    private let lock = NSLock()
    private var isInitialised = false
    /// The open sessions by the token's label.
    private var sessions: [String: TokenSession] = [:]
    /// The last refused PIN of each token, by label. This process does not try it again, because the token could lock
    /// itself.
    private var refusedPINs: [String: [UInt8]] = [:]

    private static let setting = "APRITY_PKCS11_MODULE"
    private static let loaded = Mutex<[String: TokenModule]>([:])

    /// Returns the module at a path. Loads it if this process has not loaded it yet. Its code runs in this process.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if there is no module at the path, or if other
    ///   users can change the file.
    static func at(_ path: String) throws(ConnectedAppError) -> TokenModule {
        let module = Self.loaded.withLock { loaded -> Result<TokenModule, ConnectedAppError> in
            if let module = loaded[path] { return .success(module) }
            do throws(ConnectedAppError) { try TrustedPath.check(path, subject: setting) } catch {
                return .failure(error)
            }
            var reason: UnsafePointer<CChar>?
            guard let functions = cpkcs11_load(path, &reason) else {
                return .failure(
                    ConnectedAppError(
                        .configurationMalformed, subject: setting,
                        detail: "\(path) cannot be loaded as a PKCS#11 module.",
                        evidence: ["loader": reason.map { String(cString: $0) } ?? ""]))
            }
            let module = TokenModule(functions.pointee)
            loaded[path] = module
            return .success(module)
        }
        return try module.get()
    }

    private init(_ functions: CK_FUNCTION_LIST) { self.functions = functions }

    /// Runs the body with a logged-in session of the token. It blocks the thread until no other thread uses the module,
    /// and during the calls.
    ///
    /// If the session is no longer valid, or the token or the key is missing, it initializes the module again and runs
    /// the body a second time with a new session.
    ///
    /// - Parameters:
    ///   - token: The label of the token.
    ///   - pin: Returns the PIN. It is called at each login.
    ///   - body: `isLast` is `true` in the second run.
    /// - Throws: ``ConnectedAppError``: `.keyUnavailable` if the token has no such key; `.keyStoreFailed` if there is
    ///   no such token or a call failed; `.pinRefused`; `.configurationMalformed` if several tokens have the label.
    ///   Also the errors of `pin` and `body`.
    func use<Value>(
        _ token: String, pin: () throws(ConnectedAppError) -> [UInt8],
        body: (_ session: TokenSession, _ isLast: Bool) throws -> Value
    ) throws -> Value {
        lock.lock()
        defer { lock.unlock() }
        do {
            do {
                return try body(session(token, pin), false)
            } catch let refused as PKCS11Failure where refused.isRetriableWithNewSession {
                finalise()
            } catch is TokenAbsent {
                // Some modules detect tokens only when they are initialized.
                finalise()
            } catch is KeyAbsent {
                // Some modules report a token that was unplugged as an empty one.
                finalise()
            }
            return try body(session(token, pin), true)
        } catch let refused as PKCS11Failure {
            // The failed operation may still be active in the session, which would make the next one fail.
            finalise()
            throw ConnectedAppError(
                .keyStoreFailed, subject: "token \(token)",
                evidence: ["function": refused.function, "returned": refused.name])
        } catch is TokenAbsent {
            throw ConnectedAppError(
                .keyStoreFailed, subject: "token \(token)", detail: "The PKCS#11 module has no token with this label.")
        } catch is KeyAbsent {
            throw ConnectedAppError(.keyUnavailable, subject: "token \(token)")
        }
    }

    /// Closes the sessions and finalizes the module. The next use initializes it again.
    func close() { lock.withLock { finalise() } }

    private func finalise() {
        guard isInitialised else { return }
        for session in sessions.values { _ = functions.C_CloseSession(session.handle) }
        sessions = [:]
        _ = functions.C_Finalize(nil)
        isInitialised = false
    }

    private func initialise() throws {
        guard !isInitialised else { return }
        var arguments = CK_C_INITIALIZE_ARGS()
        arguments.flags = CK_FLAGS(CKF_OS_LOCKING_OK)
        let result = functions.C_Initialize(&arguments)
        if result != CKR_CRYPTOKI_ALREADY_INITIALIZED { try PKCS11Failure.check("C_Initialize", result) }
        isInitialised = true
    }

    // MARK: Opening

    private func session(_ token: String, _ pin: () throws(ConnectedAppError) -> [UInt8]) throws -> TokenSession {
        if let session = sessions[token] { return session }
        try initialise()
        let (slot, flags) = try place(of: token)
        var handle = CK_SESSION_HANDLE()
        try PKCS11Failure.check(
            "C_OpenSession",
            functions.C_OpenSession(slot, CK_FLAGS(CKF_SERIAL_SESSION | CKF_RW_SESSION), nil, nil, &handle))
        do { try logIn(handle, token, flags, pin()) } catch {
            _ = functions.C_CloseSession(handle)
            throw error
        }
        let session = TokenSession(functions: functions, slot: slot, handle: handle)
        sessions[token] = session
        return session
    }

    private func place(of token: String) throws -> (slot: CK_SLOT_ID, flags: CK_FLAGS) {
        var found: [(CK_SLOT_ID, CK_FLAGS)] = []
        for slot in try slots() {
            var info = CK_TOKEN_INFO()
            guard functions.C_GetTokenInfo(slot, &info) == CKR_OK else { continue }
            let label = withUnsafeBytes(of: info.label) { String(decoding: $0, as: UTF8.self) }
            guard label.trimmingCharacters(in: .whitespaces) == token,
                info.flags & CK_FLAGS(CKF_TOKEN_INITIALIZED) != 0
            else { continue }
            found.append((slot, info.flags))
        }
        guard let first = found.first else { throw TokenAbsent() }
        guard found.count == 1 else {
            throw ConnectedAppError(
                .configurationMalformed, subject: "token \(token)",
                detail: "Several tokens have this label. Give the token a unique label.")
        }
        return first
    }

    private func slots() throws -> [CK_SLOT_ID] {
        var count: CK_ULONG = 0
        try PKCS11Failure.check("C_GetSlotList", functions.C_GetSlotList(1, nil, &count))
        guard count > 0 else { return [] }
        var slots = [CK_SLOT_ID](repeating: 0, count: Int(count))
        try PKCS11Failure.check("C_GetSlotList", functions.C_GetSlotList(1, &slots, &count))
        return Array(slots.prefix(Int(count)))
    }

    private func logIn(_ session: CK_SESSION_HANDLE, _ token: String, _ flags: CK_FLAGS, _ pin: [UInt8]) throws {
        guard refusedPINs[token] != pin else { throw ConnectedAppError(.pinRefused, subject: "token \(token)") }
        guard flags & CK_FLAGS(CKF_USER_PIN_FINAL_TRY) == 0 else {
            throw ConnectedAppError(
                .pinRefused, subject: "token \(token)",
                detail: "The token allows one more attempt before it locks itself, so aprity did not try the PIN.")
        }
        var text = pin
        defer { for index in text.indices { text[index] = 0 } }
        let result = functions.C_Login(session, CK_USER_TYPE(CKU_USER), &text, CK_ULONG(text.count))
        switch result {
        case CKR_OK, CKR_USER_ALREADY_LOGGED_IN: refusedPINs[token] = nil
        case CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_PIN_EXPIRED, CKR_PIN_LOCKED:
            refusedPINs[token] = pin
            throw ConnectedAppError(
                .pinRefused, subject: "token \(token)",
                evidence: ["returned": PKCS11Failure(function: "C_Login", value: result).name])
        default: throw PKCS11Failure(function: "C_Login", value: result)
        }
    }
}

/// The module has no token with the label.
private struct TokenAbsent: Error {}
