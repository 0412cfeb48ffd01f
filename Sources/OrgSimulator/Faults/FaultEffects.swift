/// What the faults that hit one request do together.
struct FaultEffects: Equatable, Sendable {
    /// The kinds that hit, in the order of the state document.
    private(set) var kinds: [Fault.Kind] = []
    private(set) var milliseconds = 0
    private(set) var dateOffsetSeconds = 0.0
    /// The one fault that decides about the answer itself.
    private(set) var disruption: Fault?

    /// Milliseconds of a latency that names none.
    private static let latency = 1_000

    fileprivate mutating func add(_ fault: Fault) {
        kinds.append(fault.kind)
        switch fault.kind {
        case .latency: milliseconds += fault.milliseconds ?? Self.latency
        case .dateOffset: dateOffsetSeconds += fault.seconds ?? 0
        case .answer, .refusal, .stall, .drop, .truncate, .html, .maintenance, .empty, .drip, .giant, .corruptZip:
            disruption = fault
        }
    }
}

extension Fault.Kind {
    /// Delays and offsets add up; of the kinds that decide about the answer only one can.
    fileprivate var isDisruption: Bool {
        switch self {
        case .latency, .dateOffset: false
        case .answer, .refusal, .stall, .drop, .truncate, .html, .maintenance, .empty, .drip, .giant, .corruptZip: true
        }
    }
}

extension [Fault] {
    /// Takes the faults that hit a request for `path` into `effects`, and counts them down.
    ///
    /// The order of the list decides. A fault that an earlier one leaves no room for neither counts the request nor draws.
    mutating func hit(
        _ path: String, _ effects: inout FaultEffects, among kinds: (Fault.Kind) -> Bool,
        using random: inout SeededRandom
    ) {
        for index in indices where kinds(self[index].kind) && self[index].applies(to: path) {
            if self[index].kind.isDisruption, effects.disruption != nil { continue }
            if self[index].strikes(using: &random) { effects.add(self[index]) }
        }
        removeAll { $0.count == 0 }
    }
}

extension Fault {
    /// Whether the fault hits this request for its endpoint; counts either way.
    fileprivate mutating func strikes(using random: inout SeededRandom) -> Bool {
        guard after == 0 else {
            after -= 1
            return false
        }
        if let probability, Double.random(in: 0..<1, using: &random) >= probability { return false }
        count = count.map { $0 - 1 }
        return true
    }
}
