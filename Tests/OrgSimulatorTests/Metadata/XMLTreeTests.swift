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

    @Test("A start tag of more than 64 KB is rejected; a tag after or in a long text is not")
    func longTag() throws {
        let attributes = (0..<9_000).map { " a\($0)='>'" }.joined()
        for document in ["<r><x\(attributes)/></r>", "<r\(attributes)/>"] {
            let error = #expect(throws: XMLTreeError.self) { try XMLTree.parse(Array(document.utf8)) }
            #expect(error?.description == "a tag is longer than 65536 bytes")
        }
        let text = String(repeating: "it's ", count: 40_000)
        for document in ["<r>\(text)<x a='1'/></r>", "<r><!--\(text)--></r>", "<r><![CDATA[\(text)]]></r>"] {
            #expect(try XMLTree.parse(Array(document.utf8)).name == "r")
        }
    }

    @Test("Deeper nesting is rejected before the tree is released", arguments: [257, 100_000])
    func tooDeep(_ levels: Int) {
        let error = #expect(throws: XMLTreeError.self) { try XMLTree.parse(nested(levels)) }
        #expect(error?.description == "elements are nested more than 256 levels deep")
    }
}
