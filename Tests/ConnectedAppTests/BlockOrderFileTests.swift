import ConnectedAppTesting
import Crypto
import Foundation
import Synchronization
import Testing

@testable import ConnectedApp

@Suite("Block order file")
struct BlockOrderFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/block-order" }
    private let ring: MasterKeyRing

    init() throws {
        folder = try TemporaryFolder()
        ring = try .test()
    }

    /// The file as a new process sees it.
    ///
    /// - Parameter copyFolder: The folder of the copy; `nil` for no copy.
    private func process(
        copyFolder: String? = nil, onCopyFailure: @escaping @Sendable (ConnectedAppError) -> Void = { _ in }
    ) -> BlockOrderFile {
        BlockOrderFile(
            path: path, copyFolder: copyFolder, ring: ring,
            surroundings: .test(TestTime(), seed: UInt64.random(in: 1...1_000_000)), writerTimeout: .zero,
            onCopyFailure: onCopyFailure)
    }

    /// The folder of the copy.
    private func keyFolder() throws -> String {
        let keys = folder.path + "/keys"
        try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: true)
        return keys
    }

    private func order(_ appIDs: [String]?, reason: String = "drill") -> BlockOrder {
        BlockOrder(
            appIDs: appIDs, reason: reason, principal: Principal(.commandLine, name: "me"),
            orderedAt: Date(timeIntervalSince1970: 1_795_435_200))
    }

    private func bytes() throws -> Data { try Data(contentsOf: URL(filePath: path)) }
    private func put(_ bytes: Data) throws { try bytes.write(to: URL(filePath: path)) }

    /// The mark of a store that has applied every order so far.
    private func mark(_ state: BlockOrderState) -> BlockOrderMark {
        BlockOrderMark(fileID: state.fileID, carriedOut: state.number)
    }

    private func cause(_ body: () async throws -> some Any) async -> Cause? { await thrownByAwaiting(body)?.cause }

    // MARK: Content

    @Test("The file has its full size from the beginning, and keeps it")
    func size() async throws {
        let file = process()
        let empty = try await file.createIfMissing()
        #expect(empty.number == 0)
        #expect(empty.orders.isEmpty)
        #expect(try bytes().count == 4096)
        let given = try await file.give(order(["a", "b"]), pendingAccordingTo: .marked(mark(empty)))
        #expect(given.number == 1)
        #expect(given.orders == [order(["a", "b"])])
        #expect(try bytes().count == 4096)
        #expect(try await process().state() == given)
    }

    @Test("Anything else at the file's path is named, with what to remove", arguments: ["folder", "link", "pipe"])
    func otherKind(_ kind: String) async throws {
        switch kind {
        case "folder": try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        case "link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
        default: #expect(mkfifo(path, 0o600) == 0)
        }
        let error = await thrownByAwaiting { try await process().state() }
        #expect(error?.cause == .blockMayBeLost)
        #expect(error?.remedy.contains("Remove \(path)") == true)
    }

    @Test("An order for more apps than fit into the file covers every app")
    func many() async throws {
        let file = process()
        let empty = try await file.createIfMissing()
        let apps = (0..<200).map { "app\($0)-0123456789" }
        let given = try await file.give(
            order(apps, reason: String(repeating: "ä", count: 500)), pendingAccordingTo: .marked(mark(empty)))
        #expect(given.orders.coverEveryApp)
    }

    @Test("An order is added to one that the store has not applied, and replaces one that it has applied")
    func joined() async throws {
        let file = process()
        let empty = try await file.createIfMissing()
        let first = try await file.give(order(["a"]), pendingAccordingTo: .marked(mark(empty)))
        let second = try await file.give(order(["b"]), pendingAccordingTo: .marked(mark(empty)))
        #expect(second.orders.map(\.appIDs) == [["a"], ["b"]])
        let third = try await file.give(order(["c"]), pendingAccordingTo: .marked(mark(second)))
        #expect(third.orders == [order(["c"])])
        #expect([first, second, third].map(\.number) == [1, 2, 3])
        // A store that cannot be read may not have applied it.
        #expect(try await file.give(order(["d"]), pendingAccordingTo: .unknown).orders.map(\.appIDs) == [["c"], ["d"]])
    }

    // MARK: Mark in the store

    @Test("An order is pending until the store has applied it, whatever the file contains")
    func pending() async throws {
        let file = process()
        let empty = try await file.createIfMissing()
        #expect(try mark(empty).pendingOrders(in: empty) == [])
        let given = try await file.give(order(["a"]), pendingAccordingTo: .marked(mark(empty)))
        #expect(try mark(empty).pendingOrders(in: given) == [order(["a"])])
        #expect(try mark(given).pendingOrders(in: given) == [])
    }

    @Test("An earlier state of the file, another store's file and a missing one are rejected")
    func putBack() async throws {
        let file = process()
        let empty = try await file.createIfMissing()
        let before = try bytes()
        let given = try await file.give(order(["a"]), pendingAccordingTo: .marked(mark(empty)))
        #expect(thrown { try mark(given).pendingOrders(in: empty) }?.cause == .blockMayBeLost)
        #expect(thrown { try mark(given).pendingOrders(in: nil) }?.cause == .blockMayBeLost)
        let foreign = BlockOrderState(fileID: "other", number: 9, orders: [order(["a"])])
        #expect(thrown { try mark(given).pendingOrders(in: foreign) }?.cause == .blockMayBeLost)
        // The process that gave the order notices without a store.
        try put(before)
        #expect(await thrownByAwaiting { try await file.state() }?.cause == .blockMayBeLost)
    }

    @Test("A new process rejects an order file that is older than its copy beside the master key")
    func copied() async throws {
        let keys = try keyFolder()
        func process() -> BlockOrderFile { self.process(copyFolder: keys) }
        let empty = try await process().createIfMissing()
        let before = try bytes()
        let given = try await process().give(order(["a"]), pendingAccordingTo: .marked(mark(empty)))
        #expect(try await process().state() == given)
        try put(before)
        #expect(await thrownByAwaiting { try await process().state() }?.cause == .blockMayBeLost)
        // The next order covers every app, under another id.
        #expect(try await process().give(order(["b"]), pendingAccordingTo: .marked(mark(empty))).orders.coverEveryApp)
    }

    @Test("A copy that cannot be written is reported, and the order is in force")
    func copyFails() async throws {
        let failures = Mutex(0)
        let file = process(copyFolder: folder.path + "/none") { _ in failures.withLock { $0 += 1 } }
        let given = try await file.give(order(["a"]), pendingAccordingTo: .unmarked)
        #expect(try await file.state() == given)
        #expect(failures.withLock { $0 } == 1)
    }

    @Test("A copy that aprity did not write is reported once and ignored")
    func foreignCopy() async throws {
        let failures = Mutex<[Cause]>([])
        let file = process(copyFolder: folder.path) { failure in failures.withLock { $0.append(failure.cause) } }
        let given = try await file.give(order(["a"]), pendingAccordingTo: .unmarked)
        try Data("{}".utf8).write(to: URL(filePath: #require(file.copyPath(of: given.fileID))))
        #expect(try await file.state() == given)
        #expect(try await file.state() == given)
        #expect(failures.withLock { $0 } == [.inputMalformed])
    }

    @Test("An empty copy, created on a full disk, is ignored")
    func emptyCopy() async throws {
        let failures = Mutex<[Cause]>([])
        let file = process(copyFolder: folder.path) { failure in failures.withLock { $0.append(failure.cause) } }
        let given = try await file.give(order(["a"]), pendingAccordingTo: .unmarked)
        try Data().write(to: URL(filePath: #require(file.copyPath(of: given.fileID))))
        #expect(try await file.state() == given)
        #expect(failures.withLock { $0 } == [])
    }

    @Test("An order that is altered in one byte is rejected", arguments: [0, 40, 200])
    func altered(_ offset: Int) async throws {
        _ = try await process().give(order(["a"]), pendingAccordingTo: .unmarked)
        var bytes = try bytes()
        bytes[offset] ^= 0x20
        try put(bytes)
        #expect(await thrownByAwaiting { try await process().state() }?.cause == .blockMayBeLost)
    }

    @Test("A file of line breaks, an empty file and a missing file have no state")
    func erased() async throws {
        let empty = try await process().createIfMissing()
        for erased in [Data(repeating: 0x0A, count: 4096), Data()] {
            try put(erased)
            #expect(try await process().state() == nil)
            #expect(
                await thrownByAwaiting { try mark(empty).pendingOrders(in: try await process().state()) }?.cause
                    == .blockMayBeLost)
        }
    }

    @Test("An order to a file that was erased, altered or rolled back covers every app")
    func afterLoss() async throws {
        let file = process()
        let empty = try await file.createIfMissing()
        let old = try bytes()
        let last = try await file.give(order(["a"]), pendingAccordingTo: .marked(mark(empty)))
        var altered = try bytes()
        // In Base64, the last bit of the last character may mean nothing; another capital always means something else.
        altered[50] ^= 0x20
        for content in [nil, Data(repeating: 0x0A, count: 4096), altered, old] {
            try FileManager.default.removeItem(atPath: path)
            if let content { try put(content) }
            let given = try await process().give(order(["b"]), pendingAccordingTo: .marked(mark(last)))
            #expect(given.orders.coverEveryApp)
            #expect(try mark(last).pendingOrders(in: given).coverEveryApp)
            #expect(try mark(given).pendingOrders(in: given) == [])
        }
    }

    // MARK: Files of former versions

    /// A file as written by versions without a state.
    private func legacy(_ order: BlockOrder) throws -> Data {
        struct Signed: Encodable {
            let order: Data
            let masterKeyID: String
            let tag: Data
        }
        let encoded = try JSONEncoder().encode(order)
        var fields = FramedFields(["aprity block order 1"])
        fields.append([UInt8](encoded))
        let tag = HMAC<SHA256>.authenticationCode(for: Data(fields.bytes), using: ring.active.recordKey)
        let text = try JSONEncoder().encode(Signed(order: encoded, masterKeyID: ring.active.id, tag: Data(tag)))
        return text + Data(repeating: 0x0A, count: 4096 - text.count)
    }

    @Test("An order in a file of a former version is kept; an empty file becomes an empty state")
    func upgrade() async throws {
        try put(try legacy(order(["a"])))
        #expect(try await process().state() == nil)
        let given = try await process().give(order(["b"]), pendingAccordingTo: .unmarked)
        #expect(given.orders.map(\.appIDs) == [["a"], ["b"]])
        try put(try legacy(order(["a"])))
        let established = try await process().createIfMissing()
        #expect(established.number == 1)
        #expect(established.orders == [order(["a"])])
        try put(Data(repeating: 0x0A, count: 4096))
        #expect(try await process().createIfMissing().orders.isEmpty)
    }

    // MARK: Several processes

    @Test("If many processes give orders at once, none is lost")
    func atOnce() async throws {
        let empty = try await process().createIfMissing()
        let (path, ring, mark) = (path, ring, mark(empty))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask {
                    let file = BlockOrderFile(
                        path: path, ring: ring, surroundings: .machine, writerTimeout: .seconds(30))
                    _ = try await file.give(
                        BlockOrder(
                            appIDs: ["app\(number)"], reason: "drill", principal: Principal(.commandLine, name: "me"),
                            orderedAt: Date(timeIntervalSince1970: 1_795_435_200)), pendingAccordingTo: .marked(mark))
                }
            }
            try await group.waitForAll()
        }
        let state = try #require(try await process().state())
        #expect(state.number == 24)
        #expect(Set(state.orders.flatMap { $0.appIDs ?? [] }).count == 24 || state.orders.coverEveryApp)
    }

    @Test("A process suspended while it holds the lock prevents no order, and overwrites nothing")
    func lockHeld() async throws {
        let file = process()
        let empty = try await file.createIfMissing()
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        let before = try bytes()
        let given = try await process().give(order(["a"]), pendingAccordingTo: .marked(mark(empty)))
        #expect(try await process().state() == given)
        // It resumes, and writes to the file that had the name before.
        _ = before.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        #expect(try await process().state() == given)
    }

    @Test("If processes give orders at once and cannot get the lock, none is lost", arguments: 0..<10)
    func withoutLock(_ round: Int) async throws {
        let empty = try await process().createIfMissing()
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX) == 0)
        let (path, ring, mark) = (path, ring, mark(empty))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                group.addTask {
                    let file = BlockOrderFile(
                        path: path, ring: ring, surroundings: .machine, writerTimeout: .milliseconds(300))
                    let given = try await file.give(
                        BlockOrder(
                            appIDs: ["app\(number)"], reason: "drill", principal: Principal(.commandLine, name: "me"),
                            orderedAt: Date(timeIntervalSince1970: 1_795_435_200)), pendingAccordingTo: .marked(mark))
                    #expect(given.orders.first(covering: "app\(number)") != nil)
                }
            }
            try await group.waitForAll()
        }
        let state = try #require(try await process().state())
        for number in 0..<6 { #expect(state.orders.first(covering: "app\(number)") != nil, "\(number) of \(round)") }
        let rest = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(rest == ["block-order"], "no draft is left")
    }

    @Test("A file whose writer crashed is rejected, and the next order covers every app")
    func unfinished() async throws {
        let empty = try await process().createIfMissing()
        try put(Data(BlockOrderSeal.unfinished))
        #expect(await thrownByAwaiting { try await process().state() }?.cause == .blockMayBeLost)
        #expect(try await process().give(order(["a"]), pendingAccordingTo: .marked(mark(empty))).orders.coverEveryApp)
    }

    @Test("A replaced file that comes back is rejected, even before the store knows the new one")
    func formerFileBack() async throws {
        let keys = try keyFolder()
        func process() -> BlockOrderFile { self.process(copyFolder: keys) }
        let empty = try await process().createIfMissing()
        let before = try bytes()
        try FileManager.default.removeItem(atPath: path)
        #expect(try await process().give(order(["a"]), pendingAccordingTo: .marked(mark(empty))).orders.coverEveryApp)
        try put(before)
        #expect(await thrownByAwaiting { try await process().state() }?.cause == .blockMayBeLost)
    }

    @Test("A file written under another master key is rejected as one that aprity did not write")
    func otherMasterKey() async throws {
        let other = try MasterKeyRing(
            fileContent: MasterKeyRing.newFileContent(randomBytes: SeededRandom(seed: 77).bytes))
        let file = BlockOrderFile(path: path, ring: other, surroundings: .test(TestTime()), writerTimeout: .zero)
        _ = try await file.createIfMissing()
        #expect(await thrownByAwaiting { try await process().state() }?.cause == .blockMayBeLost)
    }

    @Test("A missing folder causes an error that says so, not an order")
    func noFolder() async throws {
        let file = BlockOrderFile(path: folder.path + "/no/such/folder", ring: ring, surroundings: .test(TestTime()))
        #expect(try await file.state() == nil)
        let failure = await cause { try await file.give(order(["a"]), pendingAccordingTo: .unknown) }
        #expect(failure == .outputCannotBeCreated)
    }
}
