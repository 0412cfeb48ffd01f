internal import ConnectedApp
internal import FileSystem
internal import Foundation
internal import SystemPackage

/// A passphrase, from a file or from the person at the terminal; never from an argument, which others could see.
enum Passphrase {
    /// The passphrase of a new backup. At a terminal it is asked for twice, since nobody can find a typing error later.
    ///
    /// - Parameter file: Its first line counts; nobody else may read it.
    /// - Throws: ``ConnectedAppError`` with `.passphraseMissing` where there is neither file nor terminal.
    static func new(file: String?, _ world: World) throws -> [UInt8] {
        if let file { return try self.file(file, world).firstLine() }
        let passphrase = try ask(question)
        guard try ask("The same again: ") == passphrase else {
            throw ConnectedAppError(.usage, detail: "The two passphrases are not the same.")
        }
        return passphrase
    }

    /// What to try on a backup that exists, in this order.
    ///
    /// - Parameter file: As of ``new(file:_:)``.
    static func existing(file: String?, _ world: World) throws -> [[UInt8]] {
        if let file { return try self.file(file, world).firstLineReadings() }
        return [try ask(question)]
    }

    private static let question = "Passphrase of the backup: "

    static func file(_ path: String, _ world: World) -> SecretFile {
        SecretFile(path: path, flag: "--passphrase-file", credentialsFolder: world.credentialsFolder)
    }

    private static func terminal() throws -> OpenFile {
        do throws(Errno) { return try OpenFile("/dev/tty", .readWrite) } catch {
            throw ConnectedAppError(
                .passphraseMissing,
                detail: "A backup is encrypted under a passphrase, and there is no terminal to ask at.")
        }
    }

    private static func ask(_ question: String) throws -> [UInt8] {
        let terminal = try terminal()
        let number = terminal.descriptor.rawValue
        var former = termios()
        guard tcgetattr(number, &former) == 0 else { throw ConnectedAppError(.inputOutput, subject: "/dev/tty") }
        var silent = former
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(number, TCSAFLUSH, &silent)
        defer {
            tcsetattr(number, TCSAFLUSH, &former)
            try? terminal.descriptor.writeWhole(Array("\n".utf8))
        }
        try? terminal.descriptor.writeWhole(Array(question.utf8))
        return try TerminalLine.read(from: terminal.descriptor)
    }
}

/// A line that somebody types.
enum TerminalLine {
    /// Whether the answer on standard input is `y`.
    static func isYes() throws -> Bool {
        String(decoding: try read(from: .standardInput), as: UTF8.self).lowercased() == "y"
    }

    /// - Returns: Without the line's end.
    /// - Throws: `CancellationError` where the command is interrupted meanwhile.
    static func read(from terminal: FileDescriptor) throws -> [UInt8] {
        var line: [UInt8] = []
        var byte: [UInt8] = [0]
        while true {
            var waiting = pollfd(fd: terminal.rawValue, events: Int16(POLLIN), revents: 0)
            let isReady = poll(&waiting, 1, 100) > 0
            try Task.checkCancellation()
            guard isReady else { continue }
            // A terminal that is gone ends the line too.
            guard (try? byte.read(from: terminal)) == 1, byte[0] != UInt8(ascii: "\n") else { return line }
            line += byte
        }
    }
}
