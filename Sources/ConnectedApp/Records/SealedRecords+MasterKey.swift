internal import Foundation

extension SealedRecords {
    /// The id of the store's master key, under which everything new is sealed.
    func masterKeyID() async throws -> String { try await read { $0.masterKeyID } }

    /// Moves all records, and so the store, to another master key, in one transaction. From then on, everything new is
    /// sealed under that key.
    ///
    /// - Parameters:
    ///   - id: The id of a key in the ring.
    ///   - resealing: Whether to encrypt all private keys again under new data keys, even those that are under this
    ///     master key already.
    ///   - event: Called with the number of moved records. Returns an event to record in the same transaction, or
    ///     `nil`.
    /// - Returns: How many records were moved.
    /// - Throws: ``ConnectedAppError`` with `.recordAltered` if a record was altered; nothing is moved then. An altered
    ///   record that protects nothing is removed instead.
    func move(
        toKey id: String, resealing: Bool, _ event: @escaping @Sendable (Int) -> AuditEvent?
    ) async throws -> Int {
        let (ring, target) = (ring, ring.sealing(under: id))
        return try await store.write { writing in
            let checked = try CheckedWriting(
                writing, opener: RecordOpener(ring: ring, values: RecordCache()), known: RegisterCache(), notBefore: nil
            )
            let count = try checked.move(by: target, resealing: resealing)
            if let event = event(count) { try writing.append(event) }
            return count
        }
    }

    /// Moves some outstanding tokens to the store's master key, in one transaction. Repeat until there are no more.
    ///
    /// - Parameters:
    ///   - sha256: The tokens after this hash are moved, sorted by hash; empty for the first call.
    ///   - limit: The maximum number of tokens.
    /// - Returns: The last hash that was read, or `nil` if there are no more tokens; how many tokens were moved.
    func moveTokens(after sha256: String, limit: Int, resealing: Bool) async throws -> (last: String?, moved: Int) {
        let (ring, known) = (ring, RegisterCache())
        return try await store.write { writing in
            let ring = try CheckedWriting(
                writing, opener: RecordOpener(ring: ring, values: RecordCache()), known: known, notBefore: nil
            ).ring
            let tokens = try writing.outstandingTokens(after: sha256, limit: limit)
            var moved = 0
            for token in tokens where resealing || token.isUnderAnother(than: ring.active) {
                // A token that cannot be decrypted cannot be revoked either. It stays unchanged until it is removed.
                guard let changed = try? token.moved(by: ring, resealing: resealing) else { continue }
                try writing.keep(changed)
                moved += 1
            }
            return (tokens.count < limit ? nil : tokens.last?.sha256, moved)
        }
    }

    /// The ids of all master keys that something in the store is sealed under. Ignores tokens that cannot be decrypted.
    func masterKeyIDsInUse() async throws -> Set<String> {
        let ring = ring
        return try await store.read { reading in
            var ids: Set<String> = []
            for kind in RecordKind.allCases { ids.formUnion(try reading.records(of: kind).map(\.masterKeyID)) }
            for record in try reading.records(of: .credential) {
                let credential = try Seal.opened(record, as: CredentialRecord.self, ring: ring)
                if case .sealed(let sealed) = credential.key { ids.insert(sealed.masterKeyID) }
            }
            var last: String? = ""
            while let after = last {
                let tokens = try reading.outstandingTokens(after: after, limit: 1000)
                ids.formUnion(tokens.filter { $0.opens(ring) }.map(\.masterKeyID))
                last = tokens.last?.sha256
            }
            return ids
        }
    }
}

extension CheckedWriting {
    fileprivate func move(by target: MasterKeyRing, resealing: Bool) throws -> Int {
        var count = 0
        for kind in RecordKind.allCases {
            for stored in try writing.records(of: kind) where try move(stored, by: target, resealing: resealing) {
                count += 1
            }
        }
        if register.masterKeyID != target.active.id || register.isChanged {
            try register.save(to: writing, ring: target)
        }
        return count
    }

    /// - Returns: Whether the record was written again.
    private func move(_ stored: StoredRecord, by target: MasterKeyRing, resealing: Bool) throws -> Bool {
        switch stored.key.kind {
        case .credential:
            // The sealed key inside changes, so the revision changes too.
            guard let found = try find(CredentialRecord.self, stored.key.id) else { return false }
            let moved = try found.value.moved(by: target, resealing: resealing)
            guard moved != found.value || stored.masterKeyID != target.active.id else { return false }
            let revision = try register.nextRevision(of: stored.key)
            try writing.put(Seal.sealed(stored.key, revision: revision, body: Seal.json(moved), ring: target))
            return true
        case .connectionSummary, .appSummary, .consumerKeyUse:
            _ = try moveDispensable(stored, by: target)
            // Not counted, because it follows from records that are counted.
            return false
        case .evidence, .testHistory, .apiTokenUse, .clientUse, .lastPull, .gatewayProbe:
            return try moveDispensable(stored, by: target)
        case .app, .connection, .changeWatch, .spreadHistory, .certificateDownload, .approvedApp, .rotation, .doomedKey,
            .outbox, .account, .apiToken, .client, .trustPolicy, .exchangedToken, .signInApp:
            guard stored.masterKeyID != target.active.id else { return false }
            try register.checkAuthentic(stored, ring)
            try writing.put(Seal.sealed(stored.key, revision: stored.revision, body: stored.body, ring: target))
            return true
        case .register, .registerNode:
            return false
        }
    }

    /// Moves a record that protects nothing, or removes it if it was altered, so that it does not prevent the change of the
    /// master key.
    ///
    /// - Returns: Whether the record was written again.
    private func moveDispensable(_ stored: StoredRecord, by target: MasterKeyRing) throws -> Bool {
        guard stored.masterKeyID != target.active.id else { return false }
        do { try register.checkAuthentic(stored, ring) } catch {
            try register.forget(stored.key)
            try writing.remove(stored.key)
            return false
        }
        try writing.put(Seal.sealed(stored.key, revision: stored.revision, body: stored.body, ring: target))
        return true
    }
}

extension CredentialRecord {
    /// As ``RecordValue/moved(by:resealing:)``. A key in another key store is not sealed and stays unchanged.
    package func moved(by ring: MasterKeyRing, resealing: Bool) throws -> CredentialRecord {
        guard case .sealed(let sealed) = key else { return self }
        var moved = self
        moved.key = .sealed(
            try ring.moved(sealed, binding: SealedKeyStore.binding(purpose), resealing: resealing))
        return moved
    }
}
