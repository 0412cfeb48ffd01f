internal import Foundation

/// The answer to a notice. It may come from the receiver, a proxy, or the sign-in page of a network.
struct WebhookAnswer: Sendable {
    /// How many bytes of a body are looked at.
    static let bodyByteLimit = ForeignAnswer.beginningBytes

    /// The kind of a body, determined before secrets are removed.
    private enum Body: Sendable {
        case page
        case words(ChatReply)
        /// A body in an unsupported content coding, which may contain a page or a refusal.
        case unreadable
    }

    private let status: Int
    /// The host to which a redirect leads; `nil` if there is none, or if its name contains the secret.
    private let redirection: String?
    private let body: Body
    /// What ``NoticeFailure/reply`` shows after the status, without secrets.
    private let words: String

    /// - Parameters:
    ///   - contentCoding: The `Content-Encoding` field.
    ///   - location: The `Location` field.
    ///   - secret: The path and query of the URL, which the body may quote.
    init(
        status: Int, body: [UInt8], contentType: String?, contentCoding: String? = nil, location: String?,
        hiding secret: String
    ) {
        self.status = status
        let path = SecretPath(secret)
        let host = location.flatMap { URLComponents(string: $0)?.encodedHost }
        redirection = host.flatMap { path.isRespelled(in: $0) ? nil : $0 }
        guard let plain = ContentCoding.decoded(body, contentCoding, atMost: Self.bodyByteLimit) else {
            self.body = .unreadable
            words = ", in a content coding that aprity does not read" + Self.name(of: contentCoding, path)
            return
        }
        let text = ForeignAnswer.text(plain).visible
        let seen = ForeignAnswer(status: status, beginning: text)
        let isPage = Self.isPage(seen, contentType)
        self.body = isPage ? .page : .words(ChatReply(Self.trimmed(seen)))
        // The usual mark contains words, which a secret may contain too; this one contains none.
        let isHidden = path.isRespelled(in: path.removed(from: text, mark: "«»"))
        let shown = ForeignAnswer(status: status, beginning: path.removed(from: text), OrgWords(hiding: [secret]))
        words = Self.words(isHidden ? nil : shown, isPage)
    }

    /// Returns why the notice was not accepted; `nil` if it was.
    func failure(of format: WebhookFormat) -> NoticeFailure? {
        switch status {
        case 200..<300: failureInBody(format)
        case 300..<400: refused(.webhookPage)
        case 404, 410: refused(.webhookMissing)
        case 400, 413, 415, 422: refused(.webhookFormRefused)
        // A timeout, too many requests or a fault of the receiver: a later attempt may succeed.
        case 408, 425, 429, 500...: refused(.noticeRefused, isPermanent: false)
        default: refused(.noticeRefused)
        }
    }

    private func failureInBody(_ format: WebhookFormat) -> NoticeFailure? {
        switch body {
        case .page: return refused(.webhookPage)
        case .unreadable, .words(.refused(isPermanent: true)): return refused(.noticeRefused)
        case .words(.refused(isPermanent: false)): return refused(.noticeRefused, isPermanent: false)
        case .words(.accepted): return nil
        case .words(.other):
            switch format {
            case .slack: return refused(.noticeRefused)
            case .json: return nil
            }
        }
    }

    private func refused(_ cause: Cause, isPermanent: Bool = true) -> NoticeFailure {
        NoticeFailure(cause, reply: said, isPermanent: isPermanent)
    }

    private var said: String { "HTTP status \(status)" + (redirection.map { " to " + $0 } ?? words) }

    /// Whether the answer is a page for people. ``ForeignAnswer/isPage`` takes XHTML for an org's XML because of its
    /// declaration, so HTML tags are searched too. Some receivers send a bare `ok` with the type HTML, which is not a page.
    private static func isPage(_ answer: ForeignAnswer, _ contentType: String?) -> Bool {
        let text = answer.beginning.lowercased()
        let begins = ["<html", "<body", "<!doctype html"].contains { text.contains($0) }
        let isHTML = contentType?.lowercased().hasPrefix("text/html") == true
        return answer.isPage || (begins && (isHTML || trimmed(answer).hasPrefix("<")))
    }

    private static func trimmed(_ answer: ForeignAnswer) -> String {
        answer.beginning.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// - Parameter answer: `nil` if it must not be shown, because it contains the secret in another spelling.
    private static func words(_ answer: ForeignAnswer?, _ isPage: Bool) -> String {
        let said = answer.map { isPage ? $0.title ?? "" : trimmed($0) } ?? "(not shown)"
        return (isPage ? ", a page" : "") + (said.isEmpty ? "" : ": " + line(said))
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Returns the name of a coding for output, after a colon. Returns an empty text if the name is unusual or contains
    /// the secret.
    private static func name(of coding: String?, _ path: SecretPath) -> String {
        guard let coding, coding.wholeMatch(of: /[A-Za-z0-9_, -]{1,40}/) != nil, !path.isRespelled(in: coding) else {
            return ""
        }
        return ": " + coding
    }
}
