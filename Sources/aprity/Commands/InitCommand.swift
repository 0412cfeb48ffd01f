internal import ArgumentParser
internal import ConnectedApp
internal import ConnectedAppSQLite
internal import Foundation

struct InitCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Create the store and the master key.",
        discussion: Help.text(
            """
            The master key is stored apart from the data, so that neither is enough alone. Existing files are kept: \
            running the command again changes nothing.
            """,
            examples: ["aprity init", "aprity init --home /srv/aprity --master-key-file /etc/aprity/master.key"]))

    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    /// The JSON of `--json`. The names must not change.
    struct View: Encodable, Sendable {
        let home: String
        let store: String
        let masterKeyFile: String
        let masterKeyID: String
        let madeStore: Bool
        let madeMasterKey: Bool
    }

    func perform(_ world: World) async throws -> ExitStatus {
        let settings = try Settings(options: store, environment: world.environment)
        try settings.checkPaths()
        try OutputFile.makeFolder(settings.home.value)
        let view =
            FileManager.default.fileExists(atPath: settings.storePath)
            ? try await setUp(settings, world) : try await setUpNew(settings, world)
        try world.output.show(view) {
            [
                "Store:       \(view.store) (\(view.madeStore ? "created" : "exists already"))",
                "Master key:  \(view.masterKeyFile) (\(view.madeMasterKey ? "created" : "exists already"))",
            ]
        }
        if view.madeMasterKey {
            world.output.say(
                "Keep a copy of the master key in a safe place. Without it, no private key can be decrypted.")
        }
        return .done
    }

    /// How long to wait for another process that creates or restores a store in this home.
    private static let patience: Duration = .seconds(5)

    /// Sets up a home without a store, while no other process creates or restores one in it.
    private func setUpNew(_ settings: Settings, _ world: World) async throws -> View {
        try await HomeLock.whileHeld(in: settings.home.value, waiting: Self.patience, World.surroundings) {
            // An empty store would take the place of the one that is being restored.
            if let interrupted = InterruptedRestore(settings.storePath) { throw interrupted.error }
            try StoreDraft.removeAll(beside: settings.storePath)
            return try await setUp(settings, world)
        }
    }

    /// Creates the master key and the store, unless they exist.
    private func setUp(_ settings: Settings, _ world: World) async throws -> View {
        let file = settings.masterKeyFile
        // Never create a new master key for an existing store: nothing in it could be decrypted.
        if FileManager.default.fileExists(atPath: settings.storePath), !file.exists {
            throw ConnectedAppError(.masterKeyMissing, subject: file.path)
        }
        let makesKey = !file.exists
        let ring = makesKey ? try file.create(randomBytes: World.surroundings.randomBytes) : try file.read()
        let made = try await initialise(settings, ring, world)
        return View(
            home: settings.home.value, store: settings.storePath, masterKeyFile: file.path,
            masterKeyID: ring.keys[0].id, madeStore: made, madeMasterKey: makesKey)
    }

    /// Opens or creates the store, and initialises it if it is empty.
    ///
    /// - Returns: Whether it was empty.
    private func initialise(_ settings: Settings, _ ring: MasterKeyRing, _ world: World) async throws -> Bool {
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
