import Foundation
import Testing

@testable import MetadataAPI

@Suite struct RetrievalTests {
    static let id = RetrieveID("09S000000000001AAA")!
    static let other = RetrieveID("09S000000000002AAA")!

    static let events: [Retrieval.Event] = [
        .accepted(other), .stillRunning, .succeeded, .jobFailed(code: "X", message: "m"), .deliveryBegan,
        .archiveDelivered, .archiveMissing, .refused(code: "Y", message: "m"),
        .replyUnreadable(reason: "r"), .connectionLost,
    ]

    /// Each state with the events that lead to it, and for each of ``events`` the next state; `nil` if
    /// the event is refused.
    static let table: [(name: String, path: [Retrieval.Event], next: [Retrieval.State?])] = {
        let jobFailed = Retrieval.State.failed(.jobFailed(code: "X", message: "m"))
        let refused = Retrieval.State.failed(.refused(code: "Y", message: "m"))
        let unreadable = Retrieval.State.failed(.replyUnreadable(reason: "r"))
        let none = [Retrieval.State?](repeating: nil, count: 10)
        return [
            (
                "requested", [],
                [.waiting(other, polls: 0), nil, nil, nil, nil, nil, nil, refused, unreadable, .requested]
            ),
            (
                "waiting", [.accepted(id), .stillRunning],
                [
                    nil, .waiting(id, polls: 2), .ready(id), jobFailed, nil, nil, .requested, refused,
                    unreadable, .waiting(id, polls: 2),
                ]
            ),
            (
                "ready", [.accepted(id), .succeeded],
                [nil, nil, nil, nil, .delivering(id), nil, nil, nil, nil, nil]
            ),
            (
                "delivering", [.accepted(id), .succeeded, .deliveryBegan],
                [
                    nil, nil, nil, jobFailed, nil, .delivered(id), .requested, refused, unreadable, .requested,
                ]
            ),
            ("delivered", [.accepted(id), .succeeded, .deliveryBegan, .archiveDelivered], none),
            ("failed", [.refused(code: "Z", message: "")], none),
        ]
    }()

    static func retrieval(after events: [Retrieval.Event]) throws -> Retrieval {
        var retrieval = Retrieval()
        for event in events { try retrieval.apply(event) }
        return retrieval
    }

    @Test(
        "Every event in every state leads to the state in the table, or is rejected and changes nothing",
        arguments: 0..<6)
    func everyPair(_ row: Int) throws {
        let (name, path, next) = RetrievalTests.table[row]
        try #require(next.count == RetrievalTests.events.count)
        for (event, expected) in zip(RetrievalTests.events, next) {
            var retrieval = try RetrievalTests.retrieval(after: path)
            let before = retrieval
            if let expected {
                try retrieval.apply(event)
                #expect(retrieval.state == expected, "\(name), \(event)")
            } else {
                #expect(throws: Retrieval.ImpossibleEvent(state: before.state, event: event), "\(name)") {
                    try retrieval.apply(event)
                }
                #expect(retrieval == before)
            }
        }
    }

    @Test("Each state has its step")
    func steps() throws {
        let id = RetrievalTests.id
        let steps: [Retrieval.Step] = [
            .sendRetrieve, .poll(id, afterSeconds: 2), .fetchArchive(id), .awaitArchive(id), .finished,
            .failed(.refused(code: "Z", message: "")),
        ]
        for (row, step) in zip(RetrievalTests.table, steps) {
            #expect(try RetrievalTests.retrieval(after: row.path).step == step)
        }
    }

    @Test("The waits grow to thirty seconds and end after half an hour, even if every poll is lost")
    func patience() throws {
        for event in [Retrieval.Event.stillRunning, .connectionLost] {
            var retrieval = try RetrievalTests.retrieval(after: [.accepted(RetrievalTests.id)])
            var waits: [Int] = []
            while case .poll(_, let seconds) = retrieval.step {
                waits.append(seconds)
                try retrieval.apply(event)
            }
            #expect(waits.prefix(7) == [1, 2, 4, 8, 15, 30, 30])
            let total = waits.reduce(0, +)
            #expect(total <= 1_800)
            #expect(total > 1_770)
            #expect(retrieval.state == .failed(.tookTooLong(seconds: total)))
        }
    }

    @Test("A lost delivery restarts the job at most twice, and never requests the archive again")
    func lostDelivery() throws {
        for loss in [Retrieval.Event.connectionLost, .archiveMissing] {
            var retrieval = Retrieval()
            for round in 0..<3 {
                #expect(retrieval.restarts == round)
                for event in [Retrieval.Event.accepted(RetrievalTests.id), .succeeded, .deliveryBegan] {
                    try retrieval.apply(event)
                }
                #expect(throws: Retrieval.ImpossibleEvent.self) { try retrieval.apply(.deliveryBegan) }
                try retrieval.apply(loss)
                #expect(retrieval.state == (round < 2 ? .requested : .failed(.connectionLost)))
            }
        }
    }

    @Test("Lost requests count as restarts too")
    func lostRequests() throws {
        let retrieval = try RetrievalTests.retrieval(after: [.connectionLost, .connectionLost, .connectionLost])
        #expect(retrieval.state == .failed(.connectionLost))
    }

    @Test("A saved retrieval can be read back in every state", arguments: 0..<6)
    func codable(_ row: Int) throws {
        let retrieval = try RetrievalTests.retrieval(after: RetrievalTests.table[row].path)
        let data = try JSONEncoder().encode(retrieval)
        #expect(try JSONDecoder().decode(Retrieval.self, from: data) == retrieval)
    }

    @Test("Only the org's limit is a reason to request less")
    func limit() {
        #expect(Retrieval.Failure.jobFailed(code: "LIMIT_EXCEEDED", message: "").isLimitExceeded)
        #expect(!Retrieval.Failure.jobFailed(code: "UNKNOWN_EXCEPTION", message: "").isLimitExceeded)
        #expect(!Retrieval.Failure.connectionLost.isLimitExceeded)
    }

    @Test("A status reply maps to one event, with and without the archive")
    func results() throws {
        func result(_ status: RetrieveResult.Status, done: Bool = true, success: Bool? = nil, bytes: Int? = nil)
            -> RetrieveResult
        {
            RetrieveResult(
                id: RetrievalTests.id, isDone: done, status: status, isSuccess: success, errorStatusCode: "E",
                errorMessage: "m", messages: [], files: [], archiveByteCount: bytes)
        }
        let failed = Retrieval.Event.jobFailed(code: "E", message: "m")
        let cases: [(RetrieveResult, Retrieval.Event, Retrieval.Event)] = [
            (result(.pending, done: false), .stillRunning, .archiveMissing),
            (result(.inProgress, done: false), .stillRunning, .archiveMissing),
            (result(.succeeded, done: false), .stillRunning, .archiveMissing),
            (result(.succeeded, success: true), .succeeded, .archiveMissing),
            (result(.succeeded, success: true, bytes: 5), .succeeded, .archiveDelivered),
            (result(.succeeded, success: false), failed, failed), (result(.failed), failed, failed),
        ]
        for (result, polled, fetched) in cases {
            #expect(Retrieval.Event(result, askedForArchive: false) == polled)
            #expect(Retrieval.Event(result, askedForArchive: true) == fetched)
        }
    }

    @Test("A delivered file takes precedence over a message that it was not found")
    func undelivered() {
        let problems = [
            "Entity of type 'ApexClass' named 'A' cannot be found",
            "Entity of type 'ApexClass' named 'B' cannot be found",
            "Entity type: 'Nonsense' is unknown", "Entity type: 'ApexClass' is unknown",
        ]
        let result = RetrieveResult(
            id: RetrievalTests.id, isDone: true, status: .succeeded, isSuccess: true, errorStatusCode: nil,
            errorMessage: nil, messages: problems.map { .init(fileName: nil, problem: $0) },
            files: [RetrieveResult.File(type: "ApexClass", fullName: "A")], archiveByteCount: 5)
        #expect(result.undelivered == [.member("B", type: "ApexClass"), .type("Nonsense")])
    }
}
