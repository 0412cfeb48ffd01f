import ConnectedApp
import Foundation

/// A store with many connections: what it costs to add the last one, to sign in with one, and to list them.
extension Benchmarks {
    /// - Parameter count: The number of connections, at least 200.
    static func manyConnections(_ count: Int = 10_000) async throws {
        let world = try await GateWorld()
        defer { world.remove() }
        let portion = 100
        let first = try await world.add(0..<portion)
        let fewSignIns = try await world.firstTokens(of: 0..<20)
        _ = try await world.add(portion..<(count - portion))
        let last = try await world.add((count - portion)..<count)
        let manySignIns = try await world.firstTokens(of: (count - 20)..<count)
        show("adding a connection", first, last, count)
        show("the first token of a connection", fewSignIns, manySignIns, count)
        try await lists(world, count)
        try await settingsPages(world, count, of: GateWorld.alias(count - 1))
        try await sharedApp()
    }

    /// Prints a cost in a small store, in the large one, and their ratio.
    private static func show(_ name: String, _ few: Cost, _ many: Cost, _ count: Int) {
        print(
            "\(name): \(few) in a small store, \(many) with \(count) connections; ratio of processor time "
                + ratio(many.processor, few.processor) + ", of time \(ratio(many.elapsed, few.elapsed))")
    }

    private static func ratio(_ one: Double, _ other: Double) -> String {
        (one / other).formatted(.number.precision(.fractionLength(2)))
    }

    /// Prints the cost of the first and of later pages of the list, and the ratio to a request to the bare HTTP framework.
    private static func lists(_ world: GateWorld, _ count: Int) async throws {
        let hello = 1 / (try await helloWorld(1, 500))
        let cold = try await Cost.measured(1) {
            _ = try await world.service.overviews.list(ConnectionQuery(), as: GateWorld.me)
        }
        print("the first list of a process: \(cold) with \(count) connections")
        var next = 100
        let afterChange = try await Cost.measured(
            5,
            before: {
                _ = try await world.firstTokens(of: next..<next + 1)
                next += 1
            }, { _ = try await world.service.overviews.list(ConnectionQuery(), as: GateWorld.me) })
        print(
            "a page after a change: \(afterChange) with \(count) connections; \(ratio(afterChange.elapsed, hello)) times a "
                + "request to the bare framework")
        for order in ConnectionQuery.Order.allCases {
            var query = ConnectionQuery()
            query.order = order
            let warm = try await Cost.measured(5) { [query] in
                _ = try await world.service.overviews.list(query, as: GateWorld.me)
            }
            print(
                "a page by \(order.rawValue): \(warm) with \(count) connections; \(ratio(warm.elapsed, hello)) times a request "
                    + "to the bare framework")
        }
    }

    /// Prints the size of the JSON of connections that share one app.
    private static func sharedApp() async throws {
        let world = try await GateWorld()
        defer { world.remove() }
        let count = 1_500
        _ = try await world.add(0..<count, sharing: "acme")
        var bytes = 0
        let start = ContinuousClock.now
        bytes = try JSONEncoder().encode(await world.service.connections.all(as: GateWorld.me)).count
        let seconds = start.duration(to: .now) / .seconds(1)
        print(
            "the whole list of \(count) connections that share an app: \(bytes / 1000) kB of JSON in "
                + "\(seconds.formatted(.number.precision(.fractionLength(2)))) s")
    }
}

/// Seconds for one of several equal acts.
private struct Cost: CustomStringConvertible {
    let processor: Double
    let elapsed: Double

    /// - Parameter before: What happens before each act and is not measured.
    static func measured(
        _ rounds: Int, before: () async throws -> Void = {}, _ act: () async throws -> Void
    ) async rethrows -> Cost {
        var (processor, elapsed) = (0.0, Duration.zero)
        for _ in 0..<rounds {
            try await before()
            let (start, processorStart) = (ContinuousClock.now, Benchmarks.processorTime())
            try await act()
            elapsed += start.duration(to: .now)
            processor += Benchmarks.processorTime() - processorStart
        }
        return Cost(processor: processor / Double(rounds), elapsed: elapsed / .seconds(1) / Double(rounds))
    }

    var description: String {
        let ms = { (seconds: Double) in (seconds * 1000).formatted(.number.precision(.fractionLength(2))) }
        return "\(ms(elapsed)) ms (processor \(ms(processor)) ms)"
    }
}

extension GateWorld {
    /// Adds connections with apps of their own, or with the app of another connection.
    fileprivate func add(_ numbers: Range<Int>, sharing other: String? = nil) async throws -> Cost {
        var rest = numbers.makeIterator()
        return try await Cost.measured(numbers.count) {
            guard let number = rest.next() else { return }
            let digits = String(number)
            var new = NewConnection(
                alias: Self.alias(number), loginHost: "https://acme.my.salesforce.com",
                username: "user-\(digits)@acme.example",
                consumerKey: other == nil
                    ? "3MVG9" + String(repeating: "k", count: 80 - digits.count) + digits : nil)
            new.sameAppAs = other
            new.allowsTokens = true
            _ = try await service.connections.add(new, as: Self.me)
        }
    }

    fileprivate func firstTokens(of numbers: Range<Int>) async throws -> Cost {
        var rest = numbers.makeIterator()
        return try await Cost.measured(numbers.count) {
            guard let number = rest.next() else { return }
            _ = try await service.tokens.accessToken(for: Self.alias(number), as: Self.me)
        }
    }

    static func alias(_ number: Int) -> String { "c" + String(String(100_000 + number).dropFirst()) }
}
