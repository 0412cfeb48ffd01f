/// The reason why an attempt to send a notice failed.
package struct NoticeFailure: Error, Equatable, Sendable {
    let cause: Cause
    /// The receiver's answer, without secrets.
    let reply: String?
    /// Whether the same attempt will fail again until somebody corrects the cause.
    let isPermanent: Bool

    package init(_ cause: Cause, reply: String? = nil, isPermanent: Bool = false) {
        self.cause = cause
        self.reply = reply.map { String($0.prefix(200)) }
        self.isPermanent = isPermanent
    }
}
