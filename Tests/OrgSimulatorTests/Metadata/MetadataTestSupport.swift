import Foundation
import Synchronization

@testable import OrgSimulator

/// A folder of files that is deleted with the value.
final class SourceFixture: Sendable {
    let url: URL

    init(_ files: [String: String] = [:]) throws {
        url = FileManager.default.temporaryDirectory.appending(path: "org-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (path, text) in files { try write(path, Array(text.utf8)) }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    func repository() throws -> MetadataRepository { try MetadataRepository(sourceDirectory: url.path) }
}

/// An XML file with the metadata namespace.
func metadataXML(_ root: String, _ content: String = "") -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <\(root) xmlns="http://soap.sforce.com/2006/04/metadata">
        \(content)
    </\(root)>

    """
}

/// Org time that a test sets.
final class MetadataTestTime: Sendable {
    private let date = Mutex(Date(timeIntervalSince1970: 1_780_000_000))

    func now() -> Date { date.withLock { $0 } }
    func advance(_ seconds: Double) { date.withLock { $0 += seconds } }
}

/// A metadata service with a clock of its own. The sessions `good`, `other` and `weak` belong to three users, of whom
/// `weak` lacks the permission. The session `prefixed` gets a fault whose code has a prefix. Others are invalid.
struct MetadataTestOrg: Sendable {
    let service: MetadataService
    let time = MetadataTestTime()

    init(_ repository: MetadataRepository, _ settings: MetadataServiceSettings = .init()) {
        let counter = Mutex(UInt64(1))
        service = MetadataService(
            repository: repository, settings: settings, now: { [time] in time.now() },
            random: {
                counter.withLock { state in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return state
                }
            })
    }

    init(_ files: [String: String], _ settings: MetadataServiceSettings = .init()) throws {
        self.init(try SourceFixture(files).repository(), settings)
    }

    /// - Parameter session: The session id; `nil` for an envelope without a header.
    static func envelope(_ operation: String, session: String? = "good") -> String {
        let header = session.map {
            "<soapenv:Header><m:SessionHeader><m:sessionId>\($0)</m:sessionId></m:SessionHeader></soapenv:Header>"
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
            xmlns:m="http://soap.sforce.com/2006/04/metadata">\(header ?? "")\
            <soapenv:Body>\(operation)</soapenv:Body></soapenv:Envelope>
            """
    }

    func send(_ envelope: String, version: String = "66.0") async -> SOAPReply {
        await send(bytes: Array(envelope.utf8), version: version)
    }

    func send(bytes: [UInt8], version: String = "66.0") async -> SOAPReply {
        await service.respond(to: bytes, versionInPath: version) { session in
            switch session {
            case "good", "weak", "other":
                .valid(
                    MetadataCaller(
                        userID: "005\(session)", userName: "User \(session)", organizationID: "00D000000000001",
                        mayUseMetadataAPI: session != "weak"))
            case "prefixed":
                .refused(faultCode: "sf:API_DISABLED_FOR_ORG", faultString: "API_DISABLED_FOR_ORG: off")
            default:
                .refused(
                    faultCode: "INVALID_SESSION_ID",
                    faultString: "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session")
            }
        }
    }

    /// Sends one operation of the metadata namespace, and reads the reply's Body.
    func call(
        _ name: String, _ arguments: String = "", session: String = "good", version: String = "66.0"
    ) async throws -> MetadataAnswer {
        let operation = "<\(name) xmlns=\"http://soap.sforce.com/2006/04/metadata\">\(arguments)</\(name)>"
        return try MetadataAnswer(await send(Self.envelope(operation, session: session), version: version))
    }

    /// Returns the names that listMetadata returns for one type.
    func list(_ type: String, folder: String? = nil) async throws -> [String] {
        let folder = folder.map { "<folder>\($0)</folder>" } ?? ""
        let answer = try await call("listMetadata", "<queries><type>\(type)</type>\(folder)</queries>")
        return answer.content.children("result").compactMap { $0.value("fullName") }
    }

    /// Starts a retrieve, lets the time pass and fetches the archive.
    func retrieve(
        _ types: [(type: String, members: [String])], singlePackage: Bool = true, version: String = "66.0"
    ) async throws -> Retrieved {
        let id = try await startRetrieve(types, singlePackage: singlePackage, version: version)
        time.advance(60)
        let answer = try await call("checkRetrieveStatus", "<asyncProcessId>\(id)</asyncProcessId>")
        return try Retrieved(answer)
    }

    /// Starts a retrieve.
    ///
    /// - Returns: The id of the job; empty if the call failed.
    func startRetrieve(
        _ types: [(type: String, members: [String])], singlePackage: Bool = true, version: String = "66.0"
    ) async throws -> String {
        let entries = types.map { entry in
            "<types>\(entry.members.map { "<members>\($0)</members>" }.joined())<name>\(entry.type)</name></types>"
        }
        let answer = try await call(
            "retrieve",
            """
            <retrieveRequest><apiVersion>\(version)</apiVersion><singlePackage>\(singlePackage)</singlePackage>\
            <unpackaged>\(entries.joined())<version>\(version)</version></unpackaged></retrieveRequest>
            """)
        return answer.content.child("result")?.value("id") ?? ""
    }
}

/// A parsed reply.
struct MetadataAnswer {
    var reply: SOAPReply
    /// The child of Body.
    var content: XMLTree

    init(_ reply: SOAPReply) throws {
        self.reply = reply
        content = try XMLTree.parse(reply.body).child("Body")?.children.first ?? XMLTree("")
    }

    var faultCode: String? { content.value("faultcode") }
    var faultText: String? { content.value("faultstring") }
}

/// The result of a retrieve, with the archive unpacked by Python.
struct Retrieved {
    var result: XMLTree
    var files: [String: String] = [:]
    var archive: [UInt8] = []

    init(_ answer: MetadataAnswer) throws {
        result = answer.content.child("result") ?? XMLTree("")
        guard let text = result.value("zipFile"), let data = Data(base64Encoded: text) else { return }
        archive = [UInt8](data)
        files = try PythonJudge.unpacked(archive).mapValues { String(decoding: $0, as: UTF8.self) }
    }

    var paths: [String] { files.keys.sorted() }
    var problems: [String] { result.children("messages").compactMap { $0.value("problem") } }

    /// Members by type, from the archive's package.xml.
    func manifest(_ path: String = "package.xml") throws -> [String: [String]] {
        let tree = try XMLTree.parse(Array((files[path] ?? "").utf8))
        return Dictionary(
            tree.children("types").map { ($0.value("name") ?? "", $0.children("members").map(\.text)) }
        ) { $0 + $1 }
    }
}

/// Python's standard library, as an independent check of what this code writes.
enum PythonJudge {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs a script with a file as its last argument. Its standard output must be JSON.
    static func run<Value: Decodable>(_ script: String, on input: [UInt8], as type: Value.Type) throws -> Value {
        let folder = try SourceFixture()
        try folder.write("input", input)
        let output = try run(["-c", script, folder.url.appending(path: "input").path])
        guard output.status == 0 else { throw Failure(description: output.text) }
        return try JSONDecoder().decode(Value.self, from: Data(output.text.utf8))
    }

    /// Runs Python, and returns its exit status with stdout and stderr in one text.
    static func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// Returns the entries of an archive after `testzip` has confirmed the checksums.
    static func unpacked(_ archive: [UInt8]) throws -> [String: [UInt8]] {
        let script = """
            import base64, json, sys, zipfile
            with zipfile.ZipFile(sys.argv[1]) as archive:
                assert archive.testzip() is None
                assert len(set(archive.namelist())) == len(archive.namelist())
                print(json.dumps({n: base64.b64encode(archive.read(n)).decode() for n in archive.namelist()}))
            """
        return try run(script, on: archive, as: [String: Data].self).mapValues { [UInt8]($0) }
    }
}
