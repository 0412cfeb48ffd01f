/// Changes the master key of a store.
package struct MasterKeys: Sendable {
    let records: SealedRecords
    let orders: any BlockOrders
    let surroundings: Surroundings

    /// Changes the master key. Other processes that use the store read the file again when they need the new key.
    ///
    /// If the file contains several keys already, because an earlier change was interrupted or kept the former key, no
    /// key is added: everything moves to the first key of the file.
    ///
    /// - Parameters:
    ///   - file: The master key file of this store.
    ///   - resealing: Whether to encrypt everything again under new data keys, for example after a leak.
    ///   - keepingFormer: Whether the former key stays in the file, for other stores that use it.
    ///   - clean: Erases removed data from the store's files. Returns whether that was possible.
    /// - Throws: ``ConnectedAppError``: `.storeBusy` if another process is changing the key, `.configurationMalformed`
    ///   if a key must be added to a file that aprity cannot change, such as a systemd credential, and the causes of
    ///   file and store. After an error, call it again: it continues where it stopped.
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
