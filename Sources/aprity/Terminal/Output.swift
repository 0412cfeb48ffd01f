internal import ConnectedApp
internal import FileSystem
internal import Foundation
internal import Synchronization
internal import SystemPackage

/// Prints everything. Data goes to stdout, and messages for people go to stderr. Text from an org, a file or the store
/// is made safe for terminals.
///
/// If stdout cannot be written, a command still completes, and ``CommandRun`` reports the lost output at the end. Only
/// a command that needs a reader ends when the reader goes away.
final class Output: Sendable {
    /// Whether stdout receives JSON.
    let json: Bool
    private let colours: Bool
    private let isErrorTerminal: Bool
    private let stdout = Mutex(Stdout())

    private struct Stdout {
        /// The first write that failed; nothing is written after it.
        var failure: Errno?
        var needsReader = false
        var onReaderGone: (@Sendable () -> Void)?

        /// The action to call now; `nil` if the reader is not gone or the command does not need one.
        var action: (@Sendable () -> Void)? { needsReader && failure == .brokenPipe ? onReaderGone : nil }
    }

    /// - Parameter environment: `NO_COLOR`, unless it is empty, and `TERM=dumb` turn colours off.
    init(environment: [String: String], form: OutputForm) {
        json = form == .json
        let plain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        colours = !json && !plain && environment["TERM"] != "dumb" && isatty(STDOUT_FILENO) == 1
        isErrorTerminal = isatty(STDERR_FILENO) == 1
    }

    /// The raw value is the code of the terminal's escape sequence.
    enum Colour: String {
        case green = "32"
        case red = "31"
        case yellow = "33"
        case dim = "2"
    }

    /// The terminal's width in columns; `nil` if stdout is not a terminal.
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

    /// Prints a view: as JSON with `--json`, otherwise the lines.
    func show(_ view: some Encodable, lines: () -> [String]) throws {
        if json {
            try document(view)
        } else {
            data(lines().joined(separator: "\n") + "\n")
        }
    }

    /// Prints a JSON document on stdout.
    func document(_ view: some Encodable) throws {
        let text = String(decoding: try ViewJSON.encode(view), as: UTF8.self)
        data(ViewJSON.escaped(text) + "\n")
    }

    /// Writes bytes to stdout unchanged. After a write that failed, nothing more is written; see ``loss``.
    func data(_ bytes: some Sequence<UInt8>) {
        change { stdout in
            if stdout.failure == nil { stdout.failure = Self.write(Array(bytes), to: .standardOutput) }
        }
    }

    /// Calls `action` when the reader of stdout goes away (`| head`), if the command needs one.
    func whenReaderLeaves(_ action: @escaping @Sendable () -> Void) { change { $0.onReaderGone = action } }

    /// Declares that the command is useless without a reader. From now on, a reader that goes away is detected even
    /// while nothing is written.
    func needsReader() {
        change { $0.needsReader = true }
        Thread.detachNewThread { [self] in
            var stdout = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
            while poll(&stdout, 1, -1) < 0, errno == EINTR {}
            // Only pipes and sockets report this: the reader is gone.
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

    /// Whether the reader of stdout has closed it.
    var hasLostReader: Bool { stdout.withLock { $0.failure == .brokenPipe } }

    /// Why output was lost; `nil` if everything was written or the reader has closed stdout.
    var loss: String? {
        guard let failure = stdout.withLock({ $0.failure }), failure != .brokenPipe else { return nil }
        return failure.description
    }

    /// Prints a message for people on stderr. Failures are ignored, because there is no other place to report them.
    func say(_ text: String) {
        _ = Self.write(Array((TerminalText.safe(text) + "\n").utf8), to: .standardError)
    }

    /// Whether ``transient(_:)`` shows anything.
    var hasTransientLine: Bool { isErrorTerminal && !json }

    /// Shows the current activity in a line that the next call replaces; `nil` removes it. Does nothing without a
    /// terminal.
    func transient(_ text: String?) {
        guard isErrorTerminal, !json else { return }
        let width = max(1, (Self.columns(of: STDERR_FILENO) ?? 80) - 1)
        let line = "\r\u{1B}[K" + TerminalText.safe(text ?? "").prefix(width)
        _ = Self.write(Array(line.utf8), to: .standardError)
    }

    func warn(_ text: String) { say("aprity: warning: " + text) }

    /// Reports a failure: two lines for people and, with `--json`, a problem document for programs.
    func failure(_ error: ConnectedAppError) {
        say("aprity: error: " + error.description + Evidence.quoted(error.evidence, beside: error.description))
        say("aprity: hint: " + error.remedy)
        guard json else { return }
        do { try document(ProblemView(error)) } catch {
            warn("The problem document could not be encoded.")
        }
    }

    /// - Returns: Why something was not written; `nil` if everything was.
    private static func write(_ bytes: [UInt8], to file: FileDescriptor) -> Errno? {
        do throws(Errno) {
            try file.writeWhole(bytes)
            return nil
        } catch { return error }
    }
}

/// Rejects `-` as the name of an output file or a folder.
enum StandardOutput {
    /// - Parameters:
    ///   - path: The option's value.
    ///   - option: The option's name.
    ///   - reason: A sentence that says why this output cannot go to stdout.
    /// - Throws: ``ConnectedAppError`` with `.usage` if it is `-`.
    static func reject(_ path: String, for option: String, _ reason: String) throws(ConnectedAppError) {
        guard path == "-" else { return }
        throw ConnectedAppError(
            .usage, subject: option, detail: reason, remedy: "Give another name, or ./- for a file of this name.")
    }

    /// Rejects `-` as the name of a folder that is read or created.
    ///
    /// - Parameter path: The option's value; `nil` if it is not given.
    static func rejectFolder(_ path: String?, for option: String) throws(ConnectedAppError) {
        guard let path else { return }
        try reject(path, for: option, "This must be a folder, so - cannot mean standard input or output.")
    }
}

/// Formats an error's evidence in one line: the org's own words, then the other facts, shortened.
enum Evidence {
    /// The names of evidence that quotes the org, in the order of the output.
    private static let orgWords = [
        "error", "errorDescription", "faultString", "errorCode", "message", "errorStatusCode", "errorMessage",
    ]
    /// Maximum number of characters of one fact.
    private static let longest = 160

    /// - Parameter sentence: The error's sentence. Facts that it contains are not repeated.
    static func quoted(_ evidence: [String: String], beside sentence: String) -> String {
        let words = orgWords.compactMap { evidence[$0] }.filter { !$0.isEmpty }.map { "\"\($0)\"" }
        let others = evidence.sorted { $0.key < $1.key }.filter { name, value in
            !orgWords.contains(name) && !value.isEmpty && !sentence.contains(value)
        }
        // The system's text for an error is clear without a name.
        let facts = others.map { ($0.key == "errno" ? "" : "\($0.key): ") + shortened($0.value) }
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

/// Makes text safe to print. Hidden characters, such as control characters and those that change the text direction,
/// become visible.
enum TerminalText {
    /// Makes hidden characters visible in the form `\u{202e}`. Line breaks become visible too, so that one text is one
    /// line; a tab becomes a space.
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

    /// Breaks a line between words. A word that is longer than a line is not broken.
    ///
    /// - Parameters:
    ///   - width: The width in columns. `nil`, or little more than `indent`, leaves the line as it is.
    ///   - indent: Spaces before each line except the first.
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
}
