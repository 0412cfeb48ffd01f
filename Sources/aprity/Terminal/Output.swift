internal import ConnectedApp
internal import FileSystem
internal import Foundation
internal import Synchronization
internal import SystemPackage

/// The one place that prints. Data goes to stdout; everything said to a person goes to stderr. Texts that came from an
/// org, a file or the store are made safe for terminals.
///
/// If stdout cannot be written, a command still does its work, and ``CommandRun`` says at the end that the output was lost.
/// Only a command that needs a reader ends when its reader goes away.
final class Output: Sendable {
    /// Whether stdout gets JSON.
    let json: Bool
    private let colours: Bool
    private let isErrorTerminal: Bool
    private let stdout = Mutex(Stdout())

    private struct Stdout {
        /// The first write that failed; nothing is written after it.
        var failure: Errno?
        var needsReader = false
        var onReaderGone: (@Sendable () -> Void)?

        /// What to call because nobody reads any more.
        var action: (@Sendable () -> Void)? { needsReader && failure == .brokenPipe ? onReaderGone : nil }
    }

    init(environment: [String: String], form: OutputForm) {
        json = form == .json
        let plain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        colours = !json && !plain && environment["TERM"] != "dumb" && isatty(STDOUT_FILENO) == 1
        isErrorTerminal = isatty(STDERR_FILENO) == 1
    }

    enum Colour: String {
        case green = "32"
        case red = "31"
        case yellow = "33"
        case dim = "2"
    }

    /// Columns of the terminal that stdout is; `nil` if it is none.
    var columns: Int? { Self.columns(of: STDOUT_FILENO) }

    private static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    func coloured(_ text: String, _ colour: Colour) -> String {
        colours ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    func coloured(_ text: String, _ tone: Tone) -> String {
        switch tone {
        case .good: coloured(text, Colour.green)
        case .warn: coloured(text, Colour.yellow)
        case .bad: coloured(text, Colour.red)
        case .plain: text
        }
    }

    /// Prints a view: as JSON with `--json`, else as `lines` says.
    func show(_ view: some Encodable, lines: () -> [String]) throws {
        if json {
            try document(view)
        } else {
            data(lines().joined(separator: "\n") + "\n")
        }
    }

    /// One JSON document on stdout.
    func document(_ view: some Encodable) throws {
        let text = String(decoding: try ViewJSON.encode(view), as: UTF8.self)
        data(TerminalText.escapedJSON(text) + "\n")
    }

    /// Bytes to stdout as they are.
    func data(_ bytes: some Sequence<UInt8>) {
        change { stdout in
            if stdout.failure == nil { stdout.failure = Self.write(Array(bytes), to: .standardOutput) }
        }
    }

    /// Calls `action` when the reader of stdout goes away (`| head`), if the command needs one.
    func whenReaderLeaves(_ action: @escaping @Sendable () -> Void) { change { $0.onReaderGone = action } }

    /// The command that runs is of no use without a reader. From now on, a reader that leaves is noticed even while nothing is
    /// written.
    func needsReader() {
        change { $0.needsReader = true }
        Thread.detachNewThread { [self] in
            var stdout = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            while poll(&stdout, 1, -1) < 0, errno == EINTR {}
            // Of pipes and sockets only: nobody can read any more.
            guard stdout.revents & Int16(POLLERR) != 0 else { return }
            change { $0.failure = $0.failure ?? .brokenPipe }
        }
    }

    private func change(_ body: (inout Stdout) -> Void) {
        let action = stdout.withLock { stdout in
            body(&stdout)
            return stdout.action
        }
        action?()
    }

    func data(_ text: String) { data(text.utf8) }

    /// Whether the reader of stdout went away because it had read enough.
    var hasLostReader: Bool { stdout.withLock { $0.failure == .brokenPipe } }

    /// Why output was lost; `nil` if all was written, or if the reader went away because it had read enough.
    var loss: String? {
        guard let failure = stdout.withLock({ $0.failure }), failure != .brokenPipe else { return nil }
        return failure.description
    }

    /// Says something to a person, on stderr.
    func say(_ text: String) {
        _ = Self.write(Array((TerminalText.safe(text) + "\n").utf8), to: .standardError)
    }

    /// Says what is going on in a line that the next one takes the place of; `nil` removes it. Only at a terminal.
    func transient(_ text: String?) {
        guard isErrorTerminal, !json else { return }
        let width = max(1, (Self.columns(of: STDERR_FILENO) ?? 80) - 1)
        let line = "\r\u{1B}[K" + TerminalText.safe(text ?? "").prefix(width)
        _ = Self.write(Array(line.utf8), to: .standardError)
    }

    func warn(_ text: String) { say("aprity: warning: " + text) }

    /// A failure: two lines for a person, a problem document for a program.
    func failure(_ error: ConnectedAppError) {
        say("aprity: error: " + error.description + Evidence.quoted(error.evidence, beside: error.description))
        say("aprity: hint: " + error.remedy)
        guard json else { return }
        do { try document(ProblemView(error)) } catch {
            warn("The problem document could not be made.")
        }
    }

    /// - Returns: Why not all was written; `nil` if all was.
    private static func write(_ bytes: [UInt8], to file: FileDescriptor) -> Errno? {
        do throws(Errno) {
            try file.writeWhole(bytes)
            return nil
        } catch { return error }
    }
}

/// `-`, given as an output file.
enum StandardOutput {
    /// - Parameters:
    ///   - path: What was given.
    ///   - option: What it was given for.
    ///   - reason: Why this output does not go there, a sentence.
    /// - Throws: ``ConnectedAppError`` with `.usage` if it is `-`.
    static func refuse(_ path: String, for option: String, _ reason: String) throws(ConnectedAppError) {
        guard path == "-" else { return }
        throw ConnectedAppError(
            .usage, subject: option, detail: reason, remedy: "Give another name, or ./- if it is to be called -.")
    }

    /// The same for a folder that is read or made.
    static func refuseFolder(_ path: String?, for option: String) throws(ConnectedAppError) {
        guard let path else { return }
        try refuse(path, for: option, "This names a folder, so - does not stand for standard input or output.")
    }
}

/// What an error rests on, in one line: the org's own words, then the other facts, shortened.
enum Evidence {
    private static let orgWords = [
        "error", "errorDescription", "faultString", "errorCode", "message", "errorStatusCode", "errorMessage",
    ]
    /// Characters of one fact.
    private static let longest = 160

    /// - Parameter sentence: What it contains already is not said again.
    static func quoted(_ evidence: [String: String], beside sentence: String) -> String {
        let words = orgWords.compactMap { evidence[$0] }.filter { !$0.isEmpty }.map { "\"\($0)\"" }
        let others = evidence.sorted { $0.key < $1.key }.filter { name, value in
            !orgWords.contains(name) && !value.isEmpty && !sentence.contains(value)
        }
        let facts = others.map { "\($0.key): \(shortened($0.value))" }
        return (words.isEmpty ? "" : " The org said: " + words.joined(separator: ", ") + ".")
            + (facts.isEmpty ? "" : " (\(facts.joined(separator: "; ")))")
    }

    private static func shortened(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard line.count > longest else { return line }
        let start = line.prefix(longest)
        return start + "…" + String(repeating: ")", count: openBrackets(start))
    }

    private static func openBrackets(_ text: Substring) -> Int {
        text.reduce(0) { open, character in
            switch character {
            case "(": open + 1
            case ")": max(0, open - 1)
            default: open
            }
        }
    }
}

/// Makes text safe to print: hidden characters, such as control characters and those that turn the direction of writing,
/// become visible.
enum TerminalText {
    /// Line breaks become visible too: one text is one line.
    static func safe(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "\t" {
                result += " "
            } else if scalar.isHidden {
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Breaks a line between words.
    ///
    /// - Parameters:
    ///   - width: Columns; `nil`: it stays one line.
    ///   - indent: Spaces before each line but the first.
    static func wrapped(_ line: String, width: Int?, indent: Int) -> [String] {
        guard let width, width > indent + 20 else { return [line] }
        var lines: [String] = []
        var current = ""
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            if current.count + 1 + word.count > width, current.contains(where: { $0 != " " }) {
                lines.append(current)
                current = String(repeating: " ", count: indent) + word
            } else {
                current += (current.isEmpty && lines.isEmpty ? "" : " ") + word
            }
        }
        return lines + [current]
    }

    /// JSON text whose strings hold no raw hidden character.
    static func escapedJSON(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar != "\n", scalar.isHidden {
                // Beyond 16 bits, JSON escapes both halves of the pair.
                for unit in scalar.utf16 {
                    let hex = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
