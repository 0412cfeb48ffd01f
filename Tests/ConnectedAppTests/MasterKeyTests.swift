import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Master key")
struct MasterKeyTests {
    private static let one = String(repeating: "01", count: 32)
    private static let two = String(repeating: "Ef", count: 32)
    private static let prefix = "aprity-master-key-1:"

    @Test(
        "A key file has one key per line; comments and empty lines are ignored",
        arguments: [
            ("\(prefix)\(one)", 1), ("\(prefix)\(one)\n", 1), ("\(prefix)\(one)\r\n", 1),
            ("# a comment\n\n\(prefix)\(one)\n#another\n\(prefix)\(two)\n", 2),
        ] as [(String, Int)])
    func readable(_ text: String, _ count: Int) throws {
        #expect(try MasterKeyRing(fileContent: text).keys.count == count)
    }

    @Test(
        "A malformed key file is rejected, and the error does not quote it",
        arguments: [
            "", "\n", "# only a comment", one, prefix, "\(prefix)\(one.dropLast())", "\(prefix)\(one.dropLast(2))",
            "\(prefix)\(one)00", "\(prefix)\(one.dropLast(2))xx", "aprity-master-key-2:\(one)", " \(prefix)\(one)",
            "\(prefix)\(one) ", "\(prefix) \(one)", "\(prefix)\(one)\nnonsense\n", "\(prefix.uppercased())\(one)",
        ] as [String])
    func malformed(_ text: String) throws {
        let error = try #require(thrown { try MasterKeyRing(fileContent: text) })
        #expect(error.cause == .masterKeyMalformed)
        #expect(!error.debugDescription.contains("010101"))
    }

    @Test("The first key of a file encrypts, and every key can decrypt")
    func order() throws {
        let ring = try MasterKeyRing(fileContent: Self.prefix + Self.one + "\n" + Self.prefix + Self.two)
        let (first, second) = (
            try MasterKeyRing(fileContent: Self.prefix + Self.one),
            try MasterKeyRing(fileContent: Self.prefix + Self.two)
        )
        let random = SeededRandom(seed: 3)
        let sealed = try ring.seal([1, 2, 3], binding: ["a"], randomBytes: random.bytes)
        try #require(sealed.masterKeyID == first.keys[0].id)
        #expect(first.keys[0].id != second.keys[0].id)
        #expect(try first.open(sealed, binding: ["a"]) == [1, 2, 3])
        let older = try second.seal([4], binding: ["a"], randomBytes: random.bytes)
        #expect(try ring.open(older, binding: ["a"]) == [4])
        let error = try #require(thrown { try second.open(sealed, binding: ["a"]) })
        #expect(error.cause == .masterKeyWrong)
        #expect(error.evidence == ["sealedUnder": first.keys[0].id, "given": second.keys[0].id])
    }

    @Test("If the file could not be read again, the error says so")
    func notReadAgain() throws {
        let keys = try MasterKeyRing(fileContent: Self.prefix + Self.one).keys
        let ring = MasterKeyRing(keys) { () throws(ConnectedAppError) in
            throw ConnectedAppError(.fileUnreadable, subject: "/etc/aprity/master.key")
        }
        let error = try #require(thrown { try ring.key("another") })
        #expect(error.cause == .masterKeyWrong)
        #expect(error.evidence["masterKeyFile"]?.hasPrefix("/etc/aprity/master.key") == true)
    }

    @Test("Printing a key or a ring does not reveal it")
    func hidden() throws {
        let ring = try MasterKeyRing(fileContent: Self.prefix + Self.one)
        var dumped = ""
        dump(ring, to: &dumped)
        for text in [dumped, "\(ring)", String(reflecting: ring), "\(ring.keys[0])", String(reflecting: ring.keys[0])] {
            #expect(!text.contains("0101"))
            #expect(!text.contains("1, 1"))
        }
        #expect(ring.keys[0].id.utf8.count == 16)
    }

    // MARK: Sealing

    private static func ring() throws -> MasterKeyRing { try MasterKeyRing(fileContent: prefix + one) }

    @Test("Sealed bytes of any length can be opened", arguments: [0, 1, 15, 16, 17, 1200, 70_000])
    func roundTrip(_ length: Int) throws {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        let ring = try Self.ring()
        let sealed = try ring.seal(
            bytes, binding: ["private key", "app", "id"], randomBytes: SeededRandom(seed: 1).bytes)
        let stored = try JSONDecoder().decode(SealedBytes.self, from: JSONEncoder().encode(sealed))
        #expect(try ring.open(stored, binding: ["private key", "app", "id"]) == bytes)
        #expect(length < 15 || sealed.ciphertext.range(of: Data(bytes)) == nil)
    }

    @Test(
        "Bytes sealed for one purpose do not open for another",
        arguments: [
            [], ["private key"], ["private key", "app"], ["private key", "app", "other"], ["private key", "id", "app"],
            ["private key", "app", "id", ""], ["private key", "appid", ""], ["private key", "ap", "pid"],
            ["private keyapp", "id"], ["PRIVATE KEY", "app", "id"],
        ])
    func binding(_ other: [String]) throws {
        let ring = try Self.ring()
        let sealed = try ring.seal(
            [7], binding: ["private key", "app", "id"], randomBytes: SeededRandom(seed: 1).bytes)
        #expect(thrown { try ring.open(sealed, binding: other) }?.cause == .recordAltered)
    }

    @Test("A sealed value with any one bit of it flipped is rejected", arguments: 0..<8)
    func bitFlips(_ bit: Int) throws {
        let ring = try Self.ring()
        let sealed = try ring.seal(
            Array("a private key".utf8), binding: ["x"], randomBytes: SeededRandom(seed: 1).bytes)
        func flipped(_ data: Data, _ index: Int) -> Data {
            var data = data
            data[index] ^= 1 << bit
            return data
        }
        for index in sealed.wrappedDataKey.indices {
            let changed = SealedBytes(
                masterKeyID: sealed.masterKeyID, wrappedDataKey: flipped(sealed.wrappedDataKey, index),
                ciphertext: sealed.ciphertext)
            #expect(thrown { try ring.open(changed, binding: ["x"]) }?.cause == .recordAltered)
        }
        for index in sealed.ciphertext.indices {
            let changed = SealedBytes(
                masterKeyID: sealed.masterKeyID, wrappedDataKey: sealed.wrappedDataKey,
                ciphertext: flipped(sealed.ciphertext, index))
            #expect(thrown { try ring.open(changed, binding: ["x"]) }?.cause == .recordAltered)
        }
    }

    @Test("A sealed value that was cut short is rejected", arguments: [0, 1, 12, 27, 28, 40])
    func cutShort(_ length: Int) throws {
        let ring = try Self.ring()
        let sealed = try ring.seal(
            Array(repeating: 9, count: 40), binding: ["x"], randomBytes: SeededRandom(seed: 1).bytes)
        for (wrapped, ciphertext) in [
            (sealed.wrappedDataKey.prefix(length), sealed.ciphertext),
            (sealed.wrappedDataKey, sealed.ciphertext.prefix(length)),
        ] {
            let changed = SealedBytes(
                masterKeyID: sealed.masterKeyID, wrappedDataKey: Data(wrapped), ciphertext: Data(ciphertext))
            #expect(thrown { try ring.open(changed, binding: ["x"]) }?.cause == .recordAltered)
        }
    }

    // MARK: The file

    @Test("A new key file has mode 0600 in a new folder, and can be read")
    func created() throws {
        let folder = try TemporaryFolder()
        let file = MasterKeyFile(path: folder.path + "/a/b/master.key", source: "test")
        #expect(!file.exists)
        let made = try file.create(randomBytes: SeededRandom(seed: 1).bytes)
        #expect(try file.read().keys.map(\.id) == made.keys.map(\.id))
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a/b") == ["master.key"])
    }

    @Test("A file that a crashed attempt left behind does not prevent another attempt")
    func leftover() throws {
        let folder = try TemporaryFolder()
        let file = MasterKeyFile(path: folder.path + "/master.key", source: "test")
        _ = try folder.file("master.key.partial-\(ProcessInfo.processInfo.processIdentifier)-0", "half")
        _ = try file.create(randomBytes: SeededRandom(seed: 1).bytes)
        #expect(try file.read().keys.count == 1)
    }

    @Test("A key file is never overwritten")
    func notOverwritten() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("master.key", "precious")
        let file = MasterKeyFile(path: path, source: "test")
        #expect(thrown { try file.create(randomBytes: SeededRandom(seed: 1).bytes) }?.cause == .outputExists)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["master.key"])
    }

    @Test(
        "A key file that others can read or write is not used",
        arguments: [
            (0o600, nil), (0o400, nil), (0o700, nil), (0o640, .masterKeyUnsafe), (0o604, .masterKeyUnsafe),
            (0o620, .masterKeyUnsafe), (0o602, .masterKeyUnsafe), (0o644, .masterKeyUnsafe), (0o777, .masterKeyUnsafe),
            (0o610, .masterKeyUnsafe),
        ] as [(Int, Cause?)])
    func modes(_ mode: Int, _ cause: Cause?) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("master.key", Self.prefix + Self.one)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let file = MasterKeyFile(path: path, source: "test")
        if let cause {
            #expect(thrown { try file.read() }?.cause == cause)
        } else {
            #expect(try file.read().keys.count == 1)
        }
        #expect(file.exposure?.cause == cause)
        let octal = "0" + String(mode, radix: 8)
        #expect(file.exposure?.description.contains("is \(octal),") != false)
        #expect(try file.forBlocking.read().keys.count == 1, "blocking works with a key that others can read")
    }

    @Test("The mode of a link's target decides, not that of the link", arguments: [(0o600, true), (0o644, false)])
    func linked(_ mode: Int, _ isGood: Bool) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("..data", Self.prefix + Self.one)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let link = folder.path + "/master.key"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let file = MasterKeyFile(path: link, source: "test")
        if isGood {
            #expect(try file.read().keys.count == 1)
        } else {
            #expect(thrown { try file.read() }?.cause == .masterKeyUnsafe)
        }
    }

    @Test("A key file that is missing, a folder or malformed is rejected, and the error names its path")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        let nonsense = try folder.file("nonsense", "nonsense")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: nonsense)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        for (path, cause) in [
            (folder.path + "/none", Cause.masterKeyMissing), (folder.path, .fileUnreadable),
            (nonsense, .masterKeyMalformed),
        ] {
            let error = thrown { try MasterKeyFile(path: path, source: "test").read() }
            #expect(error?.cause == cause)
            #expect(error?.subject == path)
        }
        let missing = MasterKeyFile(path: folder.path + "/none", source: "APRITY_MASTER_KEY_FILE").missing
        #expect(missing.detail == "The master key file does not exist. Its path is from APRITY_MASTER_KEY_FILE.")
        #expect(missing.remedy.hasPrefix("Correct the path, or put the master key there."))
        let usual = MasterKeyFile(path: folder.path + "/none", source: "default").missing
        #expect(usual.remedy.hasPrefix("Give its path with --master-key-file"))
    }

    @Test("If the mode of the key file cannot be read, the error does not say that others know the key")
    func unknownMode() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/loop"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
        let error = MasterKeyFile(path: path, source: "test").exposure
        #expect(error?.cause == .masterKeyUnsafe)
        #expect(
            error?.detail?.hasPrefix("The mode of the master key file cannot be read, so aprity cannot tell") == true)
        #expect(error?.remedy.contains("know the key") == false)
    }

    @Test(
        "Precedence: a given file, a systemd credential, the configuration file, the default")
    func located() throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("aprity-master-key", Self.prefix + Self.one)
        var environment = [
            "CREDENTIALS_DIRECTORY": folder.path, "XDG_CONFIG_HOME": "/xdg", "HOME": "/home/me",
        ]
        func located(_ given: MasterKeyFile.Given?) -> [String] {
            let file = MasterKeyFile.located(given, environment: environment)
            return [file.path, file.source]
        }
        let flag = MasterKeyFile.Given(path: "/flag", source: "--master-key-file")
        let file = MasterKeyFile.Given(path: "/key", source: "/config.json", yieldsToCredential: true)
        #expect(located(flag) == ["/flag", "--master-key-file"])
        #expect(located(file) == [folder.path + "/aprity-master-key", "systemd credential"])
        #expect(located(nil) == [folder.path + "/aprity-master-key", "systemd credential"])
        environment["CREDENTIALS_DIRECTORY"] = "/nowhere"
        #expect(located(file) == ["/key", "/config.json"])
        #expect(located(nil) == ["/xdg/aprity/master.key", "default"])
        environment["XDG_CONFIG_HOME"] = "relative/is/ignored"
        #expect(located(nil) == ["/home/me/.config/aprity/master.key", "default"])
    }

    @Test(
        "A user without a home has no default paths; HOME=/ in a container counts only for root",
        arguments: [
            (nil, 4_000_000, nil), ("", 4_000_000, nil), ("/", 4_000_000, nil), ("relative", 4_000_000, nil),
            ("/srv/me", 4_000_000, "/srv/me"), ("/", 0, ""), ("/srv/me", 0, "/srv/me"),
        ] as [(String?, UInt32, String?)])
    func homeless(_ home: String?, _ user: UInt32, _ expected: String?) {
        var environment: [String: String] = [:]
        environment["HOME"] = home
        let folders = XDGFolders(environment: environment, user: user)
        #expect(folders.config == expected.map { $0 + "/.config" })
        #expect(folders.data == expected.map { $0 + "/.local/share" })
        environment["XDG_DATA_HOME"] = "/data"
        #expect(XDGFolders(environment: environment, user: user).data == "/data")
    }

    @Test("A systemd credential is protected by its folder, so its own mode does not count")
    func credential() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("aprity-master-key", Self.prefix + Self.one)
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
        let folders = ["CREDENTIALS_DIRECTORY": folder.path]
        #expect(try MasterKeyFile.located(nil, environment: folders).read().keys.count == 1)
        // This holds even if a setting names it.
        let named = MasterKeyFile.Given(path: path, source: "APRITY_MASTER_KEY_FILE")
        #expect(try MasterKeyFile.located(named, environment: folders).read().keys.count == 1)
    }
}
