internal import FileSystem
internal import Foundation
internal import Synchronization
internal import SystemPackage

/// Stores orders in a file of fixed size. It is overwritten in place, so writing works on a full disk if the file
/// exists and can be locked. Otherwise a new file of the same size is created.
///
/// If `copyFolder` is given, a copy is kept there; `World` gives the audit key's folder. Somebody who can restore old
/// files in the home, but not in that folder, cannot remove an order that the store has not applied yet.
///
/// A writer locks the file. If it cannot (a stopped process holds the lock, or the file system does not support locks),
/// it exchanges the old file for a new, unfinished one and keeps the orders that the old file contains by then. After
/// writing, a writer returns only if the path still leads to its file; otherwise it writes again. So no order is lost.
package final class BlockOrderFile: BlockOrders {
    private typealias Content = BlockOrderSeal.Content

    private let path: String
    /// The folder of the copy. The copy's name contains the file's id.
    private let copyFolder: String?
    private let seal: BlockOrderSeal
    private let surroundings: Surroundings
    private let onCopyFailure: @Sendable (ConnectedAppError) -> Void
    /// Whether an unreadable copy was reported. The copy is read for each sign-in, but reported only once.
    private let hasReportedCopy = Atomic(false)
    private let writerTimeout: Duration
    /// The highest number that this process has seen of each file, by the file's id.
    private let seen = Mutex<[String: Int]>([:])
    /// The bytes that were authenticated last, and their state, so that the same bytes are not authenticated twice.
    private let known = Mutex<(bytes: [UInt8], state: BlockOrderState)?>(nil)

    /// - Parameters:
    ///   - path: The file. Its folder must exist.
    ///   - copyFolder: A folder outside the home; `nil`: there is no copy.
    ///   - writerTimeout: How long to wait for another writer.
    ///   - onCopyFailure: Called each time the copy cannot be written, and the first time that it cannot be read. An
    ///     order is in force without it.
    package init(
        path: String, copyFolder: String? = nil, ring: MasterKeyRing, surroundings: Surroundings,
        writerTimeout: Duration = .seconds(2),
        onCopyFailure: @escaping @Sendable (ConnectedAppError) -> Void = { _ in }
    ) {
        self.path = path
        self.copyFolder = copyFolder
        self.onCopyFailure = onCopyFailure
        seal = BlockOrderSeal(ring: ring)
        self.surroundings = surroundings
        self.writerTimeout = writerTimeout
    }

    // MARK: Reading

    package func state() async throws -> BlockOrderState? {
        switch try await content(path, within: min(writerTimeout, Self.longestWrite)) {
        case .state(let state): state
        case .missing, .legacy: nil
        case .unfinished:
            throw ConnectedAppError.orderFileAltered("A command was interrupted while it wrote the block order file.")
        }
    }

    /// Longer than a writer needs from the first byte to the last.
    private static let longestWrite: Duration = .milliseconds(200)

    /// Reads a file. Reads it again for up to `patience` if another process may be writing, because not every file
    /// system writes a page atomically.
    private func content(_ path: String, within patience: Duration) async throws -> Content {
        let end = surroundings.uptime() + patience
        while true {
            let content = Result { try readOnce(path) }
            switch content {
            case .success(.missing), .success(.legacy), .success(.state): return try content.get()
            case .success(.unfinished): break
            case .failure(let error):
                guard (error as? ConnectedAppError)?.cause == .blockMayBeLost else { throw error }
            }
            guard surroundings.uptime() < end else { return try content.get() }
            try await surroundings.sleep(.milliseconds(5))
        }
    }

    private func readOnce(_ path: String) throws -> Content {
        try Self.checkKind(path)
        let bytes: [UInt8]
        do { bytes = try RegularFile(path).read(atMost: BlockOrderSeal.size) } catch {
            guard error.cause == .fileMissing else { throw error }
            return .missing
        }
        if let known = known.withLock({ $0 }), known.bytes == bytes { return .state(try checkedIsNewest(known.state)) }
        let content = try seal.opened(bytes)
        guard case .state(let state) = content else { return content }
        known.withLock { $0 = (bytes, state) }
        return .state(try checkedIsNewest(state))
    }

    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if the path leads to something other than a regular file,
    ///   which aprity cannot replace.
    private static func checkKind(_ path: String) throws(ConnectedAppError) {
        // If the status cannot be read, reading the file reports why.
        guard let kind = try? FileStatus(of: path, followsLinks: false).kind else { return }
        let what: String
        switch kind {
        case .regularFile: return
        case .directory: what = "a folder"
        case .symbolicLink: what = "a symbolic link"
        case .other: what = "a device, a socket or a named pipe"
        }
        throw ConnectedAppError(
            .blockMayBeLost, subject: path,
            detail: "There is \(what) in place of the block order file. A block may be lost, so aprity signs nothing.",
            remedy: "Find out who put it there. Remove \(path), then run `aprity block --all --reason TEXT`, then "
                + "`aprity unblock` for each connection.",
            remedyOnPage: "Find out who put it there. Remove \(path). \(Cause.blockAllOnPage)",
            evidence: ["blockOrderFile": what])
    }

    /// Returns the state if it is the newest that is known.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if this process, or the copy, knows a later state.
    private func checkedIsNewest(_ state: BlockOrderState) throws(ConnectedAppError) -> BlockOrderState {
        let highest = seen.withLock { seen in
            let highest = max(seen[state.fileID] ?? 0, state.number)
            seen[state.fileID] = highest
            return highest
        }
        guard state.number == highest else {
            throw .orderFileAltered("The block order file is older than one that this process has read.")
        }
        guard let copy = copy(of: state.fileID) else { return state }
        guard copy.fileID == state.fileID else {
            throw .orderFileAltered("The block order file was replaced by a newer one.")
        }
        guard state.number >= copy.number else {
            throw .orderFileAltered("The block order file is older than its copy.")
        }
        return state
    }

    // MARK: The copy

    /// The path of the copy; `nil` if there is none.
    func copyPath(of fileID: String) -> String? { copyFolder.map { $0 + "/block-order-" + fileID } }

    /// The copied state of a file, or of the file that replaced it.
    ///
    /// - Returns: `nil` if there is no copy that aprity wrote.
    private func copy(of fileID: String) -> BlockOrderState? {
        guard let path = copyPath(of: fileID) else { return nil }
        let bytes: [UInt8]
        do { bytes = try RegularFile(path).read(atMost: BlockOrderSeal.size) } catch {
            if error.cause != .fileMissing { reportCopy(error) }
            return nil
        }
        // On a full disk, a former version could create the copy but not write it.
        guard !bytes.isEmpty else { return nil }
        guard case .state(let copy) = try? seal.opened(bytes) else {
            reportCopy(ConnectedAppError(.inputMalformed, subject: path, detail: "aprity did not write this file."))
            return nil
        }
        return copy
    }

    /// Reports a copy that cannot be read, once for this process.
    private func reportCopy(_ failure: ConnectedAppError) {
        let isFirst = hasReportedCopy.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        if isFirst { onCopyFailure(failure) }
    }

    /// Writes the copy, in place. Call it after the file itself is written. Reports failures and does not throw.
    private func copy(_ bytes: [UInt8], of fileID: String) {
        guard let path = copyPath(of: fileID) else { return }
        do throws(ConnectedAppError) { try FixedFile(path).overwrite(bytes) } catch { onCopyFailure(error) }
    }

    // MARK: Orders

    package func createIfMissing() async throws -> BlockOrderState {
        if let state = try await state() { return state }
        return try await change { content in
            switch try content.get() {
            case .state(let state): return state
            case .missing, .legacy(nil): return BlockOrderState(fileID: self.newID(), number: 0, orders: [])
            case .legacy(let order?): return BlockOrderState(fileID: self.newID(), number: 1, orders: [order])
            case .unfinished: throw BlockOrderSeal.foreign
            }
        }
    }

    package func give(_ order: BlockOrder, pendingAccordingTo mark: StoreOrderMark) async throws -> BlockOrderState {
        let given = try await change { content in
            if case .success(.state(let state)) = content {
                do throws(ConnectedAppError) {
                    let waiting = try mark.pendingOrders(in: state)
                    // Another writer has already copied this order to its file.
                    return waiting.contains(order) ? state : state.adding(order, to: waiting)
                } catch {
                    // The file belongs to another store or is an earlier state. Start a new one.
                }
            }
            return BlockOrderState(fileID: self.newID(), number: 1, orders: Self.first(order, content, mark))
        }
        if case .marked(let known) = mark, known.fileID != given.fileID {
            // If somebody puts back the file that the store knows, its copy shows that it was replaced.
            copy(try seal.sealed(given), of: known.fileID)
        }
        return given
    }

    /// The first orders of a new file. Because orders of the former file may be lost, the order covers every app,
    /// unless the store has no mark yet and the file has the former format or is missing.
    private static func first(
        _ order: BlockOrder, _ content: Result<Content, any Error>, _ mark: StoreOrderMark
    ) -> [BlockOrder] {
        if case .unmarked = mark {
            switch content {
            case .success(.legacy(let earlier)): return [earlier, order].compactMap { $0 }
            case .success(.missing): return [order]
            case .success(.state), .success(.unfinished), .failure: break
            }
        }
        var all = order
        all.appIDs = nil
        return [all]
    }

    package func reseal() async throws {
        guard try await state() != nil else { return }
        // A file under the former master key could not be read by a new process after that key is removed.
        _ = try await change { content in
            guard case .state(let state) = try content.get() else { throw BlockOrderSeal.foreign }
            return state
        }
    }

    private func newID() -> String { surroundings.randomHex(bytes: 16) }

    // MARK: Writing

    private typealias Change = (Result<Content, any Error>) throws -> BlockOrderState

    /// Reads the file, computes the new state and writes it.
    ///
    /// - Parameter body: Returns the new state for the present content, or for the error of reading it. It may be
    ///   called several times.
    private func change(_ body: Change) async throws -> BlockOrderState {
        // If another writer replaced the file meanwhile, start again.
        for _ in 0..<16 {
            if let state = try await tryChange(body) { return state }
        }
        throw ConnectedAppError(.storeBusy, subject: path, detail: "Other processes keep writing the block order file.")
    }

    /// Tries ``change(_:)`` once. Returns `nil` if another file is at the path by now; the caller tries again.
    private func tryChange(_ body: Change) async throws -> BlockOrderState? {
        let lock = try await OrderFileLock(path, timeout: writerTimeout, surroundings: surroundings)
        guard lock.isHeld else { return try await tryReplacing(body) }
        let state = try body(await contentResult(path, within: min(writerTimeout, Self.longestWrite)))
        let bytes = try seal.sealed(state)
        guard lock.isStillNamed else { return nil }
        try lock.overwrite(bytes)
        guard lock.isStillNamed else { return nil }
        return try await confirmed(state, bytes)
    }

    /// The same for a file that cannot be locked: replaces it, and keeps its orders. If the process is killed, a file
    /// `PATH.new-…` may stay, which nothing uses.
    private func tryReplacing(_ body: Change) async throws -> BlockOrderState? {
        let draft = path + ".new-" + newID()
        try OutputFile.create(draft, content: BlockOrderSeal.unfinished, mode: 0o600, owner: .ofFolder)
        defer { unlink(draft) }
        let file = try FixedFile(draft)
        // A file system without locks rejects this lock too. Then a second writer replaces this file in turn.
        _ = try? file.tryLock()
        do throws(Errno) { try exchangeEntries(draft, path) } catch {
            switch error {
            case .noSuchFileOrDirectory: return nil
            case .invalidArgument, .noFunction, .notSupported: return try await tryRenaming(draft, file, body)
            default: throw Self.failure(path, error)
            }
        }
        do {
            let bytes = try await merged(draft, body)
            try file.overwrite(bytes.bytes)
            guard OutputFile.syncEntries(of: FolderPath.above(path)) else {
                throw ConnectedAppError(.inputOutput, subject: path)
            }
            guard file.isNamed(path) else { return nil }
            return try await confirmed(bytes.state, bytes.bytes)
        } catch {
            if file.isNamed(path) { putBack(draft, insteadOf: file) }
            throw error
        }
    }

    /// Moves the old file, whose content is unchanged, back to the path.
    ///
    /// If it fails, the unfinished file stays at the path: then no process signs, and the next order covers every app.
    private func putBack(_ old: String, insteadOf file: borrowing FixedFile) {
        try? exchangeEntries(old, path)
        // If another writer had replaced our file, the exchange took that writer's file off the path. Put it back.
        if !file.isNamed(old) { try? exchangeEntries(old, path) }
    }

    /// The new state, computed from the old file. A writer that has that file open may still be writing.
    private func merged(_ old: String, _ body: Change) async throws -> (state: BlockOrderState, bytes: [UInt8]) {
        let state = try body(await contentResult(old, within: writerTimeout))
        return (state, try seal.sealed(state))
    }

    private func contentResult(_ path: String, within patience: Duration) async -> Result<Content, any Error> {
        do { return .success(try await content(path, within: patience)) } catch { return .failure(error) }
    }

    /// The same as ``tryReplacing(_:)`` for a file system that cannot exchange two files. The content of the file when
    /// it was replaced is unknown, so the order covers every app.
    private func tryRenaming(
        _ draft: String, _ file: borrowing FixedFile, _ body: Change
    ) async throws -> BlockOrderState? {
        let state = try body(.failure(BlockOrderSeal.foreign))
        let bytes = try seal.sealed(state)
        try file.overwrite(bytes)
        guard rename(draft, path) == 0 else { throw Self.failure(path, .last) }
        guard OutputFile.syncEntries(of: FolderPath.above(path)) else {
            throw ConnectedAppError(.inputOutput, subject: path)
        }
        return try await confirmed(state, bytes)
    }

    /// Writes the copy, and checks that the file on disk has the state that was written, or a later one.
    ///
    /// - Returns: What is on disk now; `nil` if another writer has replaced it.
    private func confirmed(_ state: BlockOrderState, _ bytes: [UInt8]) async throws -> BlockOrderState? {
        copy(bytes, of: state.fileID)
        do {
            guard let now = try await self.state(), now.fileID == state.fileID else { return nil }
            // Another process may have added an order to this state.
            return now.number >= state.number ? now : nil
        } catch let error as ConnectedAppError where error.cause == .blockMayBeLost {
            // Another writer has replaced the file, but has not finished writing its own.
            return nil
        }
    }

    private static func failure(_ path: String, _ error: Errno) -> ConnectedAppError {
        ConnectedAppError(
            .outputCannotBeCreated, subject: path, evidence: .system(error))
    }
}
