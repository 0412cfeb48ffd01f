internal import Foundation
internal import Synchronization

/// The gate of one process on a store that several processes may share.
///
/// A lease lasts five seconds, counted from the moment before it was requested. It expires early when this process sees
/// a newer state of the records. So a block is in force as soon as each other process has seen it, or five seconds
/// after the block was stored.
package final class LeasedGate: SignInGate {
    let records: SealedRecords
    let orders: any BlockOrders
    let surroundings: Surroundings
    /// A random id of this run of the process. It identifies the process's row among the store's leases.
    let process: String
    /// The machine and process, for output.
    let name: String
    private let storeIdentity: any StoreIdentityCheck
    /// See ``RecordsCheck/exported``.
    let exportedCheckpoint: @Sendable (_ historyID: String) -> AuditCheckpoint?
    /// The answers to sign-ins whose outcome could not be saved, and answers that a rotation's record does not have
    /// yet.
    let unsavedAnswers = UnsavedAnswers()
    let state = Mutex(State())

    struct State {
        /// The newest state of the records that this process has seen. A lease granted under an older one is void.
        var position = RecordsPosition(generation: 0, revision: 0)
        /// The uptime at which the last lease expires; `nil` if this process has released or dropped its lease.
        var until: Duration?
        /// The last order that this process knows to be applied to the store.
        var carriedOut: BlockOrderMark?
    }

    /// - Parameters:
    ///   - storeIdentity: Checks whether the open store is still the one at its path.
    ///   - name: The machine and process, for output.
    ///   - exportedCheckpoint: Returns the last checkpoint of a history from outside the store; `nil` if there is none.
    package init(
        records: SealedRecords, orders: any BlockOrders, surroundings: Surroundings, name: String,
        storeIdentity: any StoreIdentityCheck = UncheckedStoreIdentity(),
        exportedCheckpoint: @escaping @Sendable (_ historyID: String) -> AuditCheckpoint? = { _ in nil }
    ) {
        self.records = records
        self.orders = orders
        self.surroundings = surroundings
        self.name = name
        self.storeIdentity = storeIdentity
        self.exportedCheckpoint = exportedCheckpoint
        process = surroundings.randomHex(bytes: 8)
    }

    // MARK: Leases

    /// Runs a transaction for an app that is not blocked, and grants a lease in the same transaction.
    ///
    /// - Parameters:
    ///   - alias: The connection, for errors.
    ///   - pass: An unblocking pass. It lets a blocked app through once and is used up, unless the transaction fails.
    ///   - purpose: `.rotation` lets an app through that is blocked because its key was compromised; `nil` if it is not
    ///     a sign-in.
    ///   - act: The work within the transaction. If it throws, nothing is saved.
    /// - Throws: ``ConnectedAppError``: `.blocked`; `.recordChanged` if the app no longer exists; `.recordAltered`;
    ///   `.blockMayBeLost` if records or the order file were rolled back; the errors of ``StoreIdentityCheck``; the
    ///   causes of a failing store. Also the errors of `act`.
    func admit<T: Sendable>(
        _ appID: String, alias: String, pass: String? = nil, purpose: SignInPurpose? = nil,
        _ act: @escaping @Sendable (CheckedWriting) throws -> T
    ) async throws -> (T, Admission) {
        try storeIdentity.check()
        // Taken before the order file is read: the lease must expire at most five seconds after that read.
        let start = surroundings.uptime()
        let now = surroundings.now()
        let order = try await orderState()
        return try await records.write { writing in
            let pending = try self.pendingOrders(in: order, writing)
            var app = try Self.app(appID, alias: alias, pending, writing).value
            if let block = app.block, purpose != .rotation || !app.allowsRotationSignIn {
                guard let pass, block.pass == pass else { throw ConnectedAppError(block, of: alias) }
                // A pass is good for one sign-in.
                app.block?.pass = nil
                try writing.save(app)
            }
            let result = try act(writing)
            let position = try self.grantLease(since: start, at: now, writing)
            return (result, Admission(appID: appID, position: position, until: start + Lease.term))
        }
    }

    /// Records hand-outs of tokens, each only if its app is not blocked and its records are still those that the caller has
    /// read. All share one transaction, in which each connection is checked once.
    ///
    /// - Returns: The result of each hand-out, in the order of the argument. The errors are ``ConnectedAppError`` with
    ///   `.blocked`, `.recordAltered`, or `.recordChanged` if the records have changed.
    /// - Throws: An error that concerns all hand-outs: the causes of a failing store, or `.blockMayBeLost`.
    func admit(_ handOuts: [HandOut]) async throws -> [Result<Admission, any Error>] {
        try storeIdentity.check()
        let start = surroundings.uptime()
        let now = surroundings.now()
        let order = try await orderState()
        return try await records.write { writing in
            let pending = try self.pendingOrders(in: order, writing)
            var checks: [String: Result<TargetRevisions, any Error>] = [:]
            let checked = try handOuts.map { handOut -> Result<Void, any Error> in
                let check = checks[handOut.alias] ?? Result { try Self.revisions(of: handOut, pending, writing) }
                checks[handOut.alias] = check
                let result = check.flatMap { revisions in
                    revisions == handOut.revisions
                        ? .success(()) : .failure(ConnectedAppError(.recordChanged, subject: handOut.alias))
                }
                if case .success = result { try writing.append(handOut.event) }
                return result
            }
            let position = try self.grantLease(since: start, at: now, writing)
            return zip(handOuts, checked).map { handOut, result in
                result.map { Admission(appID: handOut.appID, position: position, until: start + Lease.term) }
            }
        }
    }

    private static func revisions(
        of handOut: HandOut, _ pending: [BlockOrder], _ writing: CheckedWriting
    ) throws -> TargetRevisions {
        let app = try app(handOut.appID, alias: handOut.alias, pending, writing)
        if let block = app.value.block { throw ConnectedAppError(block, of: handOut.alias) }
        guard let connection = try writing.find(ConnectionRecord.self, handOut.alias) else {
            throw ConnectedAppError(.recordChanged, subject: handOut.alias)
        }
        return TargetRevisions(connection: connection.revision, app: app.revision)
    }

    /// Checks the state of the records, and returns the orders that the store has not applied yet.
    private func pendingOrders(in order: BlockOrderState?, _ writing: CheckedWriting) throws -> [BlockOrder] {
        // Even if this transaction fails, older leases are void from now on.
        see(writing.position)
        try RecordsCheck.checkAudit(writing.position, writing.writing)
        return try writing.pendingOrders(in: order)
    }

    /// Returns an app that no waiting order covers. Its own record may say that it is blocked.
    private static func app(
        _ id: String, alias: String, _ pending: [BlockOrder], _ writing: CheckedWriting
    ) throws -> Revisioned<AppRecord> {
        if let order = pending.first(covering: id) { throw ConnectedAppError(order.block, of: alias) }
        guard let app = try writing.find(AppRecord.self, id) else {
            throw ConnectedAppError(.recordChanged, subject: alias)
        }
        if let held = writing.heldBlocks[id] { throw ConnectedAppError(held, of: alias) }
        return app
    }

    /// Grants this process a lease on the state that the transaction leads to. Nothing may be saved after this.
    ///
    /// - Parameter start: The uptime before the order file was read.
    private func grantLease(since start: Duration, at now: Date, _ writing: CheckedWriting) throws -> RecordsPosition {
        if writing.historyID == nil { writing.historyID = surroundings.randomHex(bytes: 16) }
        let position = writing.position
        try writing.writing.renew(Lease(process: process, name: name, revision: position.revision, renewedAt: now))
        see(position, leaseUntil: start + Lease.term)
        return position
    }

    /// Whether the permission is still valid: this process's lease has not expired, it has seen no newer state of the
    /// records, and the store's file is still the one that it has open.
    func isValid(_ admission: Admission) -> Bool {
        let state = state.withLock { $0 }
        guard state.until != nil, state.position == admission.position, surroundings.uptime() < admission.until
        else { return false }
        // The caller then requests a new lease, which throws the same error.
        do throws(ConnectedAppError) { try storeIdentity.check() } catch { return false }
        return true
    }

    package func lease(for appID: String, alias: String) async throws -> Admission {
        try await admit(appID, alias: alias) { _ in }.1
    }

    /// Returns the permission if it is still valid, or else requests a new one, which throws if the app is blocked by
    /// then.
    func confirm(_ admission: Admission, alias: String) async throws -> Admission {
        if isValid(admission) { return admission }
        return try await admit(admission.appID, alias: alias) { _ in }.1
    }

    /// Returns the check to call before each request with a token of the app. It requests a lease only when it has no
    /// valid one.
    func sendCheck(for appID: String, alias: String) -> SendCheck {
        let lease = Mutex<Admission?>(nil)
        return { [self] in
            let held = lease.withLock { $0 }
            let renewed =
                if let held { try await confirm(held, alias: alias) } else {
                    try await self.lease(for: appID, alias: alias)
                }
            lease.withLock { $0 = renewed }
        }
    }

    /// Records that this process has seen a state of the records, which invalidates leases granted under an older
    /// state.
    ///
    /// - Parameter leaseUntil: The uptime at which a new lease expires; `nil` if none was granted.
    func see(_ position: RecordsPosition, leaseUntil: Duration? = nil) {
        state.withLock { state in
            state.position = max(state.position, position)
            if let leaseUntil { state.until = max(state.until ?? .zero, leaseUntil) }
        }
    }

    /// Records for other processes that this one has seen their changes, or removes its lease if that has expired. It
    /// does not extend the lease. Long-running processes call it about once a second, so that blocks of other processes
    /// need not wait for the lease.
    ///
    /// - Throws: ``ConnectedAppError``: the errors of ``StoreIdentityCheck``, or the causes of a failing store.
    func renewLease() async throws {
        try storeIdentity.check()
        guard let until = state.withLock({ $0.until }) else { return }
        let now = surroundings.now()
        guard surroundings.uptime() < until else { return try await release() }
        let seen = state.withLock { $0.position }
        guard try await records.read({ $0.position }) != seen else { return }
        try await records.write { writing in
            self.see(writing.position)
            try writing.writing.renew(
                Lease(process: self.process, name: self.name, revision: writing.revision, renewedAt: now))
        }
    }

    /// Gives up this process's lease, so that other processes need not wait for it. Permissions granted before are no
    /// longer valid.
    ///
    /// - Throws: The causes of a failing store. The permissions are invalid even then.
    package func release() async throws {
        let held = state.withLock { state -> Bool in
            defer { state.until = nil }
            return state.until != nil
        }
        guard held else { return }
        let process = process
        try await records.write { writing in
            // Another task of this process may have requested a lease since. Then the row belongs to that lease.
            guard self.state.withLock({ $0.until == nil }) else { return }
            try writing.writing.removeLease(of: process)
        }
    }

    /// Checks the conditions for signing that do not depend on the app: the store's file, the master key and the order
    /// file. The readiness check of the server uses it. It writes nothing.
    ///
    /// - Throws: ``ConnectedAppError``, which says why aprity cannot sign for any app.
    func checkSigningConditions() async throws {
        try storeIdentity.check()
        let order = try await orders.state()
        try await records.read { reading in
            // A new store has no mark until its first sign-in.
            guard let mark = reading.orderMark else { return }
            _ = try mark.pendingOrders(in: order)
        }
    }
}

extension ConnectedAppError {
    /// The error `.blocked`: the app of this connection is blocked in aprity.
    init(_ block: Block, of alias: String) {
        self.init(
            .blocked, connection: alias,
            detail: "The app has been blocked in aprity since \(block.orderedAt.ISO8601Format()): \(block.reason)",
            evidence: ["since": block.orderedAt.ISO8601Format(), "reason": block.reason])
    }
}
