internal import ConnectedApp
internal import FileSystem
internal import Glibc
internal import SystemPackage

/// The file of a signer program. It stays open from the check until the program runs, so that exactly the checked file
/// is executed. Call ``close()`` after the run.
struct SignerFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// `O_PATH`, because some programs can be executed but not read. The glibc module does not export this constant.
    private static let withoutReading: Int32 = 0o10_000_000

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if this user cannot run the program, or if other
    ///   users can change it, its folders, or the interpreter of a script.
    init(_ path: String) throws(ConnectedAppError) {
        self.path = path
        descriptor = open(path, Self.withoutReading | O_CLOEXEC)
        do throws(ConnectedAppError) { try check() } catch {
            close()
            throw error
        }
    }

    func close() { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

    /// The path to execute. A binary is executed through its descriptor, so that it cannot be replaced by another file
    /// after the check. A script's interpreter opens the script by its path. The check ensures that only root and this
    /// user can replace the script.
    var executablePath: String { firstLine?.starts(with: Self.scriptMark) == true ? path : openedPath }

    private static let scriptMark = Array("#!".utf8)
    /// A path to the open file, even if its original path has changed.
    private var openedPath: String { "/proc/self/fd/\(descriptor)" }

    private func check() throws(ConnectedAppError) {
        guard descriptor >= 0, let status = try? FileStatus(ofDescriptor: descriptor), status.kind == .regularFile,
            access(openedPath, X_OK) == 0
        else { throw Self.refused("\(path) does not exist, or is not a program that this user can run.") }
        try TrustedPath.check(path, subject: SignerProgram.setting)
        try TrustedPath.check(openedAs: descriptor, path, subject: SignerProgram.setting)
        if let interpreter { try TrustedPath.check(interpreter, subject: SignerProgram.setting) }
    }

    /// The interpreter that a script names after `#!`; `nil` if the file is not a script.
    private var interpreter: String? {
        guard let line = firstLine, line.starts(with: Self.scriptMark) else { return nil }
        let words = String(decoding: line.dropFirst(Self.scriptMark.count), as: UTF8.self)
            .split { $0 == " " || $0 == "\t" }
        return words.first.map(String.init)
    }

    /// The first line, at most the 256 bytes that the kernel reads; `nil` if the file cannot be read.
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
