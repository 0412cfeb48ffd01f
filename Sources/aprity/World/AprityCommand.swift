internal import ArgumentParser
internal import ConnectedApp
internal import Foundation
internal import Logging

/// A command of ours: it gets its world handed in and says how it ended.
protocol AprityCommand: AsyncParsableCommand, Sendable {
    /// Whether the command only shows something. Such a command ends when nobody reads its output any more.
    static var onlyReads: Bool { get }
    /// Whether it does what it can if this process may open only a few files.
    static var copesWithFewDescriptors: Bool { get }
    /// The log of a command that runs on; `nil` for the others.
    static var logger: Logger? { get }

    var common: CommonOptions { get }
    /// How the result and failures are reported.
    var form: OutputForm { get }

    func perform(_ world: World) async throws -> ExitStatus
}

extension AprityCommand {
    static var onlyReads: Bool { false }
    static var copesWithFewDescriptors: Bool { false }
    static var logger: Logger? { nil }
    var form: OutputForm { common.json ? .json : .text }

    /// Only reached where somebody runs a command without ``CommandRun``.
    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        _ = try await perform(World(environment: environment, output: Output(environment: environment, form: form)))
    }
}
