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

    func perform(_ world: World) async throws -> ExitStatus {
        let view = try await Home(Settings(options: store, environment: world.environment), world).setUp()
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
}
