internal import ConnectedApp
internal import Foundation

/// A message in the Internet Message Format (RFC 5322), in ASCII with CRLF line ends. Characters of the notice outside
/// printable ASCII become question marks.
struct MailMessage {
    let text: String

    /// - Parameter now: The time of the attempt, for the field Date.
    init(_ notice: Notice, from: MailAddress, to: MailAddress, at now: Date) {
        let head = [
            "From: \(from.headerForm(named: "aprity"))", "To: \(to.headerForm())",
            "Subject: \(Self.line(notice.content.subject))",
            "Date: \(Self.date(now))",
            // The same for each attempt, so that a mailbox can recognize duplicates.
            "Message-ID: <\(notice.id)@\(from.domain)>", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit",
            // RFC 3834: prevents out-of-office replies.
            "Auto-Submitted: auto-generated",
        ]
        let body = notice.content.text.split(separator: "\n", omittingEmptySubsequences: false).map(Self.line)
        text = (head + [""] + body + [""]).joined(separator: "\r\n")
    }

    /// Returns the text with a question mark for every character that is not printable ASCII. So a line break cannot
    /// add a header field.
    private static func line(_ text: some StringProtocol) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { (" "..."~").contains($0) ? $0 : "?" }))
    }

    private static func date(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss +0000"
        return formatter.string(from: date)
    }
}
