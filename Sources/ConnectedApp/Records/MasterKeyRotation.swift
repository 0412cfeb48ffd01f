internal import Foundation

/// Changes the master key of a store, while other processes use the store.
///
/// The new key is added to the file before anything is sealed under it. The former key is removed when nothing is
/// sealed under it any more. So the keys in the file can always decrypt everything, even after an interruption. File
/// and store show how far the change has come; running it again continues from there.
struct MasterKeyRotation: Sendable {
    /// The steps, in their order. Each is named after what has been done.
    enum Step: String, CaseIterable, Sendable {
        case begun, keyAdded, recordsMoved, tokensMoved
        /// It was checked that nothing is sealed under another key than the new one.
        case proven
        /// The removal of the former key was recorded in the audit record.
        case recorded
        case cleaned
        /// The former key was removed from the file, unless it is to be kept or the file cannot be changed.
        case formerKeyDropped
    }

    let file: MasterKeyFile
    let records: SealedRecords
    let orders: any BlockOrders
    let surroundings: Surroundings
    let principal: Principal
    /// Erases removed data from the store's files. Returns whether that was possible.
    let clean: @Sendable () async -> Bool
    /// Called after each step. If it throws, the run ends there. For tests, which interrupt the change.
    var onStep: @Sendable (Step) async throws -> Void = { _ in }

    /// Changes the master key, or completes an earlier change. Parameters and errors are those of
    /// ``MasterKeys/rotate(in:resealing:keepingFormer:clean:as:)``.
    func run(resealing: Bool, keepingFormer: Bool) async throws -> MasterKeyRotationView {
        try await file.withExclusiveLock { try await runAlone(resealing: resealing, keepingFormer: keepingFormer) }
    }

    private func runAlone(resealing: Bool, keepingFormer: Bool) async throws -> MasterKeyRotationView {
        let former = try await records.masterKeyID()
        try await onStep(.begun)
        let isResumed = try file.keys().count > 1
        if !isResumed { try addKey() }
        try await onStep(.keyAdded)
        // The ring must know the new key before anything is sealed under it.
        if let error = records.ring.refresh() { throw error }
        let target = try file.keys()[0].id
        let moved = try await moveRecords(from: former, to: target, resealing: resealing)
        try await orders.reseal()
        try await onStep(.recordsMoved)
        let tokens = try await moveTokens(resealing: resealing)
        try await onStep(.tokensMoved)
        let inUse = try await records.masterKeyIDsInUse()
        guard inUse == [target] else {
            throw ConnectedAppError(.internalError, evidence: ["underKeys": inUse.sorted().joined(separator: ",")])
        }
        try await onStep(.proven)
        let outcome = try await dropKeys(otherThan: target, keeping: keepingFormer)
        return MasterKeyRotationView(
            masterKeyID: target, formerKeyID: former == target ? nil : former, wasResumed: isResumed,
            isResealed: resealing, records: moved, tokens: tokens, isFormerKeyDropped: outcome.dropped,
            isStoreCleaned: outcome.cleaned, signingKeysToRotate: resealing ? try await signingKeys() : [])
    }

    private func addKey() throws(ConnectedAppError) {
        guard file.isReplaceable else {
            throw ConnectedAppError(
                .configurationMalformed, subject: file.path,
                detail: """
                    The master key file is mounted or a systemd credential, so aprity does not change it. At its source, add a line \
                    with a new key before the present one. Restart aprity, then run this command again.
                    """)
        }
        try file.add(surroundings.randomBytes(32))
    }

    private func moveRecords(from former: String, to target: String, resealing: Bool) async throws -> Int {
        let (now, principal) = (surroundings.now(), principal)
        return try await records.move(toKey: target, resealing: resealing) { count in
            guard count > 0 || former != target else { return nil }
            return AuditEvent(
                time: now, principal: principal, act: .masterKeyRotated, connection: nil,
                facts: ["from": former, "to": target, "records": String(count), "resealed": String(resealing)])
        }
    }

    private func moveTokens(resealing: Bool) async throws -> Int {
        var (last, moved): (String?, Int) = ("", 0)
        while let after = last {
            let portion = try await records.moveTokens(after: after, limit: 200, resealing: resealing)
            moved += portion.moved
            last = portion.last
        }
        return moved
    }

    /// Erases removed data, which may be sealed under former keys, from the store's files, and removes these keys from the
    /// master key file.
    ///
    /// - Returns: Whether keys were removed, and whether the files could be erased.
    private func dropKeys(otherThan target: String, keeping: Bool) async throws -> (dropped: Bool, cleaned: Bool) {
        let rest = try file.keys().map(\.id).filter { $0 != target }
        let drops = !keeping && !rest.isEmpty && file.isReplaceable
        if drops {
            let (now, principal) = (surroundings.now(), principal)
            try await records.write { writing in
                try writing.append(
                    AuditEvent(
                        time: now, principal: principal, act: .masterKeyDropped, connection: nil,
                        facts: ["keys": rest.joined(separator: ",")]))
            }
        }
        try await onStep(.recorded)
        let cleaned = await clean()
        try await onStep(.cleaned)
        if drops {
            try file.removeAll(except: target)
            // A process that did not know the new key may have written a block order under the former one. The ring of
            // this process still has that key.
            try await orders.reseal()
        }
        try await onStep(.formerKeyDropped)
        return (drops, cleaned)
    }

    /// The aliases of the connections whose private keys are sealed in the store.
    private func signingKeys() async throws -> [String] {
        try await records.read { reading in
            let apps = Set(
                try reading.all(CredentialRecord.self).filter {
                    if case .sealed = $0.value.key { true } else { false }
                }.map(\.value.appID))
            return try reading.all(ConnectionRecord.self).map(\.value).filter { apps.contains($0.appID) }
                .map(\.alias.description)
        }
    }
}
