internal import ConnectedApp
internal import ConnectedAppSQLite
internal import Foundation

/// Sets up the folder with the store, and the master key file beside it.
struct Home {
    private let settings: Settings
    private let world: World

    init(_ settings: Settings, _ world: World) {
        self.settings = settings
        self.world = world
    }

    /// The JSON of `aprity init --json`. The names must not change.
    struct View: Encodable, Sendable {
        let home: String
        let store: String
        let masterKeyFile: String
        let masterKeyID: String
        let madeStore: Bool
        let madeMasterKey: Bool
    }

    /// Whether nothing shows that this home was ever set up. A lost store must not be replaced by an empty one without a
    /// word, so a home with only a master key or a block order file is not new.
    var isNew: Bool {
        let files = FileManager.default
        return !settings.masterKeyFile.exists && !files.fileExists(atPath: settings.storePath)
            && !files.fileExists(atPath: settings.blockOrderPath) && InterruptedRestore(settings.storePath) == nil
    }

    /// Creates what is missing of the folder, the master key and the store. Existing files are kept.
    ///
    /// - Throws: ``ConnectedAppError``: the errors of ``Settings/checkPaths()``; `.masterKeyMissing` if there is a store
    ///   but no master key; an interrupted restore's error; the errors of creating files and opening the store.
    func setUp() async throws -> View {
        try settings.checkPaths()
        try OutputFile.makeFolder(settings.home.value)
        return FileManager.default.fileExists(atPath: settings.storePath) ? try await complete() : try await create()
    }

    /// How long to wait for another process that creates or restores a store in this home.
    private static let patience: Duration = .seconds(5)

    /// Sets up a home without a store, while no other process creates or restores one in it.
    private func create() async throws -> View {
        try await HomeLock.whileHeld(in: settings.home.value, waiting: Self.patience, World.surroundings) {
            // An empty store would take the place of the one that is being restored.
            if let interrupted = InterruptedRestore(settings.storePath) { throw interrupted.error }
            try StoreDraft.removeAll(beside: settings.storePath)
            return try await complete()
        }
    }

    /// Creates the master key and the store, unless they exist.
    private func complete() async throws -> View {
        let file = settings.masterKeyFile
        // Never create a new master key for an existing store: nothing in it could be decrypted.
        if FileManager.default.fileExists(atPath: settings.storePath), !file.exists {
            throw file.missing
        }
        let makesKey = !file.exists
        let ring = makesKey ? try file.create(randomBytes: World.surroundings.randomBytes) : try file.read()
        let made = try await initialise(ring)
        return View(
            home: settings.home.value, store: settings.storePath, masterKeyFile: file.path,
            masterKeyID: ring.keys[0].id, madeStore: made, madeMasterKey: makesKey)
    }

    /// Opens or creates the store, and initialises it if it is empty.
    ///
    /// - Returns: Whether it was empty.
    private func initialise(_ ring: MasterKeyRing) async throws -> Bool {
        let opened = try await world.store(at: settings.storePath)
        let records = SealedRecords(store: opened, ring: ring)
        guard try await records.initialise(historyID: World.surroundings.randomHex(bytes: 16)) else { return false }
        // Create the block order file now, while there is space for it.
        let orders = try await world.orders(settings, ring).createIfMissing()
        let event = AuditEvent(
            time: World.surroundings.now(), principal: world.principal, act: .storeInitialised, connection: nil)
        try await records.write { writing in
            writing.orderMark = BlockOrderMark(fileID: orders.fileID, carriedOut: orders.number)
            try writing.append(event)
        }
        return true
    }
}
