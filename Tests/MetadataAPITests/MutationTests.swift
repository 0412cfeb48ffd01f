import Foundation
import Testing

@testable import MetadataAPI

/// Changes valid inputs at random and checks that they are refused or read correctly.
@Suite struct MutationTests {
    /// `make verify` sets a higher number.
    private static let rounds = Int(ProcessInfo.processInfo.environment["APRITY_MUTATIONS"] ?? "") ?? 3_000

    private func mutated(_ bytes: [UInt8], by random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { break }
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: index)
            case 4: bytes.removeLast(min(bytes.count, Int.random(in: 0..<30, using: &random)))
            default:
                bytes.insert(
                    contentsOf: bytes[index...].prefix(20), at: Int.random(in: 0...bytes.count, using: &random))
            }
        }
        return bytes
    }

    @Test("A changed archive is rejected with a reason, or read with the same data or with changed names")
    func archives() throws {
        var archive = HostileZip.plain
        archive.entries[0].descriptor = .signed
        let good = archive.bytes()
        let names = Set(try OpenedArchive(good).contents().keys)
        var random = SeededRandom(seed: 3)
        var refused = 0
        for _ in 0..<MutationTests.rounds {
            do {
                let contents = try OpenedArchive(mutated(good, by: &random)).contents()
                // The checksum covers the data. Changes of times and attributes do not matter.
                #expect(
                    Set(contents.keys).isDisjoint(with: names) || contents.values.contains(Array("gamma".utf8))
                        || contents.count == 2)
            } catch is ZipError {
                refused += 1
            }
        }
        #expect(refused > MutationTests.rounds / 2)
    }

    @Test("A changed reply is rejected with a reason or read, and its output is never larger than its input")
    func replies() throws {
        let good = Replies.status(
            """
            <fileProperties><fullName>a</fullName></fileProperties><messages><problem>x &amp; y</problem></messages>\
            <!-- c --><zipFile>\(Replies.base64(HostileZip.plain.bytes()))</zipFile>
            """)
        var random = SeededRandom(seed: 4)
        var refused = 0
        for _ in 0..<MutationTests.rounds {
            let bytes = mutated(good, by: &random)
            var count = 0
            do {
                _ = try ReplyReader.checkRetrieveStatus { count += $0.count }.read(bytes)
            } catch is XMLError {
                refused += 1
            } catch is ReplyError {
                refused += 1
            } catch is SOAPFault {
                refused += 1
            }
            #expect(count < bytes.count)
        }
        #expect(refused > MutationTests.rounds / 2)
    }

    @Test("A changed manifest is rejected with a reason, or can be serialized and parsed again")
    func manifests() throws {
        let good = Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>A &lt; B</members>
            <members><![CDATA[x]]></members><name>Flow</name></types><version>66.0</version></Package>
            """.utf8)
        var random = SeededRandom(seed: 5)
        var read = 0
        for _ in 0..<MutationTests.rounds {
            // The initializer throws only ManifestError.
            guard let manifest = try? PackageManifest(parsing: mutated(good, by: &random)) else { continue }
            read += 1
            #expect(try PackageManifest(parsing: manifest.serialized()) == manifest)
        }
        #expect(read > 10)
    }

    @Test("A changed file of an app is rejected with a reason, or its secret is removed")
    func secrets() throws {
        let good = Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <ConnectedApp xmlns="http://soap.sforce.com/2006/04/metadata"><!-- app --><oauthConfig a="1">
            <consumerSecret>CANARY</consumerSecret><b><![CDATA[y]]></b><c/></oauthConfig></ConnectedApp>
            """.utf8)
        var random = SeededRandom(seed: 6)
        var blanked = 0
        for _ in 0..<MutationTests.rounds {
            // The function throws only SecretBlankingError.
            guard let result = try? ConsumerSecretBlanking.blank(mutated(good, by: &random)) else { continue }
            blanked += result.count
            let again = try ConsumerSecretBlanking.blank(result.bytes)
            #expect(again.count == 0)
            #expect(again.bytes == result.bytes)
        }
        #expect(blanked > 100)
    }
}
