/// How an answer is sent to the client.
struct Delivery: Equatable, Sendable {
    /// What is sent of the answer, and when the connection is closed.
    enum Manner: Equatable, Sendable {
        /// The answer is sent undisturbed.
        case whole
        /// Not sent: the connection is held for `seconds`, then closed. With `nil`, it is held until the client leaves.
        case held(seconds: Double?)
        /// Not sent: the connection is closed.
        case dropped
        /// Cut off after `bytes` of the body, or after half of it if `nil`.
        case truncated(bytes: Int?)
        /// Sent in pieces of `bytes`, with a pause between them.
        case dripped(bytes: Int, milliseconds: Int)
        /// `bytes` of white space instead of the body, or endless white space if `nil`.
        case filled(bytes: Int?)
    }

    var manner = Manner.whole
    /// The delay before anything is sent.
    var delayMilliseconds = 0

    init() {}

    /// The delivery of an answer with the effects of faults. Sizes and times that a fault does not set have their defaults.
    init(_ effects: FaultEffects) {
        delayMilliseconds = effects.milliseconds
        guard let fault = effects.disruption else { return }
        switch fault.kind {
        case .stall: manner = .held(seconds: fault.seconds)
        case .drop: manner = .dropped
        case .truncate: manner = .truncated(bytes: fault.bytes)
        case .drip: manner = .dripped(bytes: fault.bytes ?? 16, milliseconds: fault.milliseconds ?? 100)
        case .giant: manner = .filled(bytes: fault.bytes)
        case .answer, .refusal, .latency, .html, .maintenance, .empty, .corruptZip, .dateOffset, .endSession:
            manner = .whole
        }
    }
}
