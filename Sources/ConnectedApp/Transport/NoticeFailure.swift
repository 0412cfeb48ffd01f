/// Why an attempt to send a notice failed.
package struct NoticeFailure: Error, Equatable, Sendable {
    package let cause: Cause
    /// What the receiver said; no secret of ours.
    package let reply: String?
    /// The receiver said no for good: the same attempt will fail again until somebody mends something.
    package let isPermanent: Bool

    package init(_ cause: Cause, reply: String? = nil, isPermanent: Bool = false) {
        self.cause = cause
        self.reply = reply.map { String($0.prefix(200)) }
        self.isPermanent = isPermanent
    }
}
