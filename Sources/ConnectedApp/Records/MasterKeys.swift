/// Puts a store under another master key.
package struct MasterKeys: Sendable {
    let records: SealedRecords
    let orders: any BlockOrders
    let surroundings: Surroundings

    /// Puts the store under a new master key. Other processes on the store follow by themselves.
    ///
    /// - Parameters:
    ///   - resealing: Encrypt everything anew under new data keys: for after a leak.
    ///   - keepingFormer: Leave the former key in the file, for other stores that use it.
    ///   - clean: Tidies the store up; returns whether that could be done.
    package func rotate(
        in file: MasterKeyFile, resealing: Bool, keepingFormer: Bool, clean: @escaping @Sendable () async -> Bool,
        as principal: Principal
    ) async throws -> MasterKeyRotationView {
        try await MasterKeyRotation(
            file: file, records: records, orders: orders, surroundings: surroundings, principal: principal,
            clean: clean
        ).run(resealing: resealing, keepingFormer: keepingFormer)
    }
}
