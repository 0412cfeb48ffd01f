import Testing

@testable import OrgSimulator

@Suite struct XMLTreeTests {
    private func nested(_ levels: Int) -> [UInt8] {
        Array((String(repeating: "<a>", count: levels) + String(repeating: "</a>", count: levels)).utf8)
    }

    @Test("Elements may be nested 256 levels deep")
    func deepest() throws {
        #expect(try XMLTree.parse(nested(256)).children.count == 1)
    }

    @Test("Deeper ones are refused before the tree is released", arguments: [257, 100_000])
    func tooDeep(_ levels: Int) {
        let error = #expect(throws: XMLRefusal.self) { try XMLTree.parse(nested(levels)) }
        #expect(error?.description == "elements are nested more than 256 levels deep")
    }
}
