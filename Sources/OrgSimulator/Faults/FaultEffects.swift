/// The combined effects of the faults that hit one request.
struct FaultEffects: Equatable, Sendable {
    /// The kinds of the faults that hit, in the order of the state document.
    private(set) var kinds: [Fault.Kind] = []
    /// The sum of all delays.
    private(set) var milliseconds = 0
    /// The sum of all offsets of the `Date` header.
    private(set) var dateOffsetSeconds = 0.0
    /// The fault that determines what is sent; all others only delay the answer or shift its time. `nil` if there is
    /// none.
    private(set) var disruption: Fault?
    /// Whether the session ends before the org reads the request.
    private(set) var endsSession = false

    /// The delay in milliseconds of a latency fault that does not set one.
    private static let defaultLatency = 1_000

    fileprivate mutating func add(_ fault: Fault) {
        kinds.append(fault.kind)
        switch fault.kind {
        case .latency: milliseconds += fault.milliseconds ?? Self.defaultLatency
        case .dateOffset: dateOffsetSeconds += fault.seconds ?? 0
        case .endSession: endsSession = true
        case .answer, .refusal, .stall, .drop, .truncate, .html, .maintenance, .empty, .drip, .giant, .corruptZip:
            disruption = fault
        }
    }
}

extension Fault.Kind {
    /// Whether the kind determines what is sent. Only one such fault can hit a request; delays and offsets add up.
    fileprivate var isDisruption: Bool {
        switch self {
        case .latency, .dateOffset, .endSession: false
        case .answer, .refusal, .stall, .drop, .truncate, .html, .maintenance, .empty, .drip, .giant, .corruptZip: true
        }
    }
}

extension [Fault] {
    /// Adds the faults that hit a request to `effects`, and counts them down.
    ///
    /// Earlier faults take precedence. A fault that is skipped because an earlier one determines the answer does not
    /// count the request and draws no random number. Faults whose count has reached 0 are removed.
    ///
    /// - Parameter kinds: Whether to consider faults of a kind.
    mutating func hit(
        _ target: FaultTarget, _ effects: inout FaultEffects, among kinds: (Fault.Kind) -> Bool,
        using random: inout SeededRandom
    ) {
        for index in indices where kinds(self[index].kind) && self[index].applies(to: target) {
            if self[index].kind.isDisruption, effects.disruption != nil { continue }
            if self[index].takeHit(using: &random) { effects.add(self[index]) }
        }
        removeAll { $0.count == 0 }
    }
}

extension Fault {
    /// Returns whether the fault hits this request, and updates its counters.
    fileprivate mutating func takeHit(using random: inout SeededRandom) -> Bool {
        guard after == 0 else {
            after -= 1
            return false
        }
        if let probability, Double.random(in: 0..<1, using: &random) >= probability { return false }
        count = count.map { $0 - 1 }
        return true
    }
}
