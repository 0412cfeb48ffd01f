internal import Foundation
internal import Subprocess
internal import Testing

/// What servers write to stderr while they run.
@Suite("The log of a server")
struct ServerLogTests {
    @Test("The name of a source file cannot control a terminal")
    func fileName() async throws {
        let aprity = try AprityProcess()
        let folder = aprity.path("project/src")
        try FileManager.default.createDirectory(atPath: folder + "/classes", withIntermediateDirectories: true)
        try Data("<Package/>".utf8).write(to: URL(filePath: folder + "/package.xml"))
        try FileManager.default.createDirectory(atPath: folder + "/roles", withIntermediateDirectories: true)
        try Data("<Role/>".utf8).write(to: URL(filePath: folder + "/roles/A.role"))
        try Data("x".utf8).write(to: URL(filePath: folder + "/classes/A\u{1B}[2Jb\nc.unknown"))
        let command = ["simulator", "--port", "0", "--management-port", "0", "--source", aprity.path("project")]
        let script = #"log=$1; shift; exec "$0" "$@" 2>"$log""#
        _ = try await AprityProcess.server(
            "/bin/sh", ["-c", script, AprityProcess.binary, aprity.path("serve.log")] + command, environment: .inherit,
            ready: { try? JSONDecoder().decode(AprityProcess.Ready.self, from: Data($0.utf8)) }, { _ in })
        let log = try String(contentsOfFile: aprity.path("serve.log"), encoding: .utf8)
        #expect(log.contains(#"A\u{1b}[2Jb\u{a}c.unknown"#))
        #expect(!log.contains("\u{1B}"))
    }
}
