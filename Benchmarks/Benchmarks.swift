import Crypto
import CryptoExtras
import Foundation
import JWTBearer
import MetadataAPI

/// Prints speeds. Each is compared with a reference that is measured in the same run, because absolute times differ
/// between machines.
@main
struct Benchmarks {
    /// What can be measured. The arguments of the program choose some of them; without arguments it measures all.
    private enum Subject: String, CaseIterable {
        case assertions, archive
        case tokenRequests = "token-requests"
        case handOuts = "hand-outs"
        case signIns = "sign-ins"
        case coldTest = "cold-test"
        case pulls
        case pullComparison = "pull-comparison"
        case manyConnections = "many-connections"

        func measure() async throws {
            switch self {
            case .assertions: try await Benchmarks.assertions()
            case .archive: try Benchmarks.archiveStream()
            case .tokenRequests: try await Benchmarks.embeddedOrg()
            case .handOuts: try await Benchmarks.handOuts()
            case .signIns: try await Benchmarks.signIns()
            case .coldTest: try await Benchmarks.coldTest()
            case .pulls: try await Benchmarks.pulls()
            case .pullComparison: try await Benchmarks.pullComparison()
            case .manyConnections: try await Benchmarks.manyConnections()
            }
        }
    }

    /// Runs until the measurements have ended. It is not asynchronous, because valgrind does not run a program whose main
    /// thread ends.
    static func main() {
        let hasEnded = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await run(Array(ProcessInfo.processInfo.arguments.dropFirst())) } catch {
                print("The measurement failed: \(error)")
                exit(EXIT_FAILURE)
            }
            hasEnded.signal()
        }
        hasEnded.wait()
    }

    private static func run(_ arguments: [String]) async throws {
        if arguments.first == "repeat", arguments.count == 3, let path = HotPath(rawValue: arguments[1]),
            let count = Int(arguments[2])
        {
            return try await path.run(count)
        }
        if arguments.first == Subject.manyConnections.rawValue, arguments.count == 2, let count = Int(arguments[1]),
            count >= 200
        {
            return try await manyConnections(count)
        }
        let chosen = arguments.compactMap(Subject.init)
        guard chosen.count == arguments.count else {
            print("Give some of: " + Subject.allCases.map(\.rawValue).joined(separator: " "))
            print("or: many-connections COUNT, from 200")
            print("or: repeat PATH COUNT, with one of: " + HotPath.allCases.map(\.rawValue).joined(separator: " "))
            exit(EX_USAGE)
        }
        for subject in chosen.isEmpty ? Subject.allCases : chosen { try await subject.measure() }
    }

    /// The processor time that this process has used, in seconds.
    static func processorTime() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    /// Prints one result.
    ///
    /// - Parameters:
    ///   - ratio: The speed divided by that of the reference: 1 means as fast as the reference.
    ///   - reference: The reference in words, such as "the rate of bare RS256 signatures".
    static func show(_ name: String, _ value: Double, per unit: String, ratio: Double, to reference: String) {
        let figure = value.formatted(.number.precision(.fractionLength(0)))
        let share = ratio.formatted(.number.precision(.fractionLength(2)))
        print("\(name): \(figure) \(unit); \(share) of \(reference)")
    }

    struct Signer: AssertionSigner {
        let key: _RSA.Signing.PrivateKey
        func signature(over message: [UInt8]) async throws -> [UInt8] {
            [UInt8](try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    }

    /// Measures how fast assertions are created and signed. The reference is the RSA signature alone.
    static func assertions() async throws {
        let signer = Signer(key: try _RSA.Signing.PrivateKey(keySize: .bits2048))
        let rounds = 3000
        let message = [UInt8](repeating: 7, count: 300)
        var start = processorTime()
        for _ in 0..<rounds { _ = try await signer.signature(over: message) }
        let bare = processorTime() - start
        start = processorTime()
        for number in 0..<rounds {
            let assertion = try Assertion(
                issuer: "3MVG9" + String(repeating: "k", count: 80), subject: "integration@acme.example",
                audience: "https://acme.my.salesforce.com", now: Date(), identifier: String(number))
            _ = try await assertion.signed(by: signer)
        }
        let whole = processorTime() - start
        show(
            "signed assertions, one core", Double(rounds) / whole, per: "a second", ratio: bare / whole,
            to: "the rate of bare RS256 signatures")
    }

    /// Measures how fast an archive is read from a SOAP reply. The reference is Foundation decoding the same Base64 in
    /// memory. Of each, the best of five runs counts, because new memory makes the others slower.
    static func archiveStream() throws {
        let megabytes = 32
        let archive = Data((0..<(megabytes << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
        let base64 = archive.base64EncodedString()
        let plain = best(of: 5) { precondition(Data(base64Encoded: base64)?.count == archive.count) }
        let bytes = ArchiveReply(base64).bytes
        let streamed = try best(of: 5) {
            let count = try ArchiveReply.read(bytes)
            precondition(count == archive.count)
        }
        show(
            "archive read from a reply, one core", Double(megabytes) / streamed, per: "MiB a second",
            ratio: plain / streamed,
            to: "the rate of decoding the Base64 alone, in memory")
    }

    /// Processor seconds of the fastest run.
    private static func best(of runs: Int, _ run: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<runs {
            let start = processorTime()
            try run()
            best = min(best, processorTime() - start)
        }
        return best
    }
}

/// The reply to `checkRetrieveStatus` with an archive.
struct ArchiveReply {
    let bytes: [UInt8]

    init(_ base64: String) {
        let reply =
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"http://soap.sforce.com/2006/04/metadata\">"
            + "<e:Body><checkRetrieveStatusResponse><result><done>true</done><id>09S000000000001AAA</id>"
            + "<status>Succeeded</status><success>true</success><zipFile>\(base64)</zipFile></result>"
            + "</checkRetrieveStatusResponse></e:Body></e:Envelope>"
        bytes = Array(reply.utf8)
    }

    /// Reads a reply in pieces of 64 KiB.
    ///
    /// - Returns: The size of the archive in bytes.
    static func read(_ bytes: [UInt8]) throws -> Int {
        var count = 0
        let reader = ReplyReader.checkRetrieveStatus { count += $0.count }
        for piece in stride(from: 0, to: bytes.count, by: 65_536) {
            try reader.feed(bytes[piece..<min(piece + 65_536, bytes.count)])
        }
        _ = try reader.finish()
        return count
    }
}
