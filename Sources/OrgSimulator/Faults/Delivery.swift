/// How an answer travels to the client.
struct Delivery: Equatable, Sendable {
    enum Manner: Equatable, Sendable {
        case whole
        /// Not at all: held for so long, or until the client leaves, and then closed.
        case held(seconds: Double?)
        case dropped
        /// Cut off behind so many bytes of the body; nil: behind half of it.
        case truncated(bytes: Int?)
        case dripped(bytes: Int, milliseconds: Int)
        /// White space in place of the body; nil: without end.
        case filled(bytes: Int?)
    }

    var manner = Manner.whole
    var delayMilliseconds = 0

    init() {}

    init(_ effects: FaultEffects) {
        delayMilliseconds = effects.milliseconds
        guard let fault = effects.disruption else { return }
        switch fault.kind {
        case .stall: manner = .held(seconds: fault.seconds)
        case .drop: manner = .dropped
        case .truncate: manner = .truncated(bytes: fault.bytes)
        case .drip: manner = .dripped(bytes: fault.bytes ?? 16, milliseconds: fault.milliseconds ?? 100)
        case .giant: manner = .filled(bytes: fault.bytes)
        case .answer, .refusal, .latency, .html, .maintenance, .empty, .corruptZip, .dateOffset: manner = .whole
        }
    }
}
