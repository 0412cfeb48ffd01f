import JWTBearer
import Testing

@testable import MetadataGateway

/// What a client shows in place of a token, and what it allows.
@Suite("Handles") struct HandleTests {
    private static let text = "00D000000000001!aprity_0101010101010101." + String(repeating: "02", count: 32)

    private static func handle(for organization: OrganizationID? = OrganizationID("00D000000000001")) -> Handle {
        Handle(for: organization) { count in [UInt8](repeating: count == 8 ? 1 : 2, count: count) }
    }

    @Test("A handle has a token's form, and is read back")
    func form() throws {
        #expect(Self.handle().text == Self.text)
        let read = try #require(Handle(Self.text))
        #expect(read.id == "0101010101010101")
        #expect(read.text == Self.text)
        #expect(read.matches(Self.handle().secretSHA256))
        #expect(Self.text.wholeMatch(of: #/00D[A-Za-z0-9]{12}![A-Za-z0-9._]+/#) != nil)
    }

    @Test("A connection whose org is not known yet has a handle too")
    func unknownOrganization() {
        #expect(Handle(Self.handle(for: nil).text)?.id == "0101010101010101")
    }

    @Test(
        "Other texts are no handles",
        arguments: [
            "", "00D", String(text.dropLast()), text + "0", text + "\n", " " + text, text.uppercased(),
            text.replacing("!", with: "."), text.replacing("aprity_", with: ""), text.replacing("00D", with: "00E"),
            "00D000000000001!AQEAQABCDEF.ghijkl_mnopqrstuvwxyz", text.replacing("0000001!", with: "000000001!"),
        ])
    func others(_ text: String) {
        #expect(Handle(text) == nil)
    }

    @Test("Another secret does not match, and no description shows the secret")
    func secrets() {
        let other = Handle(for: nil) { [UInt8](repeating: 3, count: $0) }
        #expect(!Self.handle().matches(other.secretSHA256))
        #expect(!Self.handle().matches([]))
        #expect("\(Self.handle())" == "Handle(0101010101010101, hidden)")
        var dumped = ""
        dump(Self.handle(), to: &dumped)
        #expect(!dumped.contains("0202"))
    }

    @Test("Calls of the last hour and the last day are counted, and the wait is until one is allowed")
    func tally() {
        var tally = CallTally()
        let start = 1_000_000 * 300
        for minute in 0..<10 { tally.add(at: start + minute * 60) }
        #expect(tally.lastHour(at: start + 600) == 10)
        #expect(tally.lastHour(at: start + 3_600) == 10)
        #expect(tally.lastHour(at: start + 3_900) == 5)
        #expect(tally.lastHour(at: start + 4_200) == 0)
        #expect(tally.lastDay(at: start + 4_200) == 10)
        #expect(tally.lastDay(at: start + 87_000) == 0)
        #expect(tally.wait(.init(perHour: 11), at: start + 600) == nil)
        #expect(tally.wait(.init(perHour: 10), at: start + 600) == 3_300)
        #expect(tally.wait(.init(perHour: 5), at: start + 600) == 3_600)
        #expect(tally.wait(.init(perHour: 100, perDay: 10), at: start + 600) == 86_100)
        #expect(tally.wait(.init(perHour: 0), at: start + 90_000) == 3_600)
        #expect(tally.wait(.init(), at: start + 600) == nil)
    }

    @Test("After a wait, exactly then a call is allowed", arguments: [1, 3, 7])
    func waits(_ most: Int) throws {
        var tally = CallTally()
        let start = 1_000_000 * 300
        for second in stride(from: 0, to: 2_000, by: 130) { tally.add(at: start + second) }
        let limit = CallTally.Limit(perHour: most)
        let wait = try #require(tally.wait(limit, at: start + 2_000))
        #expect(tally.wait(limit, at: start + 2_000 + wait - 1) != nil)
        #expect(tally.wait(limit, at: start + 2_000 + wait) == nil)
    }

    @Test("A clock that is set back loses no call")
    func clock() {
        var tally = CallTally()
        tally.add(at: 3_000_000)
        tally.add(at: 2_000_000)
        #expect(tally.lastHour(at: 3_000_000) == 2)
    }

    @Test(
        "Ranges of addresses",
        arguments: [
            ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1", "10.0.0.2", false), ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("::1", "::1", true), ("10.0.0.0/8", "", false),
            ("10.0.0.0/8", "10.0.0.1\u{0}", false),
        ])
    func ranges(_ range: String, _ address: String, _ isIn: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isIn)
    }

    @Test(
        "Texts that are no range",
        arguments: [
            "", "10.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "10.0.0.0/8/8", "x",
            "2001:db8::/129", "10.0.0.0/8 ", "localhost",
        ])
    func notRanges(_ text: String) {
        #expect(AddressRange(text) == nil)
    }
}
