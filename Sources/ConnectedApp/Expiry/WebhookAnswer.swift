internal import Foundation

/// What came back from a webhook. Anybody may have answered: the receiver, a proxy, a page that wants a sign-in.
package struct WebhookAnswer: Sendable {
    /// What is read of a body, in bytes.
    package static let longestBody = ForeignAnswer.beginningBytes

    private let status: Int
    /// The host of a redirect.
    private let redirection: String?
    private let isHTML: Bool
    private let answer: ForeignAnswer

    /// - Parameters:
    ///   - secret: The path and the query of the URL, which may come back in the body.
    ///   - location: The `Location` field.
    package init(status: Int, body: [UInt8], contentType: String?, location: String?, hiding secret: String) {
        self.status = status
        let host = location.flatMap { URLComponents(string: $0)?.encodedHost }
        redirection = host.flatMap { Self.hasPart(of: secret, $0) ? nil : $0 }
        isHTML = contentType?.lowercased().hasPrefix("text/html") == true
        let text = Self.withoutParts(of: secret, Self.visible(ForeignAnswer.text(body)))
        answer = ForeignAnswer(status: status, beginning: text, OrgWords(hiding: [secret]))
    }

    /// Why the notice was not taken; `nil` if it was.
    package func failure(of format: WebhookChannel.Format) -> NoticeFailure? {
        switch status {
        case 200..<300: return isPage ? refused(.webhookPage) : failureInBody(format)
        case 300..<400: return refused(.webhookPage)
        case 404, 410: return refused(.webhookMissing)
        case 400, 413, 415, 422: return refused(.webhookFormRefused)
        // Too early, too many, or the receiver's own trouble: all else will be said again.
        case 408, 425, 429, 500...: return refused(.noticeRefused, isPermanent: false)
        default: return refused(.noticeRefused)
        }
    }

    private func failureInBody(_ format: WebhookChannel.Format) -> NoticeFailure? {
        switch ChatReply(words) {
        case .taken: nil
        case .refused(let isPermanent): refused(.noticeRefused, isPermanent: isPermanent)
        case .other:
            switch format {
            case .slack: refused(.noticeRefused)
            case .json: nil
            }
        }
    }

    private func refused(_ cause: Cause, isPermanent: Bool = true) -> NoticeFailure {
        NoticeFailure(cause, reply: said, isPermanent: isPermanent)
    }

    /// XHTML begins as other XML does. A script's `ok` may be sent as HTML.
    private var isPage: Bool {
        let text = answer.beginning.lowercased()
        let begins = ["<html", "<body", "<!doctype html"].contains { text.contains($0) }
        return answer.isPage || (begins && (isHTML || words.hasPrefix("<")))
    }

    private var words: String { answer.beginning.trimmingCharacters(in: .whitespacesAndNewlines) }

    private var said: String {
        let status = "HTTP status \(status)"
        if let redirection { return status + " to " + redirection }
        if isPage { return status + ", a page" + (answer.title.map { ": " + Self.line($0) } ?? "") }
        return words.isEmpty ? status : status + ": " + Self.line(words)
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Without characters that nobody sees or that steer a terminal. One of them inside a secret would hide it from the search.
    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.isWhitespace || !isUnseen($0) }))
    }

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// A path whole, and each part of it that may be the secret.
    private static func withoutParts(of secret: String, _ text: String) -> String {
        let parts = parts(of: secret)
        let whole = secret.count > 1 ? [secret, String(secret.prefix { $0 != "?" })].filter { $0.count > 1 } : []
        return (whole + parts).reduce(text) { $0.replacing($1, with: OrgWords.mark) }
    }

    /// Capitals do not count: a host has none.
    private static func hasPart(of secret: String, _ host: String) -> Bool {
        parts(of: secret).contains { host.lowercased().contains($0.lowercased()) }
    }

    private static func parts(of secret: String) -> [String] {
        secret.split { "/?&=".contains($0) }.filter { $0.count >= 6 }.map(String.init)
    }
}

/// What chat services answer with status 200.
enum ChatReply: Equatable {
    case taken
    case refused(isPermanent: Bool)
    /// Nothing that a chat service is known to say.
    case other

    init(_ text: String) {
        if text == "ok" {
            self = .taken
        } else if Self.slackErrors.contains(text) {
            self = .refused(isPermanent: true)
        } else if text.lowercased().hasPrefix(Self.teamsError) {
            // Connectors wrap what will pass by itself ("Remove the 200 OK status on failure!", MicrosoftDocs/msteams-docs#9064).
            self = .refused(isPermanent: false)
        } else {
            self = Self.isRefusal(text) ? .refused(isPermanent: true) : .other
        }
    }

    /// MicrosoftDocs/msteams-docs#400.
    private static let teamsError = "webhook message delivery failed"

    /// "Changes to errors for incoming webhooks", api.slack.com, and "Sending messages using incoming webhooks".
    private static let slackErrors: Set = [
        "action_prohibited", "channel_is_archived", "channel_not_found", "invalid_blocks", "invalid_blocks_format",
        "invalid_payload", "invalid_token", "missing_text_or_fallback_or_attachments", "no_active_hooks", "no_service",
        "no_service_id", "no_team", "no_text", "posting_to_general_channel_denied", "rate_limited", "rollup_error",
        "team_disabled", "too_many_attachments", "user_not_found",
    ]

    /// The members by which Slack's Web API, Telegram (`ok`), Rocket.Chat (`success`), DingTalk and WeCom (`errcode`), Lark
    /// (`code` with `msg`), Zulip (`result`) and others (`status`) say no.
    private struct Members: Decodable {
        let ok, success: Bool?
        let errcode, code: Int?
        let msg, result, status: String?

        enum CodingKeys: CodingKey {
            case ok, success, errcode, code, msg, result, status
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            // A member of another type says nothing.
            func member<T: Decodable>(_ key: CodingKeys) -> T? { try? members.decode(T.self, forKey: key) }
            (ok, success, errcode, code) = (member(.ok), member(.success), member(.errcode), member(.code))
            (msg, result, status) = (member(.msg), member(.result), member(.status))
        }
    }

    private static func isRefusal(_ text: String) -> Bool {
        guard let members = try? JSONDecoder().decode(Members.self, from: Data(text.utf8)) else { return false }
        if members.ok == false || members.success == false || members.errcode ?? 0 != 0 { return true }
        if members.msg != nil, let code = members.code, code != 0, !(200..<300).contains(code) { return true }
        return [members.result, members.status].contains { ["error", "failed", "failure"].contains($0?.lowercased()) }
    }
}
