import Foundation

/// The folder of `--make-ca`: `ca.crt` for clients to trust, `server.crt` and `server.key` for the org's port.
///
/// Existing files are used and never overwritten. If only some of them exist, the folder is rejected unchanged.
struct CertificateFolder: Sendable {
    let path: String

    var authorityFile: String { path + "/ca.crt" }
    var certificateFile: String { path + "/server.crt" }
    var keyFile: String { path + "/server.key" }

    /// Creates the folder and its files, or checks that the existing ones can be used. Waits while another process does
    /// the same.
    ///
    /// - Parameters:
    ///   - names: The host names and IP addresses that the certificate must have.
    ///   - now: Wall time.
    /// - Throws: ``SimulatorStartError`` with `.certificateFolder`.
    func prepare(names: [String], now: Date) throws(SimulatorStartError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw unusable("cannot be created")
        }
        // Of several simulators that start at the same time, the first creates the files.
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw unusable("cannot be opened") }
        defer { close(folder) }
        guard flock(folder, LOCK_EX) == 0 else { throw unusable("cannot be locked") }

        let all = [keyFile, certificateFile, authorityFile]
        let present = all.filter { access($0, F_OK) == 0 }
        if present.isEmpty { return try make(names, now) }
        if let missing = all.first(where: { !present.contains($0) }) {
            let name = URL(filePath: missing).lastPathComponent
            throw unusable("has no \(name), but other files of --make-ca; use another folder, or delete them")
        }
        try check(names, now)
    }

    private func check(_ names: [String], _ now: Date) throws(SimulatorStartError) {
        func text(_ file: String) -> String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
        let problem = ServerIdentity.problem(
            authority: text(authorityFile), certificate: text(certificateFile), key: text(keyFile), names: names,
            now: now)
        if let problem { throw unusable("holds certificates that \(problem); use another folder, or delete them") }
    }

    private func make(_ names: [String], _ now: Date) throws(SimulatorStartError) {
        var made: [String] = []
        do {
            let identity = try ServerIdentity(names: names, now: now)
            let files: [(String, String, mode_t)] = [
                (keyFile, identity.key, 0o600), (certificateFile, identity.certificate, 0o644),
                (authorityFile, identity.authority, 0o644),
            ]
            for (file, text, mode) in files {
                try Self.write(text, to: file, mode)
                made.append(file)
            }
        } catch {
            for file in made { unlink(file) }
            throw unusable("cannot be written to")
        }
    }

    private struct WriteFailed: Error {}

    /// Creates a file that is complete as soon as it exists under its name. Fails if the file already exists.
    private static func write(_ text: String, to file: String, _ mode: mode_t) throws {
        let partial = "\(file).partial-\(getpid())"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw WriteFailed() }
        defer { unlink(partial) }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten, link(partial, file) == 0 else { throw WriteFailed() }
    }

    /// - Parameter what: The predicate of the message, whose subject is the folder.
    private func unusable(_ what: String) -> SimulatorStartError {
        SimulatorStartError(cause: .certificateFolder, description: "The folder \(path) \(what).")
    }
}
