import Testing

@testable import MetadataGateway

/// What a client gets in place of the org's ids.
@Suite("Tickets") struct TicketTests {
    private static let id = "09S000000000001AAA"

    @Test("A ticket is opened by the handle that it was made for", arguments: Ticket.Subject.allCases)
    func opened(_ subject: Ticket.Subject) {
        let opened = Ticket(.sample).opened(Ticket(.sample).text(for: Self.id, subject))
        #expect(opened?.id == Self.id)
        #expect(opened?.subject == subject)
    }

    @Test("Another handle, another id and no ticket at all are refused")
    func refused() {
        let text = Ticket(.sample).text(for: Self.id, .retrieve)
        #expect(Ticket(.other).opened(text) == nil)
        #expect(Ticket(.sample).opened(text.replacing("1AAA", with: "2AAA")) == nil)
        #expect(Ticket(.sample).opened(text.dropLast() + (text.hasSuffix("0") ? "1" : "0")) == nil)
        #expect(Ticket(.sample).opened(Self.id) == nil)
    }

    @Test("A ticket of a job opens no page, and the other way round")
    func subjects() {
        #expect(QueryLocator(Ticket(.sample).text(for: "01gD0000002HU6KIAW-2000", .retrieve), of: .sample) == nil)
        #expect(QueryLocator(Ticket(.sample).text(for: "01gD0000002HU6KIAW-2000", .page), of: .sample) != nil)
        #expect(QueryLocator(Ticket(.sample).text(for: "01gD0000002HU6KIAW-2000", .page), of: .other) == nil)
    }
}

/// What becomes of the org's answers.
@Suite("Filters of answers") struct AnswerFilterTests {
    private static let ticket = Ticket(.sample)

    /// Feeds an answer in pieces of a size.
    private static func bound(_ json: String, pieces size: Int) -> String {
        var binding = PageBinding(ticket)
        let bytes = Array(json.utf8)
        let result = stride(from: 0, to: bytes.count, by: size).flatMap { start in
            binding.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return String(decoding: result, as: UTF8.self)
    }

    @Test("The addresses of further pages get tickets, also those of sub-queries", arguments: [1, 2, 7, 1_000])
    func pages(_ size: Int) {
        let json = #"""
            {"totalSize":3,"nextRecordsUrl" : "/services/data/v66.0/query/01gD0000002HU6KIAW-2000","records":[
            {"Name":"\"nextRecordsUrl\":\"x\"","Fields":{"nextRecordsUrl":"/services/data/v66.0/tooling/query/01gD0000002HU6KIAX-5"}}]}
            """#
        let (first, second) = (
            Self.ticket.text(for: "01gD0000002HU6KIAW-2000", .page),
            Self.ticket.text(for: "01gD0000002HU6KIAX-5", .page)
        )
        #expect(
            Self.bound(json, pieces: size)
                == json.replacing("01gD0000002HU6KIAW-2000", with: first).replacing(
                    "01gD0000002HU6KIAX-5", with: second))
    }

    @Test(
        "An address that is none of a page becomes null, however its name is written",
        arguments: [
            #"{"nextRecordsUrl":"https://evil.example/services/data/v66.0/query/01gD0000002HU6KIAW-2000"}"#,
            #"{"nextRecordsUrl":"/services/data/v66.0/query/../01gD0000002HU6KIAW-2000"}"#,
            #"{"nextRecordsUrl":""}"#, #"{"nextRecordsUrl":"\n"}"#,
            #"{"nextRecordsUrl":"/services/data/v66.0/query/"# + String(repeating: "0", count: 400) + #""}"#,
        ])
    func malformed(_ json: String) {
        #expect(Self.bound(json, pieces: 3) == #"{"nextRecordsUrl":null}"#)
    }

    @Test("A name and an address with escapes are understood")
    func escapes() {
        let json = #"{"next\u0052ecordsUrl":"\/services\/data\/v66.0\/query\/01gD0000002HU6KIAW-2000"}"#
        let ticket = Self.ticket.text(for: "01gD0000002HU6KIAW-2000", .page)
        #expect(
            Self.bound(json, pieces: 4) == #"{"next\u0052ecordsUrl":"/services/data/v66.0/query/"# + ticket + #""}"#)
    }

    @Test("Other members, and texts that look like the member, are not changed")
    func others() {
        let json = #"{"a":"nextRecordsUrl","b":["nextRecordsUrl","/services/data"],"nextRecordsUrl":null,"c":"x\\"}"#
        #expect(Self.bound(json, pieces: 5) == json)
    }

    @Test("Ids are replaced, also at the border of two pieces", arguments: 1...40)
    func ids(_ size: Int) {
        let tickets = [
            IssuedTicket(id: "09S000000000001AAA", text: "A"), IssuedTicket(id: "09S000000000002AAA", text: "B"),
        ]
        let text = "09S<id>09S000000000001AAA</id><id>09S000000000002AAA09S000000000001AAA09S00000"
        var replacement = TicketReplacement(tickets)
        let bytes = Array(text.utf8)
        var result = stride(from: 0, to: bytes.count, by: size).flatMap { start in
            replacement.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        result += replacement.finish()
        #expect(String(decoding: result, as: UTF8.self) == "09S<id>A</id><id>BA09S00000")
    }
}
