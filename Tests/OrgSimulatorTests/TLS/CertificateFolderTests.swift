import Foundation
import Subprocess
import Testing

@testable import OrgSimulator

@Suite("The folder of --make-ca")
struct CertificateFolderTests {
    private static let files = ["ca.crt", "server.crt", "server.key"]
    private let names = SimulatorState.harbourBikes.certificateNames
    private let fixture: SourceFixture
    private let folder: CertificateFolder

    init() throws {
        fixture = try SourceFixture()
        folder = CertificateFolder(path: fixture.url.appending(path: "new/ca").path())
    }

    private func contents() -> [String: Data] {
        Dictionary(
            uniqueKeysWithValues: Self.files.map {
                ($0, FileManager.default.contents(atPath: "\(folder.path)/\($0)") ?? Data())
            })
    }

    @Test("The certificates pass openssl's strict checks for every name, and for no other")
    func verified() async throws {
        try folder.prepare(names: names, now: Date())
        let hosts = [
            "login.salesforce.com", "test.salesforce.com", "acme.my.salesforce.com", "localhost",
            "acme--dev.sandbox.my.salesforce.com", "acme.develop.my.salesforce.com", "acme.scratch.my.salesforce.com",
        ]
        for host in hosts { #expect(try await isValid(["-verify_hostname", host]), "\(host)") }
        for address in ["127.0.0.1", "::1"] { #expect(try await isValid(["-verify_ip", address])) }
        #expect(try await !isValid(["-verify_hostname", "salesforce.com.example"]))
        #expect(try await !isValid(["-verify_hostname", "a.b.my.salesforce.com"]))
        let mode = try FileManager.default.attributesOfItem(atPath: folder.keyFile)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == Self.files)
    }

    private func isValid(_ check: [String]) async throws -> Bool {
        let result = try await run(
            .name("openssl"),
            arguments: .init(
                ["verify", "-x509_strict", "-CAfile", folder.authorityFile] + check + [folder.certificateFile]),
            output: .discarded, error: .discarded)
        return result.terminationStatus.isSuccess
    }

    @Test("Existing files are used unchanged, even by two simulators that start at the same time")
    func reused() async throws {
        try folder.prepare(names: names, now: Date())
        let first = contents()
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { [folder, names] in try folder.prepare(names: names, now: Date()) } }
            try await group.waitForAll()
        }
        #expect(contents() == first)
    }

    @Test("If many simulators start at the same time with a new folder, one creates the files and all use them")
    func race() async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { [folder, names] in try folder.prepare(names: names, now: Date()) } }
            try await group.waitForAll()
        }
        #expect(try await isValid(["-verify_hostname", "localhost"]))
    }

    @Test("If only some of the files exist, none is changed", arguments: files)
    func incomplete(_ missing: String) throws {
        try folder.prepare(names: names, now: Date())
        unlink("\(folder.path)/\(missing)")
        let before = contents()
        let error = #expect(throws: SimulatorStartError.self) { try folder.prepare(names: names, now: Date()) }
        #expect(error?.cause == .certificateFolder)
        #expect(error?.description.contains("has no \(missing), but other files") == true)
        #expect(contents() == before)
    }

    @Test("Certificates that do not name an org, have expired or do not belong together are rejected and kept")
    func refused() throws {
        try folder.prepare(names: names, now: Date())
        let before = contents()
        func problem(_ names: [String], _ now: Date) -> String {
            let error = #expect(throws: SimulatorStartError.self) { try folder.prepare(names: names, now: now) }
            return error?.description ?? ""
        }
        #expect(problem(names + ["crm.acme.example"], Date()).contains("do not name crm.acme.example"))
        #expect(problem(names, Date() + 826 * 86_400).contains("have expired or are not valid yet"))
        #expect(problem(names, Date() - 86_400).contains("have expired or are not valid yet"))
        #expect(contents() == before)
        try Data(contentsOf: URL(filePath: TestFiles.fixture("elliptic.key"))).write(to: URL(filePath: folder.keyFile))
        #expect(problem(names, Date()).contains("do not belong together"))
        try Data("x".utf8).write(to: URL(filePath: folder.keyFile))
        #expect(problem(names, Date()).contains("cannot be read"))
    }

    @Test("The names are Salesforce's hosts of every kind, loopback names, and those of the seed's orgs")
    func certificateNames() {
        var state = SimulatorState.harbourBikes
        state.orgs[0].instanceURL = "https://CRM.acme.example:8443"
        #expect(state.certificateNames.suffix(2) == ["crm.acme.example", "harbour-bikes.my.salesforce.com"])
        #expect(state.hostNames.contains("login.salesforce.com"))
        #expect(!state.hostNames.contains("localhost"))
    }
}
