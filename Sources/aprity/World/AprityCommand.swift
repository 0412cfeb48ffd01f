internal import ArgumentParser
internal import ConnectedApp
internal import Foundation
internal import Logging

/// A command of aprity, which receives its world and returns its exit status.
///
/// The names of its options and of the properties that it prints with `--json` are a contract; docs/commands.md and
/// docs/json.md describe them.
protocol AprityCommand: AsyncParsableCommand, Sendable {
    /// Whether the command can do its work without writing to the store. Such a command ends when the reader of its output
    /// goes away.
    static var onlyReads: Bool { get }
    /// Whether the command still runs if this process may open only a few files.
    static var copesWithFewDescriptors: Bool { get }
    /// The logger of a command that keeps running; `nil` for other commands.
    static var logger: Logger? { get }

    var common: CommonOptions { get }
    /// The form in which the result and failures are reported.
    var form: OutputForm { get }

    /// Performs the command. ``CommandRun`` reports what it throws and closes the world.
    ///
    /// - Throws: ``ConnectedAppError``; `ValidationError`, which is wrong usage; `CancellationError` after a signal;
    ///   ``NagiosEnd``. Any other error is a bug.
    func perform(_ world: World) async throws -> ExitStatus
}

extension AprityCommand {
    static var onlyReads: Bool { false }
    static var copesWithFewDescriptors: Bool { false }
    static var logger: Logger? { nil }
    var form: OutputForm { common.json ? .json : .text }

    /// Called only if a command is run without ``CommandRun``.
    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        _ = try await perform(World(environment: environment, output: Output(environment: environment, form: form)))
    }
}
