import ConnectedAppTesting
import Foundation
import HTTPTypes
import JWTBearer
import Synchronization
import Testing

@testable import ConnectedApp

/// Pages instead of answers have the same cause for each request, with the page's title.
@Suite("Maintenance pages and server errors")
struct ForeignAnswerTests {
    private static let me = Principal(.commandLine, name: "me")

    /// forcedotcom/cli#2487 (2023) and forcedotcom/EMP-Connector#84 (2021), shortened.
    private static let maintenance = """
        <table border="0"><tr><td><b>We are down for maintenance.</b></td></tr>\
        <tr><td>Sorry for the inconvenience. We'll be back shortly.</td></tr></table>
        """

    private enum Place: String, CaseIterable {
        case versions = "/services/data/"
        case token = "/services/oauth2/token"
        case rest = "/limits"
        case soap = "/services/Soap/m/"
    }

    private static func isAsked(_ place: Place, _ request: OutgoingRequest) -> Bool {
        let path = request.head.path ?? ""
        return switch place {
        case .versions, .token: path == place.rawValue
        case .rest: path.hasSuffix(place.rawValue)
        case .soap: path.hasPrefix(place.rawValue)
        }
    }

    /// Tests a connection to an org that answers one kind of request with a page.
    private func test(_ place: Place, status: Int, page: String) async throws -> TestView {
        let time = TestTime()
        let org = ScriptedOrg { time.now }
        let transport = ScriptedTransport { request in
            guard Self.isAsked(place, request) else {
                let response = try await org.transport.send(request, within: .answer)
                return try await ScriptedAnswer(response)
            }
            return ScriptedAnswer(status, headers: [.contentType: "text/html"], pieces: [[UInt8](page.utf8)])
        }
        let world = try await TestWorld.connected(time: time, transport: transport)
        let mover = Task {
            while !Task.isCancelled {
                await time.sleepers(atLeast: 1)
                time.advance(by: .seconds(1))
            }
        }
        defer { mover.cancel() }
        return try await world.service.diagnosis.test("prod", as: Self.me) { _ in }
    }

    @Test(
        "A maintenance page has the same cause for each request and status",
        arguments: ["/services/data/", "/services/oauth2/token", "/limits", "/services/Soap/m/"], [200, 503])
    func maintenance(_ place: String, _ status: Int) async throws {
        let place = try #require(Place(rawValue: place))
        let view = try await test(place, status: status, page: Self.maintenance)
        #expect(view.cause?.code == .orgUnavailable, "\(place)")
        let failed = view.steps.first { $0.outcome == .fails }
        #expect(failed?.evidence["page"]?.hasPrefix("We are down for maintenance.") == true, "\(place)")
    }

    @Test("A maintenance page is recognized by its words after long styles, and only a short part of it is stored")
    func longHead() async throws {
        let styles = "<html><head><style>" + String(repeating: ".a{color:red}", count: 300) + "</style></head><body>"
        let view = try await test(.token, status: 200, page: styles + Self.maintenance)
        #expect(view.cause?.code == .orgUnavailable)
        let failed = view.steps.first { $0.outcome == .fails }
        #expect(failed?.evidence["page"]?.hasPrefix("We are down for maintenance.") == true)
        #expect(failed?.evidence["excerpt"]?.count == 300)
    }

    @Test(
        "A lasting server error means that the org is unavailable, not that its answer is unintelligible",
        arguments: [500, 502, 504, 420])
    func serverError(_ status: Int) async throws {
        let view = try await test(.token, status: status, page: "")
        #expect(view.cause?.code == .orgUnavailable)
    }

    @Test("Another page is an unintelligible answer, and its title is quoted")
    func otherPage() async throws {
        let page = "<!DOCTYPE html>\n<html><head><title>\n Data Not\n Available </title></head><body>x</body></html>"
        let view = try await test(.token, status: 200, page: page)
        #expect(view.cause?.code == .answerUnintelligible)
        #expect(view.steps.first { $0.outcome == .fails }?.evidence["page"] == "Data Not Available")
    }

    @Test("A page that contains a token is not quoted")
    func secret() async throws {
        let view = try await test(.token, status: 200, page: "<title>access_token 00D!secret</title>")
        #expect(!String(decoding: try ViewJSON.encode(view), as: UTF8.self).contains("secret"))
    }
}

/// Reads are retried if the org asks for it; nothing else is.
@Suite("Retries of reads")
struct RepeatingTransportTests {
    /// Returns the answers one after the other, and then the last one again and again.
    private static func transport(_ answers: [Result<ScriptedAnswer, TransportFailure>], _ count: Counter)
        -> ScriptedTransport
    {
        ScriptedTransport { _ in try answers[min(count.next(), answers.count - 1)].get() }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }

        func next() -> Int {
            count.withLock { count in
                defer { count += 1 }
                return count
            }
        }
    }

    private static let lost = Result<ScriptedAnswer, TransportFailure>.failure(
        TransportFailure(.connectionLost, detail: "scripted"))

    private static func answer(_ status: Int, retryAfter: String? = nil) -> Result<ScriptedAnswer, TransportFailure> {
        var answer = ScriptedAnswer.json("{}", status: status)
        answer.headers[.retryAfter] = retryAfter
        return .success(answer)
    }

    private static let head = HTTPRequest(method: .get, scheme: "https", authority: "a.example", path: "/")

    /// - Returns: The status of the answer, or `nil` if the connection broke off; the number of requests, the reasons for the
    ///   retries, and the waits.
    private func send(_ answers: [Result<ScriptedAnswer, TransportFailure>], isRead: Bool = true) async throws
        -> (status: Int?, requests: Int, reasons: [String], waited: TimeInterval)
    {
        let (time, count, log) = (TestTime(), Counter(), RepetitionLog())
        let start = time.now
        let transport = RepeatingTransport(Self.transport(answers, count), surroundings: .test(time))
        let mover = Task {
            while !Task.isCancelled {
                await time.sleepers(atLeast: 1)
                time.advance(by: .seconds(1))
            }
        }
        defer { mover.cancel() }
        let status = try await RepetitionLog.$current.withValue(log) { () -> Int? in
            do {
                let request = OutgoingRequest(Self.head, isRead: isRead)
                return try await transport.send(request, within: .answer).head.status.code
            } catch is TransportFailure {
                return nil
            }
        }
        return (status, count.value, log.reasons, time.now.timeIntervalSince(start))
    }

    @Test("After 503, 429, 420 or a lost connection, a read is retried, and the reasons are logged")
    func again() async throws {
        let sent = try await send([Self.answer(503), Self.lost, Self.answer(200)])
        #expect(sent.status == 200)
        #expect(sent.requests == 3)
        #expect(sent.reasons == ["HTTP 503", "connectionLost"])
        for status in [429, 420] {
            #expect(try await send([Self.answer(status), Self.answer(200)]).status == 200, "\(status)")
        }
    }

    @Test("After three attempts, the last answer is returned")
    func thrice() async throws {
        #expect(try await send([Self.answer(503)]).requests == 3)
        #expect(try await send([Self.answer(503)]).status == 503)
        #expect(try await send([Self.lost]).requests == 3)
        #expect(try await send([Self.lost]).status == nil)
    }

    @Test("Requests that are not reads, and reads with other answers, are sent once")
    func once() async throws {
        #expect(try await send([Self.answer(503)], isRead: false).requests == 1)
        #expect(try await send([Self.answer(500), Self.answer(200)]).requests == 1)
        #expect(try await send([Self.answer(401), Self.answer(200)]).requests == 1)
    }

    @Test("Retry-After is respected, but not if it is more than a minute")
    func retryAfter() async throws {
        #expect(try await send([Self.answer(503, retryAfter: "7"), Self.answer(200)]).waited >= 7)
        let long = try await send([Self.answer(503, retryAfter: "3600"), Self.answer(200)])
        #expect(long.status == 503)
        #expect(long.requests == 1)
    }

    @Test("A Retry-After that is too large for an Int is not waited for")
    func overlongRetryAfter() async throws {
        let overlong = try await send([Self.answer(503, retryAfter: "99999999999999999999"), Self.answer(200)])
        #expect(overlong.requests == 1)
    }

    @Test(
        "Only a Retry-After of digits is read",
        arguments: [
            ("7", 7), ("0", 0), ("0060", 60), ("99999999999999999999", .max), ("-5", nil), ("+5", nil), (" 5", nil),
            ("", nil), ("5.0", nil), ("Mon, 23 Nov 2026 12:00:30 GMT", nil),
        ] as [(String, Int?)])
    func retryAfterText(_ text: String, _ seconds: Int?) { #expect(RetryPolicy.seconds(retryAfter: text) == seconds) }
}
