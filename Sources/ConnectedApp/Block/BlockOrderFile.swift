internal import Crypto
internal import FileSystem
internal import Foundation
internal import Synchronization

/// Keeps orders in one file of a fixed size. It is overwritten in place, so writing works on a full disk.
///
/// A copy is kept in another folder, by default the master key's. Somebody who can restore old files in the home, but not
/// in that folder, cannot remove an order that the store has not applied yet.
///
/// A writer locks the file. If it cannot (a stopped process holds the lock, or the file system has none), it writes a new
/// file and renames it over the old one. A writer that still has the old file open notices that and starts again.
package final class BlockOrderFile: BlockOrders {
    private static let size = 4096
    private let path: String
    /// The folder of the copy. The copy's name contains the file's id.
    private let copyFolder: String?
    private let ring: MasterKeyRing
    private let surroundings: Surroundings
    private let onCopyFailure: @Sendable (ConnectedAppError) -> Void
    /// An unreadable copy is reported once, though it is read for each sign-in.
    private let hasReportedCopy = Atomic(false)
    private let lockTimeout: Duration
    /// The highest number that this process has seen of each file.
    private let seen = Mutex<[String: Int]>([:])
    /// The bytes that were authenticated last. The same bytes are not checked twice.
    private let known = Mutex<(bytes: [UInt8], state: BlockOrderState)?>(nil)

    /// The JSON at the start of the file. Line breaks fill the rest.
    private struct Signed: Codable {
        /// A ``BlockOrderState``; in files from before there were states, a ``BlockOrder``.
        var state: Data?
        var order: Data?
        let masterKeyID: String
        let tag: Data
    }

    private enum Content {
        case missing
        /// From before files had a state.
        case legacy(BlockOrder?)
        case state(BlockOrderState)
    }

    /// - Parameters:
    ///   - copyFolder: Outside the home; `nil`: there is no copy.
    ///   - lockTimeout: How long to wait for another writer.
    ///   - onCopyFailure: Called if the copy cannot be written or read. An order holds without it.
    package init(
        path: String, copyFolder: String? = nil, ring: MasterKeyRing, surroundings: Surroundings,
        lockTimeout: Duration = .seconds(2), onCopyFailure: @escaping @Sendable (ConnectedAppError) -> Void = { _ in }
    ) {
        self.path = path
        self.copyFolder = copyFolder
        self.onCopyFailure = onCopyFailure
        self.ring = ring
        self.surroundings = surroundings
        self.lockTimeout = lockTimeout
    }

    // MARK: Reading

    package func state() throws -> BlockOrderState? {
        guard case .state(let state) = try content() else { return nil }
        return state
    }

    private func content() throws -> Content {
        var failure: ConnectedAppError?
        // Not every file system writes a page atomically, so this may be a half-written state: read again.
        for _ in 0..<3 {
            do { return try contentNow() } catch let error as ConnectedAppError where error.cause == .blockMayBeLost {
                failure = error
            }
        }
        throw failure ?? ConnectedAppError(.internalError)
    }

    private func contentNow() throws -> Content {
        let bytes: [UInt8]
        do { bytes = try InputFile(path).read(atMost: Self.size) } catch {
            guard error.cause == .fileMissing else { throw error }
            return .missing
        }
        if let known = known.withLock({ $0 }), known.bytes == bytes { return .state(try newest(known.state)) }
        // An empty file: a writer crashed after creating it.
        guard !bytes.isEmpty else { return .missing }
        guard bytes.contains(where: { $0 != UInt8(ascii: "\n") }) else { return .legacy(nil) }
        let content = try authenticated(bytes)
        guard case .state(let state) = content else { return content }
        known.withLock { $0 = (bytes, state) }
        return .state(try newest(state))
    }

    private func authenticated(_ bytes: [UInt8]) throws -> Content {
        let text = bytes.prefix { $0 != UInt8(ascii: "\n") }
        guard let signed = try? JSONDecoder().decode(Signed.self, from: Data(text)) else { throw Self.foreign }
        let master = try ring.key(signed.masterKeyID)
        func isOurs(_ covered: Data) -> Bool {
            HMAC<SHA256>.isValidAuthenticationCode(signed.tag, authenticating: covered, using: master.recordKey)
        }
        if let encoded = signed.state, isOurs(Self.covered("aprity block order 2", encoded)),
            let state = try? JSONDecoder().decode(BlockOrderState.self, from: encoded)
        {
            return .state(state)
        }
        if let encoded = signed.order, isOurs(Self.covered("aprity block order 1", encoded)),
            let order = try? JSONDecoder().decode(BlockOrder.self, from: encoded)
        {
            return .legacy(order)
        }
        throw Self.foreign
    }

    private static var foreign: ConnectedAppError {
        .orderFileAltered("aprity did not write the content of the block order file.")
    }

    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if this process has seen a later state.
    private func newest(_ state: BlockOrderState) throws(ConnectedAppError) -> BlockOrderState {
        let highest = seen.withLock { seen in
            let highest = max(seen[state.fileID] ?? 0, state.number)
            seen[state.fileID] = highest
            return highest
        }
        guard state.number == highest else {
            throw .orderFileAltered("The block order file is older than one that this process has read.")
        }
        guard state.number >= copiedNumber(of: state.fileID) else {
            throw .orderFileAltered("The block order file is older than its copy beside the master key.")
        }
        return state
    }

    /// Where the copy of this file lies; `nil` if there is none.
    func copyPath(of fileID: String) -> String? { copyFolder.map { $0 + "/block-order-" + fileID } }

    /// - Returns: 0 if there is no copy that aprity wrote.
    private func copiedNumber(of fileID: String) -> Int {
        guard let path = copyPath(of: fileID) else { return 0 }
        let bytes: [UInt8]
        do { bytes = try InputFile(path).read(atMost: Self.size) } catch {
            if error.cause != .fileMissing { reportCopy(error) }
            return 0
        }
        guard case .state(let copy) = try? authenticated(bytes), copy.fileID == fileID else {
            reportCopy(ConnectedAppError(.inputMalformed, subject: path, detail: "aprity did not write this file."))
            return 0
        }
        return copy.number
    }

    private func reportCopy(_ failure: ConnectedAppError) {
        let isFirst = hasReportedCopy.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        if isFirst { onCopyFailure(failure) }
    }

    /// Writes the copy, in place. Called after the file itself is written.
    private func copy(_ bytes: [UInt8], of fileID: String) {
        guard let path = copyPath(of: fileID) else { return }
        do throws(ConnectedAppError) { try FixedFile(path).overwrite(bytes) } catch { onCopyFailure(error) }
    }

    // MARK: Writing

    package func establish() async throws -> BlockOrderState {
        if case .state(let state) = try content() { return state }
        return try await change { content in
            switch try content.get() {
            case .state(let state): return state
            case .missing, .legacy(nil): return BlockOrderState(fileID: self.newID(), number: 0, orders: [])
            case .legacy(let order?): return BlockOrderState(fileID: self.newID(), number: 1, orders: [order])
            }
        }
    }

    package func give(_ order: BlockOrder, _ store: StoreOrderMark) async throws -> BlockOrderState {
        try await change { content in
            if case .success(.state(let state)) = content {
                do throws(ConnectedAppError) {
                    return state.adding(order, to: try store.waitingOrders(in: state))
                } catch {
                    // The file belongs to another store or is an earlier state. Start a new one.
                }
            }
            return BlockOrderState(fileID: self.newID(), number: 1, orders: Self.first(order, content, store))
        }
    }

    /// The first orders of a new file. What the former file held may be lost.
    private static func first(
        _ order: BlockOrder, _ content: Result<Content, any Error>, _ store: StoreOrderMark
    ) -> [BlockOrder] {
        if case .unmarked = store {
            switch content {
            case .success(.legacy(let earlier)): return [earlier, order].compactMap { $0 }
            case .success(.missing): return [order]
            case .success(.state), .failure: break
            }
        }
        var all = order
        all.appIDs = nil
        return [all]
    }

    package func reseal() async throws {
        guard case .state = try content() else { return }
        // Otherwise no new process could read the file once the former master key is removed.
        _ = try await change { content in
            guard case .state(let state) = try content.get() else { throw Self.foreign }
            return state
        }
    }

    private func newID() -> String { surroundings.randomHex(bytes: 16) }

    /// Reads the file, computes the new state and writes it, under the file's lock if possible.
    private func change(_ body: (Result<Content, any Error>) throws -> BlockOrderState) async throws
        -> BlockOrderState
    {
        // Another writer may have replaced the file meanwhile. Then start again.
        for _ in 0..<16 {
            if let state = try await changeOnce(body) { return state }
        }
        throw ConnectedAppError(.storeBusy, subject: path, detail: "Other processes keep writing the block order file.")
    }

    /// - Returns: `nil` if another file took the name meanwhile.
    private func changeOnce(_ body: (Result<Content, any Error>) throws -> BlockOrderState) async throws
        -> BlockOrderState?
    {
        let lock = try await OrderFileLock(path, timeout: lockTimeout, surroundings: surroundings)
        let state = try body(Result { try content() })
        let bytes = try sealed(state)
        if lock.isHeld {
            guard lock.isStillNamed else { return nil }
            try lock.overwrite(bytes)
            guard lock.isStillNamed else { return nil }
        } else {
            try replace(bytes)
        }
        copy(bytes, of: state.fileID)
        return try written(state)
    }

    /// - Throws: ``ConnectedAppError`` with `.inputOutput` if the file does not hold what was written.
    private func written(_ state: BlockOrderState) throws -> BlockOrderState? {
        guard let now = try self.state(), now.fileID == state.fileID else { return nil }
        // Somebody else may have added an order to this one.
        return now.number >= state.number ? now : nil
    }

    private func sealed(_ state: BlockOrderState) throws -> [UInt8] {
        ring.refresh()
        let master = ring.active
        let encoded = try JSONEncoder().encode(state)
        let tag = HMAC<SHA256>.authenticationCode(
            for: Self.covered("aprity block order 2", encoded), using: master.recordKey)
        let text = try JSONEncoder().encode(
            Signed(state: encoded, order: nil, masterKeyID: master.id, tag: Data(tag)))
        guard text.count < Self.size else {
            // No room for all orders: one order for every app. Blocking too much can be undone; blocking too little cannot.
            guard var order = state.orders.last, state.orders.count > 1 || order.appIDs != nil else {
                throw ConnectedAppError(.inputMalformed, detail: "The reason is too long.")
            }
            order.appIDs = nil
            return try sealed(BlockOrderState(fileID: state.fileID, number: state.number, orders: [order]))
        }
        return Array(text) + [UInt8](repeating: UInt8(ascii: "\n"), count: Self.size - text.count)
    }

    private func replace(_ bytes: [UInt8]) throws {
        let draft = path + ".new-" + newID()
        try OutputFile.create(draft, content: bytes, mode: 0o600)
        guard rename(draft, path) == 0 else {
            let number = errno
            unlink(draft)
            throw ConnectedAppError(
                .outputCannotBeCreated, subject: path, evidence: ["errno": String(cString: strerror(number))])
        }
        guard OutputFile.forceNames(in: FolderPath.above(path)) else {
            throw ConnectedAppError(.inputOutput, subject: path)
        }
    }

    private static func covered(_ purpose: String, _ encoded: Data) -> Data {
        var fields = FramedFields([purpose])
        fields.append([UInt8](encoded))
        return Data(fields.bytes)
    }
}

/// A file that is written in place, and made if it is missing.
private struct FixedFile: ~Copyable {
    let path: String
    let descriptor: Int32

    /// - Throws: ``ConnectedAppError``: `.outputCannotBeCreated`, `.diskFull`, `.inputOutput`.
    init(_ path: String) throws(ConnectedAppError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
    }

    deinit { close(descriptor) }

    /// - Throws: ``ConnectedAppError``: `.diskFull`, `.inputOutput`.
    func overwrite(_ bytes: [UInt8]) throws(ConnectedAppError) {
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count else { throw Self.failure(path, count < 0 ? errno : ENOSPC) }
        guard fsync(descriptor) == 0 else { throw Self.failure(path, errno) }
    }

    private static func failure(_ path: String, _ number: Int32) -> ConnectedAppError {
        let cause: Cause =
            switch number {
            case ENOSPC, EDQUOT: .diskFull
            case EIO: .inputOutput
            default: .outputCannotBeCreated
            }
        return ConnectedAppError(cause, subject: path, evidence: ["errno": String(cString: strerror(number))])
    }
}

/// The lock of one writer on the order file, for as long as the value lives.
private struct OrderFileLock: ~Copyable {
    private let file: FixedFile
    /// False if another process keeps the lock, or the file system has none.
    let isHeld: Bool

    /// - Throws: As ``FixedFile/init(_:)`` does.
    init(_ path: String, timeout: Duration, surroundings: Surroundings) async throws {
        let file = try FixedFile(path)
        let end = surroundings.uptime() + timeout
        var isHeld = true
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, surroundings.uptime() < end else {
                isHeld = false
                break
            }
            try await surroundings.sleep(.milliseconds(5))
        }
        self.isHeld = isHeld
        self.file = file
    }

    /// Whether the path still leads to this file.
    var isStillNamed: Bool {
        guard let own = try? FileStatus(ofDescriptor: file.descriptor), let named = try? FileStatus(of: file.path)
        else { return false }
        return own.identity == named.identity
    }

    /// - Throws: As ``FixedFile/overwrite(_:)`` does.
    func overwrite(_ bytes: [UInt8]) throws(ConnectedAppError) { try file.overwrite(bytes) }
}
