internal import ArgumentParser
internal import ConnectedApp

struct ConfigCommand: AprityCommand {
    static let onlyReads = true

    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show each setting and where it comes from.",
        discussion: Help.text(
            "Options override the environment, which overrides the configuration file, which overrides defaults. "
                + "Secrets are not shown.",
            examples: [
                "aprity config", "aprity config --home /srv/aprity --json",
                "aprity config --host acme.my.salesforce.com",
            ]))

    @Option(help: ArgumentHelp("Also show which proxy is used for this host, and why.", valueName: "url")) var host:
        String?

    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let settings = try Settings(options: store, environment: world.environment, mayLackHome: true)
        if let lack = settings.missingPaths { world.output.warn("\(lack.description) \(lack.remedy)") }
        let network = NetworkSettings(environment: world.environment)
        let all =
            try settings.all + ServingSettings(environment: world.environment).all
            + NoticeSettings(environment: world.environment).all
            + MetricsSettings(environment: world.environment).all
            + [GivenSettings(environment: world.environment)[.rehearsalClock].shown]
        let shown = if let host { [try network.route(to: host)] + all } else { all }
        try world.output.show(shown) {
            Columns.lines(["SETTING", "VALUE", "SOURCE"], shown.map { [$0.name, $0.value, $0.source] })
        }
        for error in network.errors {
            world.output.warn("aprity cannot reach any org until this is corrected: \(error.description)")
        }
        let shownErrors = Set(network.errors.map(\.description))
        for error in try await Self.errors(settings, world) where !shownErrors.contains(error.description) {
            world.output.warn("\(error.description) \(error.remedy)")
        }
        if let lack = network.missingHashesWarning { world.output.warn(lack) }
        let ignored = network.ignoredExceptions
        for entry in ignored.entries {
            world.output.warn(
                "\(ignored.source): \(entry) is not a host, domain, address or network and is ignored.")
        }
        return .done
    }

    /// The errors that commands report because of the port, the start token, the key stores and the receivers of notices.
    private static func errors(_ settings: Settings, _ world: World) async throws -> [ConnectedAppError] {
        var errors: [ConnectedAppError] = []
        do throws(ConnectedAppError) { try settings.checkPort() } catch { errors.append(error) }
        do throws(ConnectedAppError) { _ = try settings.hasNoStartToken() } catch { errors.append(error) }
        do throws(ConnectedAppError) { try settings.keyStores.check() } catch { errors.append(error) }
        do { _ = try await world.noticeChannels() } catch let error as ConnectedAppError { errors.append(error) }
        return errors
    }
}
