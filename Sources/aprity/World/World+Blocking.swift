internal import ConnectedApp
internal import ConnectedAppHTTP
internal import ConnectedAppSQLite
internal import Foundation
internal import Logging

extension World {
    /// Returns the service for `aprity block`, which works whatever else is broken, as long as there is a store and its
    /// master key, except in a rehearsal with a connection to another org.
    ///
    /// - Throws: ``ConnectedAppError``: `.notInitialised`, `.homeClosed`, the causes of an unreadable master key, and
    ///   `.configurationMalformed` in such a rehearsal, or if the configuration file, which says where the store is,
    ///   cannot be parsed.
    func serviceForBlocking(_ options: StoreOptions) async throws -> AppService {
        let settings = try Settings(options: options, environment: environment)
        try PathAccess.check(folder: settings.home.value)
        try PathAccess.check(file: settings.masterKeyFile.path)
        guard access(settings.storePath, F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno) else {
            throw ConnectedAppError.noStore(at: settings.storePath)
        }
        let store = DeferredSQLiteStore(path: settings.storePath, auditWriter: Self.auditWriter)
        await opened.keep(store)
        let ring = try masterKeyForBlocking(settings).read()
        let records = SealedRecords(store: store, ring: ring)
        try await rejectRehearsal(records)
        let gate = gate(records, settings, ring, UncheckedStoreIdentity())
        let service = AppService(
            records: records, gate: gate, audit: store,
            keys: await orWarn("Keys outside the store cannot be used") {
                try settings.keyStores.makeKeyStores(ring, environment)
            } ?? SealedKeyStore(ring: ring, surroundings: surroundings),
            transports: await networkForBlocking(), surroundings: surroundings, pullFolder: settings.pullFolder,
            trail: await orWarn("No audit checkpoint is signed") { try await trail(store, settings) })
        await opened.keep(gate, service, settings)
        return service
    }

    /// Returns the master key file, even if others can read it: an exposed key is a reason to block.
    func masterKeyForBlocking(_ settings: Settings) -> MasterKeyFile {
        if let exposure = settings.masterKeyFile.exposure {
            output.warn(
                "\(exposure.description) aprity uses it for blocking only. \(exposure.remedy)")
        }
        return settings.masterKeyFile.forBlocking
    }

    /// Creates a part that blocking can work without. A malformed setting must not prevent a block, so it becomes a
    /// warning.
    ///
    /// - Parameter consequence: What the command does not do without this part.
    private func orWarn<Part>(_ consequence: String, _ make: () async throws -> Part) async -> Part? {
        do { return try await make() } catch {
            output.warn("\(consequence): \((error as? ConnectedAppError)?.description ?? "\(error)")")
            return nil
        }
    }

    /// Returns the network. If the rehearsal setting is malformed, or too few files may be open, nothing is sent, but the
    /// block still holds.
    private func networkForBlocking() async -> any TransportSource {
        do {
            try DescriptorLimit.ensureLeast()
            return try await transports()
        } catch {
            let trouble = error as? ConnectedAppError ?? ConnectedAppError(.internalError)
            output.warn("Nothing is sent, so no token is revoked: \(trouble.description)")
            return NetworkTransports(proxy: .failure(trouble))
        }
    }
}
