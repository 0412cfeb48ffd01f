import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Files with a secret")
struct SecretFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ text: String, mode: Int) throws -> String {
        let path = try folder.file("secret", text)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test(
        "A file that others can read is refused by the name of its setting or flag", arguments: [0o640, 0o604, 0o644])
    func readable(_ mode: Int) throws {
        let path = try file("secret\n", mode: mode)
        let setting = thrown { try SecretFile(path: path, setting: "SETTING").firstLine() }
        #expect(setting?.cause == .configurationMalformed && setting?.subject == "SETTING")
        let flag = thrown { try SecretFile(path: path, flag: "--flag").firstLine() }
        #expect(flag?.cause == .inputMalformed && flag?.subject == "--flag")
        #expect(flag?.debugDescription.contains("secret\n") == false)
    }

    @Test("A systemd credential is accepted whatever its mode")
    func credential() throws {
        let path = try file("secret\n", mode: 0o440)
        let file = SecretFile(path: path, setting: "SETTING", credentialsFolder: folder.path)
        #expect(try file.firstLine() == Array("secret".utf8))
    }

    @Test("The first line counts, without its end; an empty one is refused", arguments: ["a b\n", "a b\r\nc", "a b"])
    func firstLine(_ text: String) throws {
        #expect(try SecretFile(path: file(text, mode: 0o600), setting: "S").firstLine() == Array("a b".utf8))
        let empty = try file("\n" + text, mode: 0o600)
        #expect(thrown { try SecretFile(path: empty, setting: "S").firstLine() }?.cause == .configurationMalformed)
    }

    @Test("For a private key that others can read there is a warning, unless it is encrypted")
    func privateKey() throws {
        for (text, mode, warnings) in [
            (TestKeys.first, 0o600, 0), (TestKeys.first, 0o644, 1),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----", 0o644, 0),
        ] {
            var warned = 0
            let read = try SecretFile(path: file(text, mode: mode), flag: "--key").privateKey { _ in warned += 1 }
            #expect(read.bytes == Array(text.utf8))
            #expect(warned == warnings)
        }
    }
}
