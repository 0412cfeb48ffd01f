internal import ArgumentParser
internal import ConnectedApp
internal import Foundation

/// A command of ours: it gets its world handed in and says how it ended.
protocol AprityCommand: AsyncParsableCommand {
    /// Whether the command only shows something. Such a command ends when nobody reads its output any more.
    static var onlyReads: Bool { get }
    /// Whether it does what it can if this process may open only a few files.
    static var copesWithFewDescriptors: Bool { get }

    func perform(_ world: World) async throws -> ExitStatus
}

extension AprityCommand {
    static var onlyReads: Bool { false }
    static var copesWithFewDescriptors: Bool { false }

    /// Only reached where somebody runs a command without ``CommandRun``.
    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        _ = try await perform(World(environment: environment, output: Output(environment: environment, json: false)))
    }
}
