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
    struct View: Encodable {
        let home: String
        let store: String
        let masterKeyFile: String
        let masterKeyID: String
        let madeStore: Bool
        let madeMasterKey: Bool
    }

    func perform(_ world: World) async throws -> ExitStatus {
        let settings = try Settings(options: store, environment: world.environment)
        let file = settings.masterKeyFile
        try settings.checkPaths()
        let hasStore = FileManager.default.fileExists(atPath: settings.storePath)
        // Never create a new master key for an existing store: nothing in it could be decrypted.
        if hasStore, !file.exists { throw ConnectedAppError(.masterKeyMissing, subject: file.path) }
        let makesKey = !file.exists
        let ring = makesKey ? try file.create(randomBytes: World.surroundings.randomBytes) : try file.read()
        try OutputFile.makeFolder(settings.home.value)
        let opened = try await world.store(at: settings.storePath)
        let records = SealedRecords(store: opened, ring: ring)
        let made = try await records.initialise(historyID: World.surroundings.randomHex(bytes: 16))
        if made {
            // Create the block order file now, while there is space for it.
            let orders = try await world.orders(settings, ring).createIfMissing()
            let event = AuditEvent(
                time: World.surroundings.now(), principal: world.principal, act: .storeInitialised, connection: nil)
            try await records.write { writing in
                writing.orderMark = BlockOrderMark(fileID: orders.fileID, carriedOut: orders.number)
                try writing.append(event)
            }
        }
        let view = View(
            home: settings.home.value, store: settings.storePath, masterKeyFile: file.path,
            masterKeyID: ring.keys[0].id,
            madeStore: made, madeMasterKey: makesKey)
        try world.output.show(view) {
            [
                "Store:       \(view.store) (\(made ? "created" : "exists already"))",
                "Master key:  \(view.masterKeyFile) (\(makesKey ? "created" : "exists already"))",
            ]
        }
        if makesKey {
            world.output.say(
                "Keep a copy of the master key in a safe place. Without it, no private key can be decrypted.")
        }
        return .done
    }
}
