internal import ConnectedApp
internal import FileSystem
internal import Foundation
internal import SystemPackage

/// Reads a passphrase from a file or from the terminal, but never from an argument, which other users could see.
enum Passphrase {
    /// Returns the passphrase of a new backup. Asks twice at a terminal, because a typing error would make the backup
    /// useless.
    ///
    /// - Parameter file: Its first line is the passphrase. Other users must not be able to read it. `nil` asks at the
    ///   terminal.
    /// - Throws: ``ConnectedAppError``: `.passphraseMissing` if there is neither a file nor a terminal, `.usage` if the
    ///   two entries differ, `.inputOutput` if the terminal fails; the errors of reading the file.
    static func new(file: String?, _ world: World) throws -> [UInt8] {
        if let file { return try self.file(file, world).firstLine() }
        let passphrase = try ask(question)
        guard try ask("The same passphrase again: ") == passphrase else {
            throw ConnectedAppError(
                .usage, detail: "The two passphrases differ.",
                remedy: "Run the command again, and enter the same passphrase twice.")
        }
        return passphrase
    }

    /// Returns the passphrases to try on an existing backup, in this order. A file can yield several, because its line
    /// can be read as text or as bytes.
    ///
    /// - Parameter file: As for ``new(file:_:)``.
    static func existing(file: String?, _ world: World) throws -> [[UInt8]] {
        if let file { return try self.file(file, world).firstLineReadings() }
        return [try ask(question)]
    }

    /// Returns the new password of an account. Asks twice at a terminal. Throws as ``new(file:_:)``.
    ///
    /// - Parameter file: Its first line is the password; `-` for standard input. Other users must not be able to read it.
    static func newPassword(file: String?, _ world: World) throws -> [UInt8] {
        if let file {
            return try SecretFile(
                path: file, flag: "--password-file", credentialsFolder: world.credentialsFolder
            ).firstLine()
        }
        let password = try ask(passwordQuestion, for: Self.password)
        guard try ask("The same password again: ", for: Self.password) == password else {
            throw ConnectedAppError(
                .usage, detail: "The two passwords differ.",
                remedy: "Run the command again, and enter the same password twice.")
        }
        return password
    }

    private static let password = "The account needs a password"
    private static let passwordQuestion = "New password: "
    private static let question = "Passphrase of the backup: "

    /// Returns the file that `--passphrase-file` names.
    static func file(_ path: String, _ world: World) -> SecretFile {
        SecretFile(path: path, flag: "--passphrase-file", credentialsFolder: world.credentialsFolder)
    }

    /// - Parameter need: The beginning of the error's sentence.
    private static func terminal(for need: String) throws -> OpenFile {
        do throws(Errno) { return try OpenFile("/dev/tty", .readWrite) } catch {
            throw ConnectedAppError(
                .passphraseMissing,
                detail: "\(need), and there is no terminal to ask for it.")
        }
    }

    private static func ask(_ question: String, for need: String = "A backup needs a passphrase") throws -> [UInt8] {
        let terminal = try terminal(for: need)
        let number = terminal.descriptor.rawValue
        var former = termios()
        guard tcgetattr(number, &former) == 0 else { throw ConnectedAppError(.inputOutput, subject: "/dev/tty") }
        var silent = former
        silent.c_lflag &= ~tcflag_t(ECHO)
        // If echo cannot be turned off, the terminal would show the passphrase.
        guard tcsetattr(number, TCSAFLUSH, &silent) == 0 else {
            throw ConnectedAppError(.inputOutput, subject: "/dev/tty")
        }
        defer {
            // The command goes on with what was typed, even if the terminal cannot be written or restored.
            tcsetattr(number, TCSAFLUSH, &former)
            try? terminal.descriptor.writeWhole(Array("\n".utf8))
        }
        try? terminal.descriptor.writeWhole(Array(question.utf8))
        return try TerminalLine.read(from: terminal.descriptor)
    }
}

/// Reads lines from a terminal.
enum TerminalLine {
    /// Whether the next line on standard input is `y` or `Y`. Throws the errors of ``read(from:)``.
    static func isYes() throws -> Bool {
        String(decoding: try read(from: .standardInput), as: UTF8.self).lowercased() == "y"
    }

    /// Reads one line, or what is left before the end of the input.
    ///
    /// - Returns: The line without its line feed.
    /// - Throws: `CancellationError` if the command is interrupted; ``ConnectedAppError`` with `.inputOutput` if the
    ///   terminal cannot be read, for example because it was closed.
    static func read(from terminal: FileDescriptor) throws -> [UInt8] {
        var line: [UInt8] = []
        var byte: [UInt8] = [0]
        while true {
            var waiting = pollfd(fd: terminal.rawValue, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, 100)
            let pollError = Errno(rawValue: errno)
            try Task.checkCancellation()
            guard ready >= 0 || pollError == .interrupted else { throw failure(pollError) }
            guard ready > 0 else { continue }
            let count: Int
            do throws(Errno) { count = try byte.read(from: terminal) } catch { throw failure(error) }
            // The end of the input ends the line too.
            guard count == 1, byte[0] != UInt8(ascii: "\n") else { return line }
            line += byte
        }
    }

    private static func failure(_ error: Errno) -> ConnectedAppError {
        ConnectedAppError(.inputOutput, subject: "the terminal", evidence: .system(error))
    }
}
