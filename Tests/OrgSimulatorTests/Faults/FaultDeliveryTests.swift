import Foundation
import Testing

@testable import OrgSimulator

@Suite("Faults on the wire")
struct FaultDeliveryTests {
    private let versions = "/services/data/"

    private func set(_ org: RunningOrg, _ fault: String) async throws {
        try await org.save("{\"faults\":[{\"path\":\"\(versions)\",\(fault)}]}")
    }

    /// Sends one request over a connection of its own and returns what was received.
    private func get(
        _ org: RunningOrg, enough: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> (text: String, closed: Bool) {
        try await RawConnection.exchange(
            try RunningOrg.port(org.addresses.url), RawConnection.get(versions), enough: enough)
    }

    /// Waits until the org has seen a request.
    private func sawARequest(_ org: RunningOrg) async {
        for _ in 0..<1_000_000 where await org.simulation.history.requests.isEmpty { await Task.yield() }
    }

    private func endsInJSON(_ text: String) -> Bool { text.hasSuffix("\"67.0\"}]\r\n0\r\n\r\n") }

    private func isWhole(_ text: String) -> Bool { RawConnection.chunkedBody(of: text).isComplete }

    @Test("With latency, the org's answer comes late")
    func latency() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"latency","milliseconds":250"#)
            let answer = try await get(org, enough: endsInJSON)
            #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(!answer.closed)
            #expect(org.clock.waits == [.milliseconds(250)])
        }
    }

    @Test("A prepared answer has its own headers")
    func answer() async throws {
        try await RunningOrg.run { org in
            try await set(
                org, #""status":429,"headers":{"Retry-After":"7"},"body":"{}","contentType":"application/json""#)
            let answer = try await get(org, enough: { $0.hasSuffix("{}") })
            #expect(answer.text.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
            #expect(answer.text.contains("\r\nRetry-After: 7\r\n"))
        }
    }

    @Test(
        "Any status can be prepared, including those without a reason phrase or a body",
        arguments: [204, 304, 420, 429, 500, 502, 503, 599])
    func statuses(_ status: Int) async throws {
        try await RunningOrg.run { org in
            try await set(org, "\"status\":\(status)")
            let answer = try await get(org, enough: { $0.hasSuffix("\r\n\r\n") })
            #expect(answer.text.hasPrefix("HTTP/1.1 \(status) "))
            #expect(try await get(org, enough: endsInJSON).text.hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test("A stall closes the connection without a byte when its time has passed")
    func stall() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"stall","seconds":30"#)
            let answer = try await get(org)
            #expect(answer == ("", true))
            #expect(org.clock.waits == [.seconds(30)])
        }
    }

    @Test("A stall without a time ends when the server stops")
    func endlessStall() async throws {
        let (answers, source) = AsyncStream.makeStream(of: String?.self)
        try await RunningOrg.run { org in
            try await set(org, #""kind":"stall""#)
            Task {
                let answer = try? await get(org)
                source.yield(answer?.closed == true ? answer?.text : nil)
                source.finish()
            }
            await sawARequest(org)
        }
        #expect(await answers.first { _ in true } == "")
    }

    @Test("A stall ends when its client leaves", .timeLimit(.minutes(1)))
    func stallWithoutClient() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"stall""#)
            let answer = try await RawConnection.exchange(
                try RunningOrg.port(org.addresses.url), RawConnection.get(versions), closesOutput: true)
            #expect(answer == ("", true))
        }
    }

    @Test("A dropped answer sends no byte")
    func drop() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"drop""#)
            #expect(try await get(org) == ("", true))
            #expect(await org.simulation.history.requests.last?.status == 200)
        }
    }

    @Test("A truncated answer in chunks stops early, without the last chunk")
    func truncate() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"truncate","bytes":20"#)
            let answer = try await get(org)
            #expect(answer.closed)
            #expect(answer.text.contains(/Transfer-Encoding: chunked\r\n/.ignoresCase()))
            let body = RawConnection.chunkedBody(of: answer.text)
            #expect(body.text.utf8.count == 20)
            #expect(!body.isComplete)
        }
    }

    @Test("A truncated answer with a Content-Length states the whole length and stops early")
    func truncateWithLength() async throws {
        try await RunningOrg.run { org in
            try await org.save(#"{"faults":[{"path":"/","kind":"truncate","bytes":20}]}"#)
            let answer = try await RawConnection.exchange(
                try RunningOrg.port(org.addresses.url), RawConnection.get("/"))
            #expect(answer.closed)
            let parts = answer.text.split(separator: "\r\n\r\n", maxSplits: 1)
            #expect(parts.last?.utf8.count == 20)
            let length = try #require(answer.text.firstMatch(of: /Content-Length: (\d+)/.ignoresCase()))
            #expect(Int(length.1) ?? 0 > 200)
        }
    }

    @Test(
        "The maintenance page is small HTML without a doctype, with status 503 (forcedotcom/cli#2487, restforce/restforce#860)"
    )
    func maintenance() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"maintenance""#)
            let page = try await get(org, enough: { $0.hasSuffix("</html>\n") }).text
            #expect(page.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            let body = try #require(page.split(separator: "\r\n\r\n", maxSplits: 1).last)
            #expect(body.hasPrefix("<html>"))
            #expect(body.contains("We are down for maintenance."))
            #expect(body.contains("Sorry for the inconvenience. We'll be back shortly."))
        }
    }

    @Test("The kind html sends HTML with status 200 instead of JSON; the kind empty sends an empty body")
    func htmlAndEmpty() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"html""#)
            let page = try await get(org, enough: { $0.hasSuffix("</p>\n") }).text
            #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(page.contains("text/html; charset=UTF-8"))
            #expect(page.contains("<!DOCTYPE html>"))
            try await set(org, #""kind":"empty""#)
            let empty = try await get(org, enough: { $0.hasSuffix("\r\n\r\n") }).text
            #expect(empty.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(empty.contains(/Content-Length: 0\r\n/.ignoresCase()))
        }
    }

    @Test("A dripped answer is the org's answer, in small pieces with pauses")
    func drip() async throws {
        try await RunningOrg.run { org in
            let right = RawConnection.chunkedBody(of: try await get(org, enough: endsInJSON).text).text
            try await set(org, #""kind":"drip","bytes":1000,"milliseconds":40"#)
            let dripped = RawConnection.chunkedBody(of: try await get(org, enough: isWhole).text).text
            #expect(dripped == right)
            #expect(org.clock.waits == Array(repeating: .milliseconds(40), count: (right.utf8.count - 1) / 1_000))
        }
    }

    @Test("A giant body has the requested length, or is endless")
    func giant() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"giant","bytes":200000"#)
            let bounded = try await get(org, enough: { $0.utf8.count > 200_000 }).text
            #expect(bounded.split(separator: "\r\n\r\n", maxSplits: 1).last?.utf8.count == 200_000)
            #expect(bounded.contains(/Content-Length: 200000\r\n/.ignoresCase()))
            try await set(org, #""kind":"giant""#)
            let endless = try await get(org, enough: { $0.utf8.count > 1_000_000 })
            #expect(!endless.closed)
            #expect(endless.text.contains(/Transfer-Encoding: chunked\r\n/.ignoresCase()))
        }
    }

    @Test("The Date header of one answer is shifted, that of the next is not")
    func dateOffset() async throws {
        try await RunningOrg.run { org in
            try await set(org, #""kind":"dateOffset","seconds":-400"#)
            #expect(try await get(org, enough: endsInJSON).text.contains("Mon, 21 Sep 2026 14:06:40 GMT"))
            #expect(try await get(org, enough: endsInJSON).text.contains("Mon, 21 Sep 2026 14:13:20 GMT"))
        }
    }
}
