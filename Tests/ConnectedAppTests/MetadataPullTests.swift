import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp
@testable import MetadataAPI

@Suite("Metadata pull")
struct MetadataPullTests {
    /// One pull into a fresh folder's `org`.
    private struct Pull {
        let folder: TemporaryFolder
        let org: RetrievingOrg
        let passing = PassingTime()

        init(_ change: (inout RetrievingOrg.Trouble) -> Void = { _ in }) throws {
            folder = try TemporaryFolder()
            var trouble = RetrievingOrg.Trouble()
            change(&trouble)
            org = RetrievingOrg(trouble)
        }

        var target: String { folder.path + "/org" }

        func run(_ change: (inout PullRequest) -> Void = { _ in }) async throws -> PullView {
            let surroundings = passing.surroundings()
            let signIn = SignIn(over: org.transport, context: nil, surroundings: surroundings)
            let identity = try SignInIdentity.test()
            let tokens = TokenSource { try await signIn.token(for: identity, purpose: .use) }
            let reader = MetadataReader(
                api: OrgAPI(transport: org.transport, tokens: tokens), surroundings: surroundings)
            var request = PullRequest(target: target)
            change(&request)
            return try await reader.pull(request) { _ in }
        }

        func content(_ file: String) throws -> String {
            try String(contentsOfFile: target + "/" + file, encoding: .utf8)
        }

        /// The entries beside and in the target.
        func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    @Test("A pull lists, retrieves, waits and fetches once, and the folder is complete")
    func success() async throws {
        let pull = try Pull { $0.pendingPolls = 2 }
        let view = try await pull.run()
        #expect(view.folder == .created)
        #expect(view.path == pull.target)
        #expect(view.apiVersion == "67.0")
        #expect(view.files == 2)
        #expect(view.components == 1)
        #expect(view.types == 1)
        #expect(view.retrieves == 1)
        #expect(view.notes.contains("a warning of the org"))
        #expect(try pull.content("classes/A.cls") == "class A {}")
        #expect(try pull.content("package.xml").contains("<members>A</members>"))
        #expect(try pull.names() == ["org"])
        let calls = pull.org.calls
        #expect(calls.retrieves == 1)
        #expect(calls.polls == 3)
        #expect(calls.deliveries.count == 1)
        #expect(calls.signIns == 1)
        #expect(pull.passing.waits == [1, 2, 4])
        #expect(view.elapsedSeconds == 7)
    }

    @Test("A package.xml is followed without listing anything")
    func manifest() async throws {
        let pull = try Pull()
        let view = try await pull.run {
            $0.package = PackageFile(path: "package.xml", content: Array(RetrievingOrg.manifest.utf8))
        }
        #expect(view.components == 1)
        #expect(pull.org.calls.retrieves == 1)
    }

    /// The archive's package.xml is as in SFDO-Tooling/CumulusCI cumulusci/tasks/salesforce/tests/test_Deploy.py.
    @Test("What the org reports as not found is missing, although the archive's package.xml names it")
    func missing() async throws {
        let named = RetrievingOrg.manifest.replacingOccurrences(
            of: "<members>A</members>", with: "<members>A</members><members>Bob's</members>"
        ).replacingOccurrences(
            of: "    <version>", with: "    <types><members>*</members><name>Nonsense</name></types><version>")
        let pull = try Pull {
            $0.files[0].text = named
            $0.problems = [
                "Entity of type &apos;ApexClass&apos; named &apos;Bob&apos;s&apos; cannot be found",
                "Entity type: &apos;Nonsense&apos; is unknown",
            ]
        }
        let view = try await pull.run { $0.package = PackageFile(path: "package.xml", content: Array(named.utf8)) }
        #expect(view.missing.map(\.type) == ["ApexClass", "Nonsense"])
        #expect(view.missing.map(\.name) == ["Bob's", nil])
        #expect(view.components == 1)
        #expect(view.types == 1)
        let written = try PackageManifest(parsing: Array(pull.content("package.xml").utf8))
        #expect(written == (try PackageManifest(parsing: Array(RetrievingOrg.manifest.utf8))))
    }

    @Test("A package.xml that cannot be read is rejected, and nothing is retrieved")
    func badManifest() async throws {
        let pull = try Pull()
        let file = PackageFile(path: "ci/mine.xml", content: Array("<nonsense/>".utf8))
        let error = await thrownByAwaiting { try await pull.run { $0.package = file } }
        #expect(error?.cause == .inputMalformed)
        #expect(error?.subject == "ci/mine.xml")
        #expect(pull.org.calls.signIns == 0)
        #expect(try pull.names().isEmpty)
    }

    @Test("A type that the org does not have is rejected, with the nearest one")
    func unknownType() async throws {
        let pull = try Pull()
        let error = await thrownByAwaiting { try await pull.run { $0.types = ["Apexclass"] } }
        #expect(error?.cause == .typeUnknown)
        #expect(error?.description.contains("Did you mean ApexClass?") == true)
        #expect(pull.org.calls.retrieves == 0)
    }

    @Test(
        "If the connection is lost while polling, the same job is polled again",
        arguments: [TransportFailure.Kind.connectionLost, .timedOut])
    func lostWhilePolling(_ kind: TransportFailure.Kind) async throws {
        let pull = try Pull { $0.onPoll = { $0 <= 2 ? kind : nil } }
        _ = try await pull.run()
        let calls = pull.org.calls
        #expect(calls.retrieves == 1)
        #expect(calls.polls == 4 - 1)
        #expect(calls.deliveries.count == 1)
    }

    @Test(
        "If the connection is lost while the archive arrives, a new job is started; no archive is requested twice",
        arguments: [0, 150, 700])
    func lostInDelivery(_ cut: Int) async throws {
        let pull = try Pull { $0.onDelivery = { $0 == 1 ? cut : nil } }
        let view = try await pull.run()
        let calls = pull.org.calls
        #expect(calls.retrieves == 2)
        #expect(calls.deliveries.count == 2)
        #expect(Set(calls.deliveries).count == 2)
        #expect(view.files == 2)
        #expect(try pull.content("classes/A.cls") == "class A {}")
        #expect(try pull.names() == ["org"])
    }

    @Test(
        "If the connection is lost repeatedly while the archive arrives, the pull fails and the folder does not appear")
    func lostAlways() async throws {
        let pull = try Pull { $0.onDelivery = { _ in 300 } }
        #expect(await thrownByAwaiting { try await pull.run() }?.cause == .connectionLost)
        #expect(pull.org.calls.deliveries.count == Retrieval.restartLimit + 1)
        #expect(try pull.names().filter { !$0.contains(".partial-") }.isEmpty)
    }

    @Test("An empty archive is rejected as an archive, not as a lost connection")
    func emptyArchive() async throws {
        let pull = try Pull { $0.hasEmptyArchive = true }
        #expect(await thrownByAwaiting { try await pull.run() }?.cause == .archiveRefused)
        #expect(pull.org.calls.deliveries.count == 1)
        #expect(try pull.names().filter { !$0.contains(".partial-") }.isEmpty)
    }

    @Test("If the connection is lost when the job starts, another job is started")
    func lostAtStart() async throws {
        let pull = try Pull { $0.onRetrieve = { $0 == 1 ? .connectionLost : nil } }
        _ = try await pull.run()
        #expect(pull.org.calls.retrieves == 2)
    }

    @Test(
        "An error that a retry cannot fix ends the pull",
        arguments: [TransportFailure.Kind.tlsFailed, .serverNotTrusted, .proxyFailed, .nameNotResolved])
    func hopeless(_ kind: TransportFailure.Kind) async throws {
        let pull = try Pull { $0.onPoll = { _ in kind } }
        #expect(await thrownByAwaiting { try await pull.run() }?.cause.rawValue == kind.rawValue)
        #expect(pull.org.calls.polls == 1)
        #expect(try pull.names().filter { !$0.contains(".partial-") }.isEmpty)
    }

    @Test("The error about a job that the org could not finish contains the org's text")
    func jobFails() async throws {
        let pull = try Pull { $0.failsWith = "UNKNOWN_EXCEPTION" }
        let error = await thrownByAwaiting { try await pull.run() }
        #expect(error?.cause == .retrieveFailed)
        #expect(error?.evidence == ["errorStatusCode": "UNKNOWN_EXCEPTION", "errorMessage": "words of the org"])
        #expect(try pull.names().filter { !$0.contains(".partial-") }.isEmpty)
    }

    @Test("A job that never ends is given up after half an hour")
    func tooLong() async throws {
        let pull = try Pull { $0.pendingPolls = .max }
        #expect(await thrownByAwaiting { try await pull.run() }?.cause == .retrieveTimedOut)
        let waited = pull.passing.waits.reduce(0, +)
        #expect(waited > 1700)
        #expect(waited <= 1800)
    }

    @Test("An existing target is reported before any request to the org", arguments: [true, false])
    func targetExists(_ isFolder: Bool) async throws {
        let pull = try Pull()
        if isFolder {
            try FileManager.default.createDirectory(atPath: pull.target, withIntermediateDirectories: false)
            _ = try pull.folder.file("org/mine", "a file")
        } else {
            _ = try pull.folder.file("org", "a file")
        }
        #expect(await thrownByAwaiting { try await pull.run() }?.cause == .outputExists)
        #expect(pull.org.calls.signIns == 0)
        #expect(try pull.names() == ["org"])
    }

    @Test("A former pull is replaced if that was requested; other folders are not")
    func replace() async throws {
        let pull = try Pull()
        try FileManager.default.createDirectory(atPath: pull.target, withIntermediateDirectories: false)
        _ = try pull.folder.file("org/precious.txt", "mine")
        #expect(await thrownByAwaiting { try await pull.run { $0.replace = true } }?.cause == .outputExists)
        #expect(try pull.content("precious.txt") == "mine")
        try FileManager.default.removeItem(atPath: pull.target)
        _ = try await pull.run()
        _ = try pull.folder.file("org/precious.txt", "mine")
        let view = try await pull.run { $0.replace = true }
        #expect(view.folder == .updated)
        #expect(try pull.content("classes/A.cls") == "class A {}")
        #expect(try pull.content("precious.txt") == "mine")
        #expect(try pull.names() == ["org"])
    }

    @Test("An empty folder is filled")
    func emptyFolder() async throws {
        let pull = try Pull()
        try FileManager.default.createDirectory(atPath: pull.target, withIntermediateDirectories: false)
        #expect(try await pull.run().folder == .created)
        #expect(try pull.content("classes/A.cls") == "class A {}")
    }

    @Test("A package.xml that somebody wrote is not replaced, and the refusal names it")
    func foreignManifest() async throws {
        let pull = try Pull()
        try FileManager.default.createDirectory(atPath: pull.target, withIntermediateDirectories: false)
        _ = try pull.folder.file("org/package.xml", "mine")
        let error = await thrownByAwaiting { try await pull.run { $0.replace = true } }
        #expect(error?.cause == .outputExists)
        #expect(error?.evidence["entries"] == "package.xml")
        #expect(error?.description.contains("package.xml") == true)
        #expect(try pull.content("package.xml") == "mine")
        #expect(try pull.names() == ["org"])
    }

    @Test("A pull that delivers nothing keeps the former one", arguments: [true, false])
    func nothing(_ hasFormer: Bool) async throws {
        let pull = try Pull { $0.files = [("package.xml", RetrievingOrg.manifest)] }
        if hasFormer {
            try FileManager.default.createDirectory(atPath: pull.target, withIntermediateDirectories: false)
            _ = try pull.folder.file("org/package.xml", "former")
        }
        let view = try await pull.run {
            $0.replace = true
            $0.package = PackageFile(path: "package.xml", content: Array(RetrievingOrg.manifest.utf8))
        }
        #expect(view.folder == .kept)
        #expect(view.files == 0)
        #expect(view.notes == ["a warning of the org"])
        #expect(try pull.names() == (hasFormer ? ["org"] : []))
        if hasFormer { #expect(try pull.content("package.xml") == "former") }
    }

    @Test("Of many messages the first are shown, shortened, with how many more there are; all names are missing")
    func manyMessages() async throws {
        let name = String(repeating: "n", count: 5000)
        let names = (0..<500).map { "U\($0)" } + [name]
        let pull = try Pull {
            $0.problems =
                [name] + names.map { "Entity of type &apos;Flow&apos; named &apos;\($0)&apos; cannot be found" }
        }
        let view = try await pull.run {
            $0.package = Self.package(
                names.map { (type: "Flow", member: $0) } + [(type: "ApexClass", member: "A")])
        }
        #expect(view.missing.count == 501)
        #expect(view.missing.contains { $0.name == name })
        #expect(view.notes.count == 21)
        #expect(view.notes.first?.count == 301)
        #expect(view.notes.last == "482 more notes of this kind are not shown.")
    }

    @Test("A type for which the org treats * as a name is listed, and nothing of it is missing")
    func refusedWildcards() async throws {
        let pull = try Pull {
            $0.problems = ["Entity of type &apos;ApexClass&apos; named &apos;*&apos; cannot be found"]
            $0.files = [("package.xml", RetrievingOrg.manifest)]
        }
        let view = try await pull.run { $0.package = Self.package([("ApexClass", "*")]) }
        #expect(view.refusedWildcards == ["ApexClass"])
        #expect(view.folder == .kept)
    }

    /// The name of an encoding for iconv, and its declaration in package.xml.
    static let encodings: [(String, String?)] = [
        ("UTF-16", "UTF-16"), ("ISO-8859-1", "ISO-8859-1"), ("WINDOWS-1252", nil), ("UTF-16BE", nil),
    ]

    @Test("A package.xml in another encoding gets the command that converts it", arguments: encodings)
    func encoding(_ name: String, _ declared: String?) async throws {
        let folder = try TemporaryFolder()
        let declaration = "<?xml version=\"1.0\"\(declared.map { " encoding=\"\($0)\"" } ?? "")?>\n"
        let text =
            declaration + "<Package xmlns=\"http://soap.sforce.com/2006/04/metadata\"><description>Müller</description>"
            + "<version>67.0</version></Package>"
        let bytes = try await OutsideTool("iconv").run(["-f", "UTF-8", "-t", name], input: Array(text.utf8)).output
        let path = try folder.file("my package.xml", bytes)
        let error = try #require(thrown { try PackageFile(path: path, content: bytes).manifest() })
        #expect(error.cause == .inputMalformed)
        let command = try #require(error.remedy.firstMatch(of: /`([^`]*)`/), "\(error.remedy)").1
        let outcome = try await OutsideTool("sh").run(["-c", "cd \"$0\" && \(command)", folder.path])
        #expect(outcome.status == 0, "\(command): \(outcome.standardError)")
        let converted = [UInt8](try Data(contentsOf: URL(filePath: folder.path + "/converted.xml")))
        #expect(try PackageFile(path: "converted.xml", content: converted).manifest().version.number == 67)
        let piped = thrown { try PackageFile(path: "-", content: bytes).manifest() }
        #expect(piped?.remedy.hasPrefix("Save it to the file given.xml first. Convert it: `iconv") == true)
        #expect(piped?.subject == "standard input")
    }

    private static func package(_ types: [(type: String, member: String)]) -> PackageFile {
        let entries = types.map { "<types><members>\($0.member)</members><name>\($0.type)</name></types>" }.joined()
        let text =
            "<Package xmlns=\"http://soap.sforce.com/2006/04/metadata\">\(entries)<version>67.0</version></Package>"
        return PackageFile(path: "package.xml", content: Array(text.utf8))
    }

    @Test(
        "Undelivered components are listed; a new folder gets the rest, a former pull is kept",
        arguments: [("ApexClass", "B", "B"), ("flow", "*", nil), ("flow", "F", "F")] as [(String, String, String?)])
    func missing(_ type: String, _ member: String, _ name: String?) async throws {
        let pull = try Pull()
        let request: (inout PullRequest) -> Void = {
            $0.package = Self.package([("ApexClass", "A"), (type, member)])
            $0.replace = true
        }
        let first = try await pull.run(request)
        #expect(first.folder == .created)
        #expect(first.files == 2)
        #expect(first.missing == [.init(type: type, name: name)])
        let second = try await pull.run(request)
        #expect(second.folder == .kept)
        #expect(second.files == 0)
        #expect(second.missing == first.missing)
        #expect(try pull.content("classes/A.cls") == "class A {}")
        #expect(try pull.names() == ["org"])
        let corrected = try await pull.run {
            $0.package = Self.package([("ApexClass", "A")])
            $0.replace = true
        }
        #expect(corrected.folder == .replaced)
        #expect(corrected.missing.isEmpty)
    }

    @Test("Nothing is missing if the org spells a name differently, or has no component of a known type")
    func notMissing() async throws {
        let manifest = RetrievingOrg.manifest.replacing(
            "<name>ApexClass</name></types>",
            with: "<name>Layout</name></types><types><members>X %28Y%29</members><name>Layout</name></types>")
        let pull = try Pull { $0.files = [("package.xml", manifest), ("layouts/A.layout", "<Layout/>")] }
        let view = try await pull.run {
            $0.package = Self.package([("ApexClass", "*"), ("Layout", "a"), ("Layout", "x (y)")])
        }
        #expect(view.missing.isEmpty)
        #expect(view.folder == .created)
        #expect(view.files == 1)
    }

    @Test("A pull that delivers nothing also names what earlier runs left beside the folder")
    func leftoversOfKept() async throws {
        let pull = try Pull { $0.files = [("package.xml", RetrievingOrg.manifest)] }
        let aside = pull.folder.path + "/.org.replaced-0123456789abcdef"
        for path in [pull.target, aside] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        for name in ["org/package.xml", "org/taken", ".org.replaced-0123456789abcdef/taken"] {
            _ = try pull.folder.file(name, name)
        }
        let view = try await pull.run { $0.replace = true }
        #expect(view.folder == .kept)
        #expect(view.notes.contains { $0.contains(aside) }, "\(view.notes)")
    }

    @Test("Each refusal of a target says what to do, and never to remove it")
    func remedies() async throws {
        let pull = try Pull()
        let path = pull.folder.path
        for name in ["repository/.git", "pulled", "here"] {
            try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
        }
        for name in ["pulled/package.xml", "file"] { _ = try pull.folder.file(name, "mine") }
        let cases: [(target: String, replace: Bool, cause: Cause, remedy: String)] = [
            ("repository", true, .outputExists, "--out \(path)/repository/metadata"),
            ("repository", false, .outputExists, "--out \(path)/repository/metadata"),
            ("pulled", false, .outputExists, "--replace"), ("file", true, .outputExists, "a new or an empty folder"),
            ("here/.", false, .outputCannotBeCreated, ", which contains the folder, with --out here"),
        ]
        for wanted in cases {
            let error = await thrownByAwaiting {
                try await pull.run {
                    $0.target = path + "/" + wanted.target
                    $0.replace = wanted.replace
                }
            }
            #expect(error?.cause == wanted.cause, "\(wanted.target)")
            #expect(error?.remedy.contains(wanted.remedy) == true, "\(error?.remedy ?? "none")")
            #expect(error.map { ProblemView($0).remedy } == error?.remedy)
        }
        for cause in [Cause.outputExists, .outputCannotBeCreated] { #expect(!cause.entry.remedy.contains("remove")) }
        #expect(pull.org.calls.signIns == 0)
    }

    @Test("A pull that is cancelled leaves nothing")
    func cancelled() async throws {
        let pull = try Pull()
        _ = try pull.folder.file("neighbour", "")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await pull.run()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try pull.names() == ["neighbour"])
    }

    @Test("A pull that fails leaves the former one as it was")
    func replaceFails() async throws {
        let pull = try Pull { $0.failsWith = "UNKNOWN_EXCEPTION" }
        try FileManager.default.createDirectory(atPath: pull.target, withIntermediateDirectories: false)
        _ = try pull.folder.file("org/package.xml", "former")
        _ = await thrownByAwaiting { try await pull.run { $0.replace = true } }
        #expect(try pull.content("package.xml") == "former")
        #expect(try pull.names().filter { !$0.contains(".partial-") } == ["org"])
    }

    @Test("Programs that this process starts do not inherit the archive")
    func closedOnExec() throws {
        let folder = try TemporaryFolder()
        let archive = try ArchiveFile(beside: folder.path + "/org")
        #expect(fcntl(archive.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test("A target in a missing folder is reported before anything else")
    func noParent() async throws {
        let pull = try Pull()
        let target = pull.folder.path + "/none/org"
        let error = await thrownByAwaiting { try await pull.run { $0.target = target } }
        #expect(error?.cause == .outputCannotBeCreated)
        #expect(pull.org.calls.signIns == 0)
    }
}
