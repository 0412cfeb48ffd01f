internal import Foundation

/// What a transaction has saved or removed and lists show.
struct SummaryChanges {
    /// How the rotation of an app was changed.
    enum RotationChange {
        /// The raw value of the name of its state.
        case saved(String)
        case removed
    }

    /// The aliases of changed connections, each with the ids of the apps from which it was removed.
    var connections: [String: Set<String>] = [:]
    /// The ids of changed apps.
    var apps: Set<String> = []
    var rotations: [String: RotationChange] = [:]

    mutating func note(_ value: some RecordValue, isRemoved: Bool = false) {
        switch value {
        case let connection as ConnectionRecord:
            connections[connection.alias.description, default: []].formUnion(isRemoved ? [connection.appID] : [])
        case let evidence as ConnectionEvidence: note(connection: evidence.alias)
        case let app as AppRecord: apps.insert(app.id)
        case let credential as CredentialRecord: apps.insert(credential.appID)
        case let pull where type(of: pull).kind == PullOutcome.kind: note(connection: pull.recordID)
        default:
            guard let rotation = value.summarizedRotation else { return }
            apps.insert(rotation.appID)
            rotations[rotation.appID] = isRemoved ? .removed : .saved(rotation.state)
        }
    }

    mutating func note(connection alias: String) { connections[alias, default: []].formUnion([]) }
}

extension CheckedWriting {
    /// Writes the summaries of what this transaction has changed.
    ///
    /// A record that was altered gets no summary, so lists read it and report it.
    func updateSummaries() throws {
        let changes = summaryChanges
        summaryChanges = SummaryChanges()
        for (alias, appIDs) in changes.connections { try updateSummary(of: alias, removedFrom: appIDs) }
        for appID in changes.apps { try updateSummary(ofApp: appID, changes.rotations[appID]) }
    }

    private func updateSummary(of alias: String, removedFrom appIDs: Set<String>) throws {
        for appID in appIDs { try removeIfPresent(RecordKey(.connectionSummary, ConnectionSummary.id(appID, alias))) }
        guard let connection = try usable(ConnectionRecord.self, alias) else { return }
        try put(
            ConnectionSummary(
                connection, try usable(ConnectionEvidence.self, alias), try usable(PullOutcome.self, alias)))
    }

    private func updateSummary(ofApp appID: String, _ change: SummaryChanges.RotationChange?) throws {
        let former = try usable(AppSummary.self, appID)?.value
        let summary = try summary(ofApp: appID, former, change)
        if let key = former?.consumerKey, key != summary?.consumerKey {
            try removeIfPresent(RecordKey(.consumerKeyUse, ConsumerKeyUse(key, appID: appID).recordID))
        }
        guard let summary else { return try removeIfPresent(RecordKey(.appSummary, appID)) }
        if summary != former { try put(summary) }
        guard let key = summary.consumerKey, former?.consumerKey != key else { return }
        try put(ConsumerKeyUse(key, appID: appID))
    }

    /// - Returns: `nil` if the app was removed, or if a record was altered or cannot be used.
    private func summary(
        ofApp appID: String, _ former: AppSummary?, _ change: SummaryChanges.RotationChange?
    ) throws -> AppSummary? {
        let rotation: String?
        switch change {
        case .saved(let state): rotation = state
        case .removed: rotation = nil
        case nil:
            // Without a former summary, the state of an existing rotation is not known here.
            if former == nil, try register.revision(of: RecordKey(.rotation, appID)) != nil { return nil }
            rotation = former?.rotation
        }
        guard let app = try usable(AppRecord.self, appID),
            let credential = try usable(CredentialRecord.self, app.value.activeCredentialID)
        else { return nil }
        // A certificate that cannot be read is reported by the list, which then reads the credential.
        return try? AppSummary(app, credential, rotation: rotation)
    }

    /// - Returns: `nil` if there is no such record, or if it was altered or cannot be decoded.
    private func usable<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        // Throws if the register was altered. Only an altered record is left out.
        guard try expects(type, id) else { return nil }
        do { return try find(type, id) } catch let error as ConnectedAppError
            where [.recordAltered, .masterKeyWrong, .storeDamaged].contains(error.cause)
        {
            return nil
        }
    }

    private func put(_ value: some RecordValue) throws {
        let key = RecordKey(type(of: value).kind, value.recordID)
        let revision = try register.nextRevision(of: key)
        try writing.put(Seal.sealed(key, revision: revision, body: Seal.json(value), ring: ring))
    }

    private func removeIfPresent(_ key: RecordKey) throws {
        guard try register.revision(of: key) != nil || writing.record(key) != nil else { return }
        try register.forget(key)
        try writing.remove(key)
    }
}
