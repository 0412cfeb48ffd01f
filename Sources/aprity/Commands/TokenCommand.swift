internal import ArgumentParser
internal import ConnectedApp

struct TokenCommand: AprityCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Print an access token, for a program that calls the org itself.",
        discussion: Help.text(
            "The token can write everything that the user may write. Give it only to programs that you trust.",
            examples: [
                "aprity token acme --json",
                "aprity token acme > token && chmod 600 token",
            ]))

    @OptionGroup var target: TargetOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var common: CommonOptions

    func perform(_ world: World) async throws -> ExitStatus {
        let view: TokenView
        switch try target.choice(world) {
        case .alias(let alias):
            view = try await world.service(store).tokens.accessToken(for: alias, as: world.principal)
        case .storeless(let connection): view = try await world.storeless().token(for: connection)
        }
        try world.output.show(view) { [view.accessToken] }
        return .done
    }
}
