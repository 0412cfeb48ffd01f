internal import ArgumentParser
internal import ConnectedApp

struct ConfigCommand: AprityCommand {
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show each setting and where it comes from.",
        discussion: Help.text(
            "Flags win over the environment, that over the configuration file, that over defaults. Secrets are not shown.",
            examples: ["aprity config", "aprity config --home /srv/aprity --json"]))

    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let settings = try Settings(options: store, environment: world.environment, mayLackHome: true)
        if let lack = settings.lack { world.output.warn("\(lack.description) \(lack.remedy)") }
        let all =
            settings.all + NoticeSettings(environment: world.environment).all
            + MetricsSettings(environment: world.environment).all + [Rehearsal.setting(world.environment)]
        try world.output.show(all) {
            Columns.lines(["SETTING", "VALUE", "SOURCE"], all.map { [$0.name, $0.value, $0.source] })
        }
        return .done
    }
}
