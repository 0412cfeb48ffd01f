internal import CPKCS11
internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// A PKCS#11 module, loaded once in this process, with its open sessions: a module knows one initialisation per process,
/// and a session must not be used by two threads, so one lock is around both.
final class TokenModule: @unchecked Sendable {
    private let functions: CK_FUNCTION_LIST
    private let lock = NSLock()
    private var isInitialised = false
    private var sessions: [String: TokenSession] = [:]
    /// A PIN that a token did not accept is not tried again, or the token locks itself.
    private var refusedPINs: [String: [UInt8]] = [:]

    private static let setting = "APRITY_PKCS11_MODULE"
    private static let loaded = Mutex<[String: TokenModule]>([:])

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if there is no module at the path, or others can change
    ///   it: its code runs in this process.
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

    /// Runs the body with the token's session. Where the session or what it knew is gone, everything is opened anew, and
    /// the body runs once more.
    ///
    /// - Parameter body: Is told whether this is the second and last time.
    /// - Throws: ``ConnectedAppError``. Blocks the thread.
    func use<Value>(
        _ token: String, pin: () throws(ConnectedAppError) -> [UInt8],
        body: (_ session: TokenSession, _ isLast: Bool) throws -> Value
    ) throws -> Value {
        lock.lock()
        defer { lock.unlock() }
        do {
            do {
                return try body(session(token, pin), false)
            } catch let refused as Refused where refused.mayPassWithNewSession {
                finalise()
            } catch is TokenAbsent {
                // Some modules look for tokens only when they begin.
                finalise()
            } catch is KeyAbsent {
                // A token that was removed looks like an empty one to some modules.
                finalise()
            }
            return try body(session(token, pin), true)
        } catch let refused as Refused {
            // What failed in the middle of an operation must not stand in the way of the next one.
            finalise()
            throw ConnectedAppError(
                .keyStoreFailed, subject: "token \(token)",
                evidence: ["function": refused.function, "returned": refused.name])
        } catch is TokenAbsent {
            throw ConnectedAppError(
                .keyStoreFailed, subject: "token \(token)", detail: "The PKCS#11 module shows no token of this label.")
        } catch is KeyAbsent {
            throw ConnectedAppError(.keyUnavailable, subject: "token \(token)")
        }
    }

    /// Ends the module's use; the next use begins it again.
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
        if result != CKR_CRYPTOKI_ALREADY_INITIALIZED { try Refused.check("C_Initialize", result) }
        isInitialised = true
    }

    // MARK: Opening

    private func session(_ token: String, _ pin: () throws(ConnectedAppError) -> [UInt8]) throws -> TokenSession {
        if let session = sessions[token] { return session }
        try initialise()
        let (slot, flags) = try place(of: token)
        var handle = CK_SESSION_HANDLE()
        try Refused.check(
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
                detail: "Several tokens bear this label, so it does not say which is meant.")
        }
        return first
    }

    private func slots() throws -> [CK_SLOT_ID] {
        var count: CK_ULONG = 0
        try Refused.check("C_GetSlotList", functions.C_GetSlotList(1, nil, &count))
        guard count > 0 else { return [] }
        var slots = [CK_SLOT_ID](repeating: 0, count: Int(count))
        try Refused.check("C_GetSlotList", functions.C_GetSlotList(1, &slots, &count))
        return Array(slots.prefix(Int(count)))
    }

    private func logIn(_ session: CK_SESSION_HANDLE, _ token: String, _ flags: CK_FLAGS, _ pin: [UInt8]) throws {
        guard refusedPINs[token] != pin else { throw ConnectedAppError(.pinRefused, subject: "token \(token)") }
        guard flags & CK_FLAGS(CKF_USER_PIN_FINAL_TRY) == 0 else {
            throw ConnectedAppError(
                .pinRefused, subject: "token \(token)",
                detail: "The token has one try left before it locks itself, which aprity does not use up.")
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
                evidence: ["returned": Refused(function: "C_Login", value: result).name])
        default: throw Refused(function: "C_Login", value: result)
        }
    }
}

/// The module shows no token of the label.
private struct TokenAbsent: Error {}
