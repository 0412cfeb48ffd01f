internal import ConnectedAppTesting
internal import Foundation
internal import HTTPTypes
internal import Logging
internal import Testing

@testable internal import ConnectedApp
@testable internal import ConnectedAppServer

@Suite("openapi.yaml and the server")
struct OpenAPITests {
    private let document = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)

    /// `GET /path` for each operation: keys that are indented by two and four spaces below `paths:`.
    private func operations() -> Set<String> {
        var found: Set<String> = []
        var path = ""
        var isInside = false
        let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
        for line in document.split(separator: "\n") {
            if !line.hasPrefix(" ") { isInside = line == "paths:" }
            guard isInside else { continue }
            if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
            let key = line.dropFirst(4).dropLast()
            if line.hasPrefix("    "), line.hasSuffix(":"), methods.contains(String(key)) {
                found.insert("\(key.uppercased()) \(path)")
            }
        }
        return found
    }

    /// Returns the JSON of an example below `examples:` at the document's end.
    private func example(_ name: String) throws -> Data {
        let all = try #require(document.range(of: "\n  examples:\n"))
        let head = try #require(
            document.range(of: "\n    \(name):\n      value:\n", range: all.lowerBound..<document.endIndex))
        let lines = document[head.upperBound...].split(separator: "\n").prefix { $0.hasPrefix("        ") }
        return Data(lines.joined(separator: "\n").utf8)
    }

    private func decode<Value: Decodable>(_ name: String, _ type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(Value.self, from: example(name))
    }

    @Test("The document and the router name the same operations")
    func walk() async throws {
        let world = try await TestWorld()
        let folder = NSTemporaryDirectory() + "aprity-openapi-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try SettingsServer(
            service: world.service, configuration: SettingsServerConfiguration(port: 0),
            startToken: StartToken(folder: folder, randomBytes: world.surroundings.randomBytes),
            surroundings: world.surroundings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let served = server.routes.map { "\($0.method.rawValue) \($0.path)" }.filter {
            $0.contains(" /api/") || $0.hasSuffix(" /livez") || $0.hasSuffix(" /readyz")
                || $0.hasSuffix(" /metrics")
        }
        #expect(served.count > 10)
        #expect(Set(served).symmetricDifference(operations()) == [])
    }

    @Test("The document lists the query parameters that the server accepts")
    func query() {
        var found: [String: Set<String>] = [:]
        var (path, operation) = ("", "")
        let lines = document.split(separator: "\n").map(String.init)
        for (line, next) in zip(lines, lines.dropFirst() + [""]) {
            if line.hasPrefix("  /") { path = String(line.dropFirst(2).dropLast()) }
            if let method = line.wholeMatch(of: #/    (get|put|post|patch|delete):/#)?.1 {
                operation = "\(method.uppercased()) \(path)"
            }
            let name =
                line.firstMatch(of: /name: (\w+), in: query/) ?? (line + next).firstMatch(of: /name: (\w+) +in: query/)
            if let name = name?.1 { found[operation, default: []].insert(String(name)) }
        }
        #expect(found == RequestCheck.queryParameters)
    }

    @Test("The types decode the examples")
    func examples() throws {
        #expect(try decode("Connection", ConnectionView.self).alias == "acme")
        #expect(try decode("Connections", [ConnectionView].self).count == 1)
        #expect(try decode("TestRun", TestRunView.self).result?.outcome == .waiting)
        #expect(try decode("TestRunning", TestRunView.self).state == .running)
        #expect(try decode("MetadataTypes", MetadataTypesView.self).types.count == 1)
        #expect(try decode("Problem", ProblemView.self).cause == .unknownAlias)
        #expect(try decode("NewConnection", Strict<NewConnectionBody>.self).body.connection.alias == "acme")
        let patch = try decode("ConnectionPatch", Strict<ConnectionPatchBody>.self).body
        guard case .removed = patch.changes.audience else {
            Issue.record("the example's null is not decoded as a removal")
            return
        }
    }

    @Test("The examples have exactly the members that the types encode")
    func members() throws {
        func names(_ data: Data) throws -> Set<String> {
            Set(try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any]).keys)
        }
        /// The member names of the objects in a list of the top object.
        func nested(_ data: Data, _ list: String) throws -> [Set<String>] {
            let members = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            return try #require(members[list] as? [[String: Any]]).map { Set($0.keys) }
        }
        let connection = try decode("Connection", ConnectionView.self)
        #expect(try names(example("Connection")) == names(ViewJSON.encode(connection)))
        #expect(try names(example("Block")) == names(ViewJSON.encode(decode("Block", BlockView.self))))
        #expect(try names(example("Budget")) == names(ViewJSON.encode(decode("Budget", BudgetView.self))))
        let check = try decode("CertificateCheck", CertificateCheckView.self)
        #expect(try names(example("CertificateCheck")) == names(ViewJSON.encode(check)))
        let notices = try decode("Notices", NoticesView.self)
        #expect(try nested(example("Notices"), "channels") == nested(ViewJSON.encode(notices), "channels"))
        #expect(try nested(example("Notices"), "notices") == nested(ViewJSON.encode(notices), "notices"))
        #expect(
            try nested(example("CertificateCheck"), "certificates") == nested(ViewJSON.encode(check), "certificates"))
        let own = try decode("ConnectionNotices", ConnectionNoticesView.self)
        #expect(try names(example("ConnectionNotices")) == names(ViewJSON.encode(own)))
        #expect(own.next?.days == 60)
        let run = try decode("TestRun", TestRunView.self)
        #expect(try names(example("TestRun")) == names(ViewJSON.encode(run)))
        let result = try #require(run.result)
        let members = try JSONSerialization.jsonObject(with: example("TestRun")) as? [String: Any]
        let shown = try JSONSerialization.data(withJSONObject: try #require(members?["result"]))
        #expect(try names(shown) == names(ViewJSON.encode(result)))
    }

    @Test("Every code that a problem can have is in the document's list, and no other")
    func codes() throws {
        let start = try #require(document.range(of: "the reason for a refusal by the server itself."))
        let open = try #require(document.range(of: "[", range: start.upperBound..<document.endIndex))
        let close = try #require(document.range(of: "]", range: open.upperBound..<document.endIndex))
        let listed = document[open.upperBound..<close.lowerBound].split { $0 == "," || $0.isWhitespace }.map(
            String.init)
        let possible = Cause.allCases.map(\.rawValue) + ServerRefusal.Reason.allCases.map(\.rawValue)
        #expect(Set(listed).symmetricDifference(possible) == [])
        #expect(listed.count == possible.count)
    }

    @Test("The server serves the document")
    func served() async throws {
        try await SettingsClient.run { client in
            let reply = try await client.api(.get, "/openapi.yaml")
            #expect(reply.text == document)
            #expect(reply.headers[.contentType] == "application/yaml")
        }
    }
}
