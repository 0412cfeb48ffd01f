internal import Foundation
internal import Synchronization

extension LeasedGate {
    /// Reads the order file and tries to apply its pending orders to the store. Creates the file for a new store.
    ///
    /// A failure to apply the orders is only logged, because the caller's transaction checks them too.
    ///
    /// - Returns: `nil` if the file is missing although the store's mark names one.
    ///   ``CheckedWriting/pendingOrders(in:)`` then throws.
    /// - Throws: The errors of ``BlockOrders``, or the causes of a failing store.
    func orderState() async throws -> BlockOrderState? {
        guard let order = try await orders.state() else {
            let isMarked = try await records.read { $0.orderMark != nil }
            return isMarked ? nil : try await orders.createIfMissing()
        }
        do { try await carryOut(order) } catch {
            // For example, the store cannot be written now. The caller's transaction rejects every app that an order
            // covers.
            surroundings.note(error, at: .blockOrder)
        }
        return order
    }

    /// Applies the pending orders to the store, and also the held blocks: those of apps whose record could not be read
    /// when they were ordered.
    ///
    /// - Throws: The errors of ``BlockOrders``, or the causes of a failing store.
    func carryOutPendingOrder() async throws {
        if let order = try await orders.state() { try await carryOut(order) }
        guard try await records.read({ !$0.heldBlocks.isEmpty }) else { return }
        try await records.write { writing in
            for (id, block) in writing.heldBlocks {
                do {
                    if var app = try writing.find(AppRecord.self, id)?.value {
                        app.block = app.block ?? block
                        try writing.save(app)
                    }
                    writing.heldBlocks[id] = nil
                } catch let error as ConnectedAppError where error.cause == .recordAltered {
                    // The record is still altered, so its block stays held.
                }
            }
        }
    }

    /// Applies the file's orders to the store, unless the store already has them.
    private func carryOut(_ state: BlockOrderState) async throws {
        guard !state.orders.isEmpty else { return }
        let mark = BlockOrderMark(fileID: state.fileID, carriedOut: state.number)
        if self.state.withLock({ $0.carriedOut }) == mark { return }
        let isPending = try await records.read { reading in
            try !StoreOrderMark(reading.orderMark).pendingOrders(in: state).isEmpty
        }
        if isPending { _ = try await apply(state.orders, of: state, alias: nil) }
        self.state.withLock { $0.carriedOut = mark }
    }

    /// Blocks the apps of the orders and marks their tokens for revocation, in one transaction.
    ///
    /// An app that is already blocked keeps the first order's reason and times. Its unblocking pass becomes void, and
    /// an unblocking that has begun fails.
    ///
    /// - Parameters:
    ///   - state: The state of the order file that contains the orders; `nil` if the file could not be written.
    ///   - alias: The connection that the user named, for the audit record; `nil` if none.
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if the records were rolled back and no order covers every
    ///   app, or the causes of a failing store.
    func apply(_ orders: [BlockOrder], of state: BlockOrderState?, alias: String?) async throws -> StoredBlocks {
        let now = surroundings.now()
        let check = RecordsCheck(exported: exportedCheckpoint)
        let historyID = surroundings.randomHex(bytes: 16)
        let stored = try await records.write { writing in
            var isRolledBack = false
            if let last = orders.last, orders.coverEveryApp {
                isRolledBack = try writing.acceptRolledBackRecords(
                    check, historyID: historyID, as: last.principal, at: now)
            } else {
                try check.check(writing.position, writing.historyID, writing.writing)
            }
            // Another process may have applied the orders in the meantime.
            let isPending = try state.map { try !writing.pendingOrders(in: $0).isEmpty } ?? true
            if isPending {
                for order in orders { try Self.carryOut(order, alias, now, writing) }
                if let state { writing.orderMark = BlockOrderMark(fileID: state.fileID, carriedOut: state.number) }
                self.see(writing.position)
            }
            return StoredBlocks(revision: writing.revision, leasesAreUnknown: isRolledBack)
        }
        if let state {
            self.state.withLock { $0.carriedOut = BlockOrderMark(fileID: state.fileID, carriedOut: state.number) }
        }
        return stored
    }

    private static func carryOut(
        _ order: BlockOrder, _ alias: String?, _ now: Date, _ writing: CheckedWriting
    ) throws {
        for id in try order.appIDs ?? writing.ids(of: AppRecord.self) {
            try writing.revokeTokens(of: id, at: now)
            var app: AppRecord
            do {
                guard let found = try writing.find(AppRecord.self, id)?.value else { continue }
                app = found
            } catch let error as ConnectedAppError where error.cause == .recordAltered {
                // The block is held until the record can be read again.
                writing.heldBlocks[id] = writing.heldBlocks[id]?.orderedAgain() ?? order.block
                continue
            }
            app.block = app.block?.orderedAgain() ?? order.block
            try writing.save(app)
            try writing.append(
                AuditEvent(
                    time: now, principal: order.principal, act: .appBlocked, connection: alias,
                    facts: ["app": id, "reason": order.reason, "orderedAt": order.orderedAt.ISO8601Format()]))
        }
    }

    /// Waits until every other process has seen the blocks or its lease has expired; at most about five seconds after
    /// `start`. This process must drop its own lease first; see ``dropLease()``.
    ///
    /// - Parameter start: The uptime when the blocks were on disk. Leases granted before it are not renewed.
    /// - Throws: The causes of a failing store, or `CancellationError`.
    func waitForOthers(_ blocks: StoredBlocks, since start: Duration) async throws {
        guard !blocks.leasesAreUnknown else { return try await waitForLeases(since: start) }
        let (process, revision) = (process, blocks.revision)
        while true {
            let behind = try await records.read { reading in
                try reading.reading.leases().filter { $0.process != process && $0.revision < revision }
            }
            if behind.isEmpty { return }
            guard surroundings.uptime() - start < Self.longestLease else {
                return try await records.write { writing in
                    // Suspended or dead processes. Their leases have expired; they must ask again if they resume.
                    for lease in try writing.writing.leases()
                    where lease.process != process && lease.revision < revision {
                        try writing.writing.removeLease(of: lease.process)
                    }
                }
            }
            try await surroundings.sleep(.milliseconds(50))
        }
    }

    /// Waits until every lease granted before `start` has expired, in any process.
    func waitForLeases(since start: Duration) async throws {
        let left = Self.longestLease - (surroundings.uptime() - start)
        if left > .zero { try await surroundings.sleep(left) }
    }

    /// Invalidates this process's own lease in memory. Its row stays in the store.
    func dropLease() { state.withLock { $0.until = nil } }

    /// A lease's term, plus a margin because two machines' clocks may run at different speeds.
    private static let longestLease = Lease.term + .milliseconds(250)
}

/// The result of saving blocks in the store.
struct StoredBlocks: Sendable {
    /// The revision of the records that contains the blocks.
    let revision: Int
    /// Whether the records were rolled back, so that the store may not list every lease.
    let leasesAreUnknown: Bool
}

extension CheckedWriting {
    /// The orders that this store has not applied yet. Gives a store without a mark its mark.
    ///
    /// - Parameter state: The state of the order file; `nil` if it is missing.
    /// - Throws: ``ConnectedAppError`` if the file is missing, is not the store's, or is older than the store's mark;
    ///   see ``BlockOrderMark/pendingOrders(in:)``.
    func pendingOrders(in state: BlockOrderState?) throws -> [BlockOrder] {
        if let orderMark { return try orderMark.pendingOrders(in: state) }
        guard let state else { throw ConnectedAppError.orderFileAltered("The block order file is missing.") }
        // One less than the newest, so that the orders stay pending until their blocks are in the store.
        orderMark = BlockOrderMark(
            fileID: state.fileID, carriedOut: state.orders.isEmpty ? state.number : state.number - 1)
        return state.orders
    }
}
