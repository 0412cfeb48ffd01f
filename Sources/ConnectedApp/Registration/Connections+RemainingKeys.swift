package import Foundation

/// A key that is no longer needed, but not destroyed yet.
package struct RemainingKey: Sendable, Equatable {
    /// The connection whose removal or change made the key unnecessary.
    package let alias: String
    /// Whether there is no connection of this name any more.
    package let isConnectionRemoved: Bool
    package let keyStore: KeyStoreKind
    /// When the key became unnecessary.
    package let since: Date
}

extension Connections {
    /// The keys that could not be destroyed yet, the oldest first.
    package func remainingKeys(as principal: Principal) async throws -> [RemainingKey] {
        let keys = try await records.read { reading in
            try reading.intact(KeyToDestroy.self).map { stored in
                let key = stored.value
                return RemainingKey(
                    alias: key.alias,
                    isConnectionRemoved: try reading.find(ConnectionRecord.self, key.alias) == nil,
                    keyStore: key.key.map(KeyStoreKind.init) ?? .sealed, since: key.since)
            }
        }
        return keys.sorted { ($0.since, $0.alias) < ($1.since, $1.alias) }
    }

    /// Tries again to destroy all keys that could not be destroyed. Does nothing if there are none.
    ///
    /// - Throws: ``ConnectedAppError`` with the cause why a key could still not be destroyed.
    package func destroyRemainingKeys(as principal: Principal) async throws {
        try await keyDestruction.destroy(as: principal)
    }

    /// Tries again to destroy the keys of a removed connection that could not be destroyed. If there are any, also
    /// tries those of other connections.
    ///
    /// - Returns: `false` if no key waits to be destroyed because of the removal of this alias.
    /// - Throws: ``ConnectedAppError`` with the cause why a key could still not be destroyed.
    package func finishRemoval(of alias: String, as principal: Principal) async throws -> Bool {
        guard try await keyDestruction.all().contains(where: { $0.alias == alias }) else { return false }
        try await keyDestruction.destroy(as: principal)
        return true
    }
}
