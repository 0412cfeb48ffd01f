import Foundation
import Testing

@testable import OrgSimulator

@Suite("Limits of the source folder")
struct SourceLimitsTests {
    private func files(_ content: String) -> [String: String] {
        [
            "roles/A.role-meta.xml": metadataXML("Role"), "staticresources/b.txt": content,
            "staticresources/b.resource-meta.xml":
                metadataXML("StaticResource"), "notes.bin": String(repeating: "x", count: 8 << 20),
        ]
    }

    @Test("A file above the limit is skipped and noted; a file of no known type is not read at all")
    func largeFile() throws {
        let folder = try SourceFixture(files(String(repeating: "x", count: (1 << 20) + 1)))
        let limits = SourceFolder.Limits(fileBytes: 1 << 20, folderBytes: 4 << 20)
        let repository = try MetadataRepository(sourceDirectory: folder.url.path, limits: limits)
        #expect(repository.components.map(\.fullName) == ["A"])
        let note = repository.notes.first { $0.file == "staticresources/b.txt" }
        #expect(note?.reason == "is not served: it is larger than 1 MB")
    }

    @Test("A folder above the limit is rejected, naming the file that exceeds it")
    func largeFolder() throws {
        let folder = try SourceFixture(files(String(repeating: "x", count: 1 << 20)))
        let limits = SourceFolder.Limits(fileBytes: 1 << 20, folderBytes: 1 << 20)
        #expect(
            throws: SourceFolderError.file(
                "staticresources/b.txt", "the folder exceeds 1 MB of metadata with this file")
        ) {
            try MetadataRepository(sourceDirectory: folder.url.path, limits: limits)
        }
    }

    @Test("A folder with too many files is rejected")
    func manyFiles() throws {
        let folder = try SourceFixture(files(""))
        #expect(throws: SourceFolderError.file("staticresources", "there are more than 4 files and folders")) {
            try MetadataRepository(sourceDirectory: folder.url.path, limits: .init(entries: 4))
        }
    }

    @Test(
        "Virtual folders of the kernel are rejected, also through a link",
        arguments: ["/proc", "/proc/self", "/sys", "/dev"])
    func systemFolders(_ path: String) throws {
        let refusal = SourceFolderError.missing(path, "this is a virtual folder of the operating system")
        #expect(throws: refusal) { try MetadataRepository(sourceDirectory: path) }
        let folder = try SourceFixture()
        let link = folder.url.appending(path: "link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let behind = try #require(throws: SourceFolderError.self) { try MetadataRepository(sourceDirectory: link) }
        #expect(behind.isMissing)
    }

    @Test("A file instead of a folder is reported as one")
    func fileInPlace() throws {
        let path = TestFiles.fixture("first.crt")
        #expect(throws: SourceFolderError.missing(path, "this is not a folder")) {
            try MetadataRepository(sourceDirectory: path)
        }
    }

    @Test(
        "A folder with nothing to serve is rejected, with the reasons",
        arguments: [
            ([:], []), (["sfdx-project.json": #"{"packageDirectories": []}"#], []),
            ([".forceignore": "*", "roles/A.role-meta.xml": metadataXML("Role")], []),
            (["roles/A.role-meta.xml": "<Role>"], ["is not served: not well-formed XML near line 1"]),
            (["a.txt": "x"], ["belongs to no known metadata type"]),
        ] as [([String: String], [String])])
    func nothing(_ files: [String: String], _ reasons: [String]) throws {
        let folder = try SourceFixture(files)
        var state = SimulatorState.harbourBikes
        state.orgs[0].source = folder.url.path
        let problem = try #require(throws: StateProblem.self) { try TestOrg(state) }
        #expect(problem.source?.folder == folder.url.path)
        #expect(
            problem.source?.problems.map(\.reason) == ["there is no metadata in it that can be served"] + reasons)
    }
}
