/// Changes the master key of a store.
package struct MasterKeys: Sendable {
    let records: SealedRecords
    let orders: any BlockOrders
    let surroundings: Surroundings

    /// Changes the master key. Other processes that use the store load the new key when they need it. If an earlier
    /// change was interrupted, completes that one.
    ///
    /// - Parameters:
    ///   - file: The master key file of this store.
    ///   - resealing: Whether to encrypt everything again under new data keys, for example after a leak.
    ///   - keepingFormer: Whether the former key stays in the file, for other stores that use it.
    ///   - clean: Erases removed data from the store's files. Returns whether that was possible.
    /// - Throws: ``ConnectedAppError``: `.storeBusy` if another process is changing the key, `.configurationMalformed`
    ///   if the file cannot be changed, and the causes of file and store.
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
