import ConnectedAppTesting
import Foundation
import Testing

@testable import ConnectedApp

@Suite("Block order in its file")
struct BlockOrderFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/block-order" }

    init() throws { folder = try TemporaryFolder() }

    private func order(_ appIDs: [String]?, reason: String = "drill") -> BlockOrder {
        BlockOrder(
            appIDs: appIDs, reason: reason, principal: Principal(.commandLine, name: "me"),
            orderedAt: Date(timeIntervalSince1970: 1_795_435_200))
    }

    @Test("The file has its full size before it is needed, and keeps it")
    func size() throws {
        let file = BlockOrderFile(path: path, ring: try .test())
        func bytes() throws -> Int { try Data(contentsOf: URL(filePath: path)).count }
        #expect(try bytes() == 4096 && file.pending() == nil)
        try file.give(order(["a", "b"]))
        #expect(try bytes() == 4096 && file.pending() == order(["a", "b"]))
        try file.clear()
        #expect(try bytes() == 4096 && file.pending() == nil)
    }

    @Test("An order for more apps than have room is one for all")
    func many() throws {
        let file = BlockOrderFile(path: path, ring: try .test())
        try file.give(order((0..<200).map { "app\($0)-0123456789" }, reason: String(repeating: "ä", count: 500)))
        #expect(try file.pending()?.appIDs == nil)
        #expect(try file.pending()?.covers("anything") == true)
    }

    @Test("An order that aprity did not write is refused", arguments: [0, 40, 200])
    func altered(_ offset: Int) throws {
        let file = BlockOrderFile(path: path, ring: try .test())
        try file.give(order(["a"]))
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[offset] ^= 1
        try bytes.write(to: URL(filePath: path))
        #expect(throws: ConnectedAppError.self) { try file.pending() }
    }

    @Test("A missing file holds no order")
    func missing() throws {
        let file = BlockOrderFile(path: folder.path + "/no/such/folder", ring: try .test())
        #expect(try file.pending() == nil)
    }
}
