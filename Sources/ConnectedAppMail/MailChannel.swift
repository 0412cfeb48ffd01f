package import ConnectedApp
package import Foundation

/// Sends notices by mail to one address. Each recipient has its own channel, because the server answers for each
/// recipient.
package struct MailChannel: NoticeChannel {
    package let address: NoticeAddress
    private let server: MailServer
    private let from: MailAddress
    private let to: MailAddress
    private let limit: Duration

    /// - Parameters:
    ///   - from: The sender, also of the envelope. Bounces go to it.
    ///   - limit: The time limit for a whole attempt.
    package init(_ server: MailServer, from: MailAddress, to: MailAddress, limit: Duration = .seconds(60)) {
        self.server = server
        self.from = from
        self.to = to
        self.limit = limit
        address = NoticeAddress(.mail, to.description)
    }

    package func send(_ notice: Notice, at now: Date) async throws(NoticeFailure) {
        let message = MailMessage(notice, from: from, to: to, at: now)
        let submission = MailSubmission(
            server: server, from: from.description, to: to.description, text: message.text, limit: limit)
        if let failure = await submission.result() { throw failure }
    }
}
