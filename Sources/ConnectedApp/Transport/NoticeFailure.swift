/// The reason why an attempt to send a notice failed.
package struct NoticeFailure: Error, Equatable, Sendable {
    let cause: Cause
    /// The receiver's answer, or details about the failure, for people: at most 200 characters; `nil` if there is nothing to
    /// show. The channel has removed secrets.
    let reply: String?
    /// Whether further attempts will fail in the same way until somebody corrects the cause. The notice is tried again
    /// nevertheless, but less often.
    let isPermanent: Bool

    /// - Parameter reply: Must not contain a secret. It is cut to 200 characters.
    package init(_ cause: Cause, reply: String? = nil, isPermanent: Bool = false) {
        self.cause = cause
        self.reply = reply.map { String($0.prefix(200)) }
        self.isPermanent = isPermanent
    }
}
