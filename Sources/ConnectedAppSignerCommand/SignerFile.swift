internal import ConnectedApp
internal import FileSystem
internal import Glibc
internal import SystemPackage

/// A signer program's file, kept open from the check until the program runs, so that the checked file is the one that runs.
struct SignerFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// `O_PATH`, which glibc's module does not export: some programs may be executed but not read.
    private static let withoutReading: Int32 = 0o10_000_000

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if this user may not run it, or others can change it,
    ///   its folders, or the interpreter that a script names.
    init(_ path: String) throws(ConnectedAppError) {
        self.path = path
        descriptor = open(path, Self.withoutReading | O_CLOEXEC)
        do throws(ConnectedAppError) { try check() } catch {
            close()
            throw error
        }
    }

    func close() { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

    /// What to execute. A binary is executed by its descriptor, so that no other file can take its place. A script is opened
    /// by its interpreter, which needs a path; nobody but root and this user can change where that leads.
    var executablePath: String { firstLine?.starts(with: Self.scriptMark) == true ? path : openedPath }

    private static let scriptMark = Array("#!".utf8)
    /// This names the open file, whatever has become of its path.
    private var openedPath: String { "/proc/self/fd/\(descriptor)" }

    private func check() throws(ConnectedAppError) {
        guard descriptor >= 0, let status = try? FileStatus(ofDescriptor: descriptor), status.kind == .regularFile,
            access(openedPath, X_OK) == 0
        else { throw Self.refused("\(path) is no program that this user may run.") }
        try TrustedPath.check(path, subject: SignerProgram.setting)
        try TrustedPath.check(openedAs: descriptor, path, subject: SignerProgram.setting)
        if let interpreter { try TrustedPath.check(interpreter, subject: SignerProgram.setting) }
    }

    /// The program that a script names behind `#!`.
    private var interpreter: String? {
        guard let line = firstLine, line.starts(with: Self.scriptMark) else { return nil }
        let words = String(decoding: line.dropFirst(Self.scriptMark.count), as: UTF8.self)
            .split { $0 == " " || $0 == "\t" }
        return words.first.map(String.init)
    }

    /// As much of it as the kernel reads; `nil` if the file may be executed but not read.
    private var firstLine: ArraySlice<UInt8>? {
        var bytes = [UInt8](repeating: 0, count: 256)
        guard let file = try? OpenFile(openedPath, .readOnly), let count = try? bytes.read(from: file.descriptor, at: 0)
        else { return nil }
        return bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }
    }

    private static func refused(_ detail: String) -> ConnectedAppError {
        ConnectedAppError(.configurationMalformed, subject: SignerProgram.setting, detail: detail)
    }
}
