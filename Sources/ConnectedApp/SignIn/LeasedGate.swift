internal import Foundation
package import JWTBearer
internal import Synchronization

/// The gate of one process on a store that several may share.
///
/// A lease lasts five seconds, counted from before it was requested, and ends as soon as this process sees a newer state of
/// the records. So a block is in force once each process has seen it or has had no lease for five seconds.
package final class LeasedGate: SignInGate {
    let records: SealedRecords
    let orders: any BlockOrders
    let surroundings: Surroundings
    /// Of this run of the process.
    let process: String
    private let name: String
    private let premises: any Premises
    /// See ``RecordsCheck/exported``.
    let exportedCheckpoint: @Sendable (_ historyID: String) -> AuditCheckpoint?
    private let state = Mutex(State())

    private struct State {
        /// The newest state of the records that this process has seen. A lease granted under an older one is void.
        var position = RecordsPosition(generation: 0, revision: 0)
        /// When the last lease ends; `nil` where no row stands in the store.
        var until: Duration?
        /// The last order that this process knows the store to have taken.
        var carriedOut: BlockOrderMark?
    }

    /// - Parameters:
    ///   - premises: Says whether the store that is open is still the one that its path names.
    ///   - name: For people: which machine and process.
    ///   - exportedCheckpoint: The last checkpoint of a history, outside the store; `nil` if there is none.
    package init(
        records: SealedRecords, orders: any BlockOrders, surroundings: Surroundings, name: String,
        premises: any Premises = UncheckedPremises(),
        exportedCheckpoint: @escaping @Sendable (_ historyID: String) -> AuditCheckpoint? = { _ in nil }
    ) {
        self.records = records
        self.orders = orders
        self.surroundings = surroundings
        self.name = name
        self.premises = premises
        self.exportedCheckpoint = exportedCheckpoint
        process = surroundings.randomHex(bytes: 8)
    }

    // MARK: Leave

    /// Runs a transaction for an app that is not blocked, and grants a lease to act on its result.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, `.recordAltered`, and what `act` throws.
    func admit<T: Sendable>(
        _ appID: String, alias: String, pass: String? = nil, purpose: SignInPurpose? = nil,
        _ act: @escaping @Sendable (CheckedWriting) throws -> T
    ) async throws -> (T, Admission) {
        try premises.check()
        // Taken before the order file is read: the lease must expire at most five seconds after that read.
        let start = surroundings.uptime()
        let now = surroundings.now()
        let order = try await orderState()
        return try await records.write { writing in
            // Always, so that no older lease outlives what this transaction read.
            self.see(writing.position)
            try RecordsCheck.checkAudit(writing.position, writing.writing)
            if let pending = try writing.pendingOrders(in: order).first(covering: appID) {
                throw ConnectedAppError(pending.block, of: alias)
            }
            guard var app = try writing.find(AppRecord.self, appID)?.value else {
                throw ConnectedAppError(.recordChanged, subject: alias)
            }
            if let held = writing.heldBlocks[appID] { throw ConnectedAppError(held, of: alias) }
            if let block = app.block, purpose != .rotation || !app.letsRotationSignIn {
                guard let pass, block.pass == pass else { throw ConnectedAppError(block, of: alias) }
                // A pass is good for one sign-in.
                app.block?.pass = nil
                try writing.save(app)
            }
            let result = try act(writing)
            if writing.historyID == nil { writing.historyID = self.surroundings.randomHex(bytes: 16) }
            let position = writing.position
            try writing.writing.renew(
                Lease(process: self.process, name: self.name, revision: position.revision, renewedAt: now))
            self.see(position, leaseUntil: start + Lease.term)
            return (result, Admission(appID: appID, position: position, until: start + Lease.term))
        }
    }

    /// Whether what was allowed then is allowed now.
    func isGood(_ admission: Admission) -> Bool {
        let state = state.withLock { $0 }
        guard state.until != nil, state.position == admission.position, surroundings.uptime() < admission.until
        else { return false }
        // The next request for a lease reports what is wrong.
        do throws(ConnectedAppError) { try premises.check() } catch { return false }
        return true
    }

    package func leave(for appID: String, alias: String) async throws -> Admission {
        try await admit(appID, alias: alias) { _ in }.1
    }

    /// Leave to send or hand out a token, as good as new.
    func confirm(_ admission: Admission, alias: String) async throws -> Admission {
        if isGood(admission) { return admission }
        return try await admit(admission.appID, alias: alias) { _ in }.1
    }

    /// What is asked each time a token of the app is about to be sent. A lease that is still good is used again.
    func permit(for appID: String, alias: String) -> TokenPermit {
        let lease = Mutex<Admission?>(nil)
        return { [self] in
            let held = lease.withLock { $0 }
            let renewed =
                if let held { try await confirm(held, alias: alias) } else {
                    try await leave(for: appID, alias: alias)
                }
            lease.withLock { $0 = renewed }
        }
    }

    /// Makes void whatever leave was given under an older state.
    func see(_ position: RecordsPosition, leaseUntil: Duration? = nil) {
        state.withLock { state in
            state.position = max(state.position, position)
            if let leaseUntil { state.until = max(state.until ?? .zero, leaseUntil) }
        }
    }

    /// To be called about once a second where a process runs on: shows others that it has seen what they changed, and
    /// gives a lease back that nobody uses.
    package func look() async throws {
        try premises.check()
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

    /// Gives the lease back. Nothing may be sent or handed out on former leave after this.
    package func release() async throws {
        let held = state.withLock { state -> Bool in
            defer { state.until = nil }
            return state.until != nil
        }
        guard held else { return }
        let process = process
        try await records.write { writing in
            // Somebody in this process may have asked for leave since; then the row stands for that.
            guard self.state.withLock({ $0.until == nil }) else { return }
            try writing.writing.removeLease(of: process)
        }
    }

    /// - Throws: ``ConnectedAppError``: why nothing could be signed, whatever app it is for.
    func checkPremises() async throws {
        try premises.check()
        let order = try await orders.state()
        try await records.read { reading in
            // A store that has no mark yet gets one with the first sign-in.
            guard let mark = reading.orderMark else { return }
            _ = try mark.pendingOrders(in: order)
        }
    }

    // MARK: Sign-ins

    /// Budgets look back an hour, blocks a day; the audit record has the rest.
    private static let ledgerKept: TimeInterval = 30 * 86_400

    /// More than an unblocking test takes.
    private static let longestTest: TimeInterval = 15 * 60

    /// A token was found dead: there is nothing to revoke any more.
    func forget(_ dead: AccessToken) async {
        let sha256 = dead.fingerprint
        try? await records.write { writing in try writing.writing.forget(tokenSHA256: sha256) }
    }

    package func begin(_ wish: SignInWish) async throws -> SignInPermit {
        let now = surroundings.now()
        let (number, admission) = try await admit(
            wish.appID, alias: wish.alias, pass: wish.pass, purpose: wish.purpose
        ) { writing in
            let ledger = writing.writing
            try wish.budget.check(wish.purpose, of: wish.accounts, now: now, ledger)
            try RefusalBreaker.check(wish.party, through: wish.egress, for: wish.purpose, now: now, ledger)
            if wish.pass != nil {
                try writing.append(
                    AuditEvent(time: now, principal: wish.principal, act: .unblockPassUsed, connection: wish.alias))
            }
            try ledger.forgetSignIns(before: now.addingTimeInterval(-Self.ledgerKept))
            return try ledger.begin(
                SignInEntry(
                    account: wish.accounts[0], appID: wish.appID, egress: wish.egress, purpose: wish.purpose,
                    startedAt: now))
        }
        return SignInPermit(number: number, wish: wish, admission: admission)
    }

    package func confirm(_ permit: SignInPermit) async throws {
        if isGood(permit.admission) { return }
        // A pass lets one sign-in begin. If its lease expired before it was sent, the block holds again.
        _ = try await admit(permit.wish.appID, alias: permit.wish.alias, purpose: permit.wish.purpose) { _ in }
    }

    package func finish(_ permit: SignInPermit, _ outcome: SignInOutcome, token: AccessToken?) async throws {
        let wish = permit.wish
        let now = surroundings.now()
        let randomBytes = surroundings.randomBytes
        var facts = ["purpose": wish.purpose.rawValue]
        facts["tokenSHA256"] = token?.fingerprint
        let event = AuditEvent(
            time: now, principal: wish.principal, act: .signedIn, connection: wish.alias,
            outcome: outcome.kind == .granted ? "done" : outcome.code, facts: facts)
        try await records.write { writing in
            try writing.writing.finish(permit.number, outcome)
            if wish.purpose == .use, outcome.kind != .unanswered {
                let code = outcome.kind == .granted ? nil : outcome.code
                try writing.note(
                    ConnectionEvidence.SignIn(time: now, code: code), of: wish.alias, as: wish.principal)
            }
            if let token {
                try writing.writing.forgetHeldTokens(firstSeenBefore: now.addingTimeInterval(-OutstandingToken.kept))
                // The org may hand out the same token again; what was decided about it stays.
                if try !writing.writing.hasOutstandingToken(sha256: token.fingerprint) {
                    let held = try OutstandingToken(
                        token, appID: wish.appID, alias: wish.alias, firstSeen: now, ring: writing.ring,
                        randomBytes: randomBytes)
                    // Of a sign-in that was under way when the block came, or of a probe in spite of it. An unblocking test
                    // needs its token a while, and revokes it itself unless it is killed.
                    let isUnwanted = try writing.find(AppRecord.self, wish.appID)?.value.block != nil
                    let due = wish.pass == nil ? now : now.addingTimeInterval(Self.longestTest)
                    try writing.keep(isUnwanted ? held.toBeRevoked(due) : held)
                }
            }
            try writing.append(event)
        }
    }

    package func withdraw(_ permit: SignInPermit) async {
        try? await records.write { writing in try writing.writing.withdraw(permit.number) }
    }

    // MARK: Orders

    /// Reads the order file and tries to apply a pending order to the store.
    ///
    /// - Returns: `nil` if the file is missing and should be there.
    private func orderState() async throws -> BlockOrderState? {
        guard let order = try await orders.state() else {
            let isMarked = try await records.read { $0.orderMark != nil }
            return isMarked ? nil : try await orders.establish()
        }
        do { try await carryOut(order) } catch {
            // The store cannot be written now. The caller's transaction refuses every app that the order covers.
        }
        return order
    }

    /// Applies a pending order to the store, and blocks that wait for their app's record.
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
                    // The record is still altered.
                }
            }
        }
    }

    /// Applies an order to the store unless the store has it already.
    private func carryOut(_ state: BlockOrderState) async throws {
        guard !state.orders.isEmpty else { return }
        let mark = BlockOrderMark(fileID: state.fileID, carriedOut: state.number)
        if self.state.withLock({ $0.carriedOut }) == mark { return }
        let isPending = try await records.read { reading in
            try !StoreOrderMark(reading.orderMark).waitingOrders(in: state).isEmpty
        }
        if isPending { _ = try await apply(state.orders, of: state, alias: nil) }
        self.state.withLock { $0.carriedOut = mark }
    }

    // MARK: Blocks

    /// Writes blocks into the store, and which tokens are to be revoked, in one transaction.
    ///
    /// An app that is already blocked keeps the first order's reason and times. Its unblocking pass becomes void, and an
    /// unblocking that has begun fails.
    ///
    /// - Parameter state: The order file's state that they come from; `nil`: the file could not be written.
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if the records were rolled back, unless an order covers every
    ///   app, and a failing store's causes.
    func apply(_ orders: [BlockOrder], of state: BlockOrderState?, alias: String?) async throws -> StoredBlocks {
        let now = surroundings.now()
        let check = RecordsCheck(exported: exportedCheckpoint)
        let historyID = surroundings.randomHex(bytes: 16)
        let stored = try await records.write { writing in
            var isRolledBack = false
            if let last = orders.last, orders.coverEveryApp {
                isRolledBack = try writing.acceptRecords(check, historyID: historyID, as: last.principal, at: now)
            } else {
                try check.check(writing.position, writing.historyID, writing.writing)
            }
            // Another process may have been faster.
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
        for id in order.appIDs ?? writing.ids(of: AppRecord.self) {
            for token in try writing.writing.outstandingTokens(of: id) { try writing.keep(token.toBeRevoked(now)) }
            var app: AppRecord
            do {
                guard let found = try writing.find(AppRecord.self, id)?.value else { continue }
                app = found
            } catch let error as ConnectedAppError where error.cause == .recordAltered {
                // It may be put back; then the block applies.
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

    /// Waits until every other process has seen the blocks or its lease has expired.
    ///
    /// - Parameter start: The uptime when they were on disk. Leases granted before it are not renewed.
    func othersHaveSeen(_ blocks: StoredBlocks, since start: Duration) async throws {
        guard !blocks.leasesAreUnknown else { return try await leavesHaveEnded(since: start) }
        let (process, revision) = (process, blocks.revision)
        while true {
            let behind = try await records.read { reading in
                try reading.reading.leases().filter { $0.process != process && $0.revision < revision }
            }
            if behind.isEmpty { return }
            guard surroundings.uptime() - start < Self.longestLeave else {
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
    func leavesHaveEnded(since start: Duration) async throws {
        let left = Self.longestLeave - (surroundings.uptime() - start)
        if left > .zero { try await surroundings.sleep(left) }
    }

    /// Makes this process's own leave void.
    func giveUpLeave() { state.withLock { $0.until = nil } }

    /// A lease's term, plus a margin because two machines' clocks may run at different speeds.
    private static let longestLeave = Lease.term + .milliseconds(250)
}

/// Blocks that the store holds.
struct StoredBlocks: Sendable {
    /// A process that has seen this revision of the records knows of them.
    let revision: Int
    /// The records were rolled back, so the store may not list every lease.
    let leasesAreUnknown: Bool
}

extension CheckedWriting {
    /// The orders that this store has not applied yet. Gives a store without a mark its mark.
    ///
    /// - Throws: As ``BlockOrderMark/pendingOrders(in:)`` does.
    fileprivate func pendingOrders(in state: BlockOrderState?) throws -> [BlockOrder] {
        if let orderMark { return try orderMark.pendingOrders(in: state) }
        guard let state else { throw ConnectedAppError.orderFileAltered("The block order file is missing.") }
        orderMark = BlockOrderMark(
            fileID: state.fileID, carriedOut: state.orders.isEmpty ? state.number : state.number - 1)
        return state.orders
    }
}

extension ConnectedAppError {
    /// The app that this connection hangs on is blocked.
    init(_ block: Block, of alias: String) {
        self.init(
            .blocked, subject: alias,
            detail: "The app is blocked in aprity since \(block.orderedAt.ISO8601Format()): \(block.reason)",
            evidence: ["since": block.orderedAt.ISO8601Format(), "reason": block.reason])
    }
}
