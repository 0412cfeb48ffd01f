/// The reason why an attempt to send a notice failed.
package struct NoticeFailure: Error, Equatable, Sendable {
    let cause: Cause
    /// The receiver's answer without secrets, cut to 200 characters; `nil` if there is none to show.
    let reply: String?
    /// Whether a further attempt will fail in the same way until somebody corrects the cause.
    let isPermanent: Bool

    package init(_ cause: Cause, reply: String? = nil, isPermanent: Bool = false) {
        self.cause = cause
        self.reply = reply.map { String($0.prefix(200)) }
        self.isPermanent = isPermanent
    }
}
