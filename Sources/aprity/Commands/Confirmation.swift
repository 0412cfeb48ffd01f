internal import ConnectedApp
internal import Foundation

/// Asks for confirmation before a destructive step. Without a terminal, `--yes` is required.
enum Confirmation {
    /// Returns if the user confirms.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage` if there is no terminal or the user does not confirm; the errors
    ///   of ``TerminalLine/isYes()``.
    static func ask(_ question: String, _ output: Output) throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ConnectedAppError(
                .usage, detail: "There is no terminal to ask for confirmation.",
                remedy: "Run the command at a terminal, or with --yes.")
        }
        output.say(question + " [y/N]")
        guard try TerminalLine.isYes() else {
            throw ConnectedAppError(
                .usage, detail: "You did not confirm, so nothing was done.",
                remedy: "To confirm, run the command again and enter y.")
        }
    }
}
