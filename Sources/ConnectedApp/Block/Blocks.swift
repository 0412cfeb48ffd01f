internal import Foundation

/// Blocks and unblocks apps, replaces compromised keys, and takes connections out of use.
package struct Blocks: ConnectionService {
    let targets: Targets
    let sources: TokenSources
    let changes: RotationChanges
    let revocation: Revocation
    let diagnosis: Diagnosis
    let connections: Connections
    let rotations: Rotations

    /// Blocks the app of a connection, or every app, and reports which of the four facts of a ``BlockView`` are true.
    ///
    /// The order is written to a file first, then to the store. So it holds even if the store is locked, full or
    /// damaged: each process reads that file before it signs or hands out a token. If the store cannot say which app
    /// the connection belongs to, the order covers every app. An app that is already blocked keeps the reason and the
    /// times of its first order.
    ///
    /// - Parameters:
    ///   - alias: `nil` blocks every app.
    ///   - reason: See ``Block/checkedReason(_:)``.
    ///   - onProgress: Called with the blocks of the apps concerned when no process signs any more, and again after one
    ///     attempt to revoke the tokens.
    /// - Returns: The blocks of the apps concerned. If the store failed or the caller was cancelled after the order was
    ///   on disk, a single view that says what is not confirmed.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, `.usage` if the reason is empty or too long, or the store's
    ///   error if neither the file nor the store could be written. In the last case, the error's detail says either
    ///   that nothing was blocked or that the block may be in force; in the others, nothing is blocked.
    package func block(
        _ alias: String?, reason: String, as principal: Principal,
        onProgress: @Sendable ([BlockView]) -> Void = { _ in }
    ) async throws -> [BlockView] {
        try await block(alias, reason: reason, as: principal, afterOrder: {}, onProgress: onProgress)
    }

    /// The same, with a step of the caller after the order is on disk.
    ///
    /// - Parameter afterOrder: The step. Called before waiting for other processes. Its errors are ignored.
    func block(
        _ alias: String?, reason: String, as principal: Principal, afterOrder: @Sendable () async throws -> Void,
        onProgress: @Sendable ([BlockView]) -> Void = { _ in }
    ) async throws -> [BlockView] {
        let reason = try Block.checkedReason(reason)
        let block = Block(reason: reason, principal: principal, orderedAt: surroundings.now())
        let target = try await blockTarget(alias)
        let order = try await give(block, target)
        // The caller repeats this later, and reports its errors then.
        try? await afterOrder()
        keys.forgetOpenKeys(of: order.appIDs)
        await sources.forget(of: order.appIDs)
        do { return try await complete(block, order, target, onProgress) } catch {
            // The store failed, or the caller was cancelled. The order is in force nevertheless.
            return [await view(of: block, order, target, after: error)]
        }
    }

    /// The apps to block, according to the store.
    private struct BlockTarget {
        let alias: String?
        /// `nil`: every app.
        let appIDs: [String]?
        let mark: StoreOrderMark
    }

    /// An order that is on disk. Every lease granted from now on is checked against it.
    private struct GivenOrder {
        /// `nil`: the order file could not be written, but the store was.
        let state: BlockOrderState?
        /// `nil`: the store could not be written, but the order file was.
        let stored: StoredBlocks?
        /// `nil`: every app.
        let appIDs: [String]?
        /// The uptime at which it was on disk.
        let at: Duration
    }

    /// Reads which apps to block. If the store cannot be read, these are all apps.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    private func blockTarget(_ alias: String?) async throws -> BlockTarget {
        do {
            return try await records.read { reading in
                let mark = StoreOrderMark(reading.orderMark)
                guard let alias else { return BlockTarget(alias: nil, appIDs: nil, mark: mark) }
                return BlockTarget(alias: alias, appIDs: try Self.appID(of: alias, reading).map { [$0] }, mark: mark)
            }
        } catch let error as ConnectedAppError where error.cause != .unknownAlias {
            return BlockTarget(alias: alias, appIDs: nil, mark: .unknown)
        }
    }

    /// Returns the app of a connection; `nil` if one of the connection's records was altered, because that record may
    /// name the wrong app.
    ///
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`.
    private static func appID(of alias: String, _ reading: CheckedReading) throws -> String? {
        do { return try FoundConnection(alias, reading).app.value.id } catch let error as ConnectedAppError {
            guard error.cause != .unknownAlias else { throw error }
            return nil
        }
    }

    /// Writes the order to its file, then to the store.
    ///
    /// - Throws: ``ConnectedAppError`` if neither the order file nor the store could be written.
    private func give(_ block: Block, _ target: BlockTarget) async throws -> GivenOrder {
        let order = BlockOrder(
            appIDs: target.appIDs, reason: block.reason, principal: block.principal, orderedAt: block.orderedAt)
        let written: Result<BlockOrderState, ConnectedAppError>
        do {
            written = .success(try await gate.orders.give(order, pendingAccordingTo: target.mark))
        } catch let error as ConnectedAppError { written = .failure(error) }
        let at = surroundings.uptime()
        gate.dropLease()
        switch written {
        case .success(let state):
            // If the file had to be created again, its order covers every app.
            let appIDs = state.orders.coverEveryApp ? nil : target.appIDs
            do {
                let stored = try await gate.apply(state.orders, of: state, alias: target.alias)
                return GivenOrder(state: state, stored: stored, appIDs: appIDs, at: surroundings.uptime())
            } catch {
                surroundings.note(error, at: .blockOrder)
                return GivenOrder(state: state, stored: nil, appIDs: appIDs, at: at)
            }
        case .failure(let failure):
            do {
                let stored = try await gate.apply([order], of: nil, alias: target.alias)
                return GivenOrder(state: nil, stored: stored, appIDs: target.appIDs, at: surroundings.uptime())
            } catch let error as ConnectedAppError {
                throw await orderFailure(order, error, failure)
            }
        }
    }

    /// The error for an order that neither the store nor the file confirmed. Says whether the order may be in force
    /// nevertheless.
    private func orderFailure(
        _ order: BlockOrder, _ store: ConnectedAppError, _ file: ConnectedAppError
    ) async -> ConnectedAppError {
        let evidence = store.evidence.merging(["blockOrderFile": file.debugDescription]) { store, _ in store }
        guard await mayHold(order) else {
            return ConnectedAppError(
                store.cause, subject: store.subject,
                detail: "Nothing was blocked: neither the store nor the block order file could be written. "
                    + store.description,
                evidence: evidence)
        }
        return ConnectedAppError(
            store.cause, subject: store.subject,
            detail:
                "The block may be in force, but this is not confirmed: the store could not be written, and writing the "
                + "block order file failed halfway. Block the app again.",
            evidence: evidence.merging(["store": store.description]) { former, _ in former })
    }

    /// Whether the order may be in force: the file contains it, or cannot be read, and then no process signs.
    private func mayHold(_ order: BlockOrder) async -> Bool {
        do { return try await gate.orders.state()?.orders.contains(order) ?? false } catch { return true }
    }

    /// Waits until no process signs any more, records that, and tries to revoke the tokens.
    private func complete(
        _ block: Block, _ order: GivenOrder, _ target: BlockTarget, _ onProgress: @Sendable ([BlockView]) -> Void
    ) async throws -> [BlockView] {
        if let stored = order.stored {
            try await gate.waitForOthers(stored, since: order.at)
        } else if let state = order.state {
            try await gate.waitForLeases(since: order.at)
            _ = try await gate.apply(state.orders, of: state, alias: target.alias)
        }
        let every = try await records.read { try $0.ids(of: AppRecord.self) }
        let appIDs = order.appIDs ?? every
        try await updateBlocks(appIDs, target.alias) { block, now in block.confirmLeases(now) }
        onProgress(try await blocks(of: appIDs))
        try await revokeDueTokens()
        let views = try await blocks(of: appIDs)
        onProgress(views)
        return views
    }

    /// Returns the view of a block that is in force, but whose processing ended early because the store failed or the
    /// caller was cancelled. Waits for the leases of other processes unless the caller was cancelled.
    private func view(
        of block: Block, _ order: GivenOrder, _ target: BlockTarget, after failure: any Error
    ) async -> BlockView {
        var block = block
        do {
            try await gate.waitForLeases(since: order.at)
            block.noSignatureAt = surroundings.now()
            block.noHandOutAt = block.noSignatureAt
        } catch {
            // Cancelled while another process may still hold a lease.
        }
        let appIDs = order.appIDs
        // The view already reports that the store failed. Show what can still be read.
        let known = try? await records.read { reading in
            let connections = try reading.intact(ConnectionRecord.self).map(\.value)
                .filter { appIDs?.contains($0.appID) ?? true }
            let apps = try reading.intact(AppRecord.self).map(\.value).filter { appIDs?.contains($0.id) ?? true }
            return (
                names: connections.map(\.alias.description), kind: apps.first?.kind,
                appName: apps.count == 1 ? apps.first?.nameInSetup : nil,
                tokens: try apps.flatMap { try reading.reading.outstandingTokens(of: $0.id) }
            )
        }
        return BlockView(
            block, connections: known?.names ?? [target.alias].compactMap { $0 },
            coversEveryApp: appIDs == nil, isInStore: order.stored != nil, kind: known?.kind ?? .externalClientApp,
            appName: known?.appName, tokens: known?.tokens, failure: (failure as? ConnectedAppError)?.cause)
    }
}
