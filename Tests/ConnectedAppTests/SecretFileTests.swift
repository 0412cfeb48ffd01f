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
        "If others can read a file, the refusal names its setting or option", arguments: [0o640, 0o604, 0o644])
    func readable(_ mode: Int) throws {
        let path = try file("secret\n", mode: mode)
        let setting = thrown { try SecretFile(path: path, setting: "SETTING").firstLine() }
        #expect(setting?.cause == .configurationMalformed)
        #expect(setting?.subject == "SETTING")
        let flag = thrown { try SecretFile(path: path, flag: "--flag").firstLine() }
        #expect(flag?.cause == .inputMalformed)
        #expect(flag?.subject == "--flag")
        #expect(flag?.debugDescription.contains("secret\n") == false)
    }

    @Test("If others can replace a file, the refusal names the folder")
    func replaceable() throws {
        let path = try file("secret\n", mode: 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        let error = thrown { try SecretFile(path: path, setting: "SETTING").firstLine() }
        #expect(error?.cause == .configurationMalformed)
        #expect(error?.detail?.contains("\(folder.path) (mode 0777)") == true)
    }

    @Test(
        "A path that only begins with the name of the credentials folder is not a credential",
        arguments: ["/../", "x/"])
    func noCredential(_ part: String) {
        #expect(!CredentialsFolder("/run/c").holds("/run/c\(part)secret"))
        #expect(CredentialsFolder("/run/c").holds("/run/c/secret"))
        #expect(!CredentialsFolder("").holds("/secret"))
    }

    @Test("A systemd credential is accepted with any mode")
    func credential() throws {
        let path = try file("secret\n", mode: 0o440)
        let file = SecretFile(path: path, setting: "SETTING", credentialsFolder: folder.path)
        #expect(try file.firstLine() == Array("secret".utf8))
    }

    @Test("The first line is read without its end; an empty one is rejected", arguments: ["a b\n", "a b\r\nc", "a b"])
    func firstLine(_ text: String) throws {
        #expect(try SecretFile(path: file(text, mode: 0o600), setting: "S").firstLine() == Array("a b".utf8))
        let empty = try file("\n" + text, mode: 0o600)
        #expect(thrown { try SecretFile(path: empty, setting: "S").firstLine() }?.cause == .configurationMalformed)
    }

    private func bytes(_ content: [UInt8]) throws -> SecretFile {
        SecretFile(path: try folder.file("secret", content), setting: "S")
    }

    /// The encodings in which editors and shells save "pâss word ", including its final blank.
    static let encodings: [(name: String, bytes: [UInt8])] = [
        ("byte order mark", Array("\u{FEFF}pâss word \r\nmore".utf8)),
        ("UTF-16, little-endian", utf16("\u{FEFF}pâss word \r\nmore", isBigEndian: false)),
        ("UTF-16, big-endian", utf16("\u{FEFF}pâss word \nmore", isBigEndian: true)),
        ("UTF-16 without a mark", utf16("pâss word \nmore", isBigEndian: false)),
        ("UTF-16 without a line's end", utf16("\u{FEFF}pâss word ", isBigEndian: false)),
        ("other bytes in later lines", Array("pâss word \n".utf8) + [0xFF]),
    ]

    private static func utf16(_ text: String, isBigEndian: Bool) -> [UInt8] {
        text.utf16.flatMap { unit -> [UInt8] in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
    }

    @Test("The first line is the same text in each encoding, and a final blank is kept", arguments: encodings)
    func encoding(_ row: (name: String, bytes: [UInt8])) throws {
        #expect(try bytes(row.bytes).firstLine() == Array("pâss word ".utf8), "\(row.name)")
        #expect(try bytes(row.bytes).firstLineReadings().first == Array("pâss word ".utf8), "\(row.name)")
    }

    /// Latin-1, truncated UTF-16, half a surrogate pair, UTF-32, a zero character.
    static let textless: [[UInt8]] = [
        [0x70, 0xE4, 0x73, 0x73], [0xFF, 0xFE, 0x70, 0, 0x71], [0xFF, 0xFE, 0x00, 0xD8, 0x0A, 0],
        [0xFF, 0xFE, 0, 0, 0x70, 0, 0, 0], [0x70, 0x71, 0, 0x72],
    ]

    @Test("If the first line is not text, the refusal names the setting", arguments: textless)
    func noText(_ content: [UInt8]) throws {
        let error = thrown { try bytes(content).firstLine() }
        #expect(error?.cause == .configurationMalformed)
        #expect(error?.subject == "S")
        #expect(error?.detail?.contains("is not text in UTF-8 or UTF-16") == true)
    }

    @Test("Existing data is tried with the text first, then with the raw bytes that earlier versions used")
    func readings() throws {
        #expect(try bytes(Array("plain\n".utf8)).firstLineReadings() == [Array("plain".utf8)])
        let marked = Array("\u{FEFF}plain".utf8)
        #expect(try bytes(marked).firstLineReadings() == [Array("plain".utf8), marked])
        #expect(try bytes([0x70, 0xE4]).firstLineReadings() == [[0x70, 0xE4]])
        #expect(thrown { try bytes(Array("\u{FEFF}\n".utf8)).firstLine() }?.cause == .configurationMalformed)
    }

    @Test("If others can read a private key, there is a warning, unless the key is encrypted")
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
