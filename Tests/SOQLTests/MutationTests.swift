import SOQL
import Testing

@Suite("Randomly damaged queries")
struct MutationTests {
    /// SplitMix64, so that a failure can be reproduced.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private static let scraps = [
        "(", ")", ",", ".", "'", "\\", " ", "SELECT ", " FROM ", " WHERE ", " IN (SELECT ", " NOT ", " AND ", " OR ",
        "COUNT(",
        "TYPEOF x ", "FIELDS(", "LIKE '%'", "2026-01-01", ":7", "-", "é", "\u{0}", "😀", "NULLS", "1e", "\\u", "\r\n",
    ]

    @Test("With text cut, doubled or inserted at random, the parser returns quickly", arguments: 0..<4)
    func spoilt(_ seed: Int) throws {
        var random = Generator(state: UInt64(seed))
        var parsed = 0
        let elapsed = ContinuousClock().measure {
            for _ in 0..<1_500 {
                var text = Array(ParserTests.valid.randomElement(using: &random) ?? "")
                for _ in 0..<Int.random(in: 1...4, using: &random) { Self.spoil(&text, &random) }
                guard let query = try? SOQLQuery(parsing: String(text)) else { continue }
                parsed += 1
                #expect(!query.reach.objects.isEmpty)
                #expect((try? SOQLQuery(parsing: query.text)) == query, "\(query.text)")
            }
        }
        #expect(parsed > 0)
        #expect(parsed < 1_500)
        #expect(elapsed < .seconds(20))
    }

    private static func spoil(_ text: inout [Character], _ random: inout Generator) {
        let place = Int.random(in: 0...text.count, using: &random)
        let end = min(text.count, place + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text.removeSubrange(place..<end)
        case 1: text.insert(contentsOf: text[place..<end], at: place)
        case 2: text.insert(contentsOf: scraps.randomElement(using: &random) ?? "", at: place)
        default: text.removeLast(text.count - place)
        }
    }
}
