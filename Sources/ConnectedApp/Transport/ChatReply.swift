internal import Foundation

/// The meaning of the body of a chat service's answer with status 200 to 299. Many chat services report errors with
/// these statuses.
enum ChatReply: Equatable, Sendable {
    /// The body is `ok`, with which Slack confirms a message.
    case accepted
    /// The body reports an error.
    ///
    /// - Parameter isPermanent: Whether the same message will be refused again.
    case refused(isPermanent: Bool)
    /// The body is neither `ok` nor a known error.
    case other

    /// - Parameter text: The body, without white space at its ends.
    init(_ text: String) {
        if text == "ok" {
            self = .accepted
        } else if Self.slackErrors.contains(text) {
            self = .refused(isPermanent: true)
        } else if text.lowercased().hasPrefix(Self.teamsError) {
            // Connectors report temporary errors with status 200 ("Remove the 200 OK status on failure!",
            // MicrosoftDocs/msteams-docs#9064).
            self = .refused(isPermanent: false)
        } else {
            self = Self.isRefusal(text) ? .refused(isPermanent: true) : .other
        }
    }

    /// How a Teams connector's error begins, in lower case: MicrosoftDocs/msteams-docs#400.
    private static let teamsError = "webhook message delivery failed"

    /// The complete bodies with which Slack reports errors: "Changes to errors for incoming webhooks", api.slack.com,
    /// and "Sending messages using incoming webhooks".
    private static let slackErrors: Set = [
        "action_prohibited", "channel_is_archived", "channel_not_found", "invalid_blocks", "invalid_blocks_format",
        "invalid_payload", "invalid_token", "missing_text_or_fallback_or_attachments", "no_active_hooks", "no_service",
        "no_service_id", "no_team", "no_text", "posting_to_general_channel_denied", "rate_limited", "rollup_error",
        "team_disabled", "too_many_attachments", "user_not_found",
    ]

    /// The JSON members by which services report an error: Slack's Web API and Telegram (`ok`), Rocket.Chat
    /// (`success`), DingTalk and WeCom (`errcode`), Matrix (`errcode` with a name: "Standard error response",
    /// spec.matrix.org), Lark (`code` with `msg`), Feishu's older bots (`StatusCode` with `StatusMessage`), Zulip
    /// (`result`) and others (`status`). In JSON-RPC 2.0 (section 5), `error` is present only if a call failed; other
    /// services send an empty `error` after a success. The property names are JSON keys.
    private struct Members: Decodable {
        let ok, success: Bool?
        let errcode: ErrorCode?
        let error: Presence?
        let code, statusCode: Int?
        let msg, result, status: String?

        enum CodingKeys: String, CodingKey {
            case ok, success, errcode, error, code, msg, result, status
            case statusCode = "StatusCode"
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            // A member whose value has another type is ignored.
            func member<T: Decodable>(_ key: CodingKeys) -> T? { try? members.decode(T.self, forKey: key) }
            (ok, success, errcode, error) = (member(.ok), member(.success), member(.errcode), member(.error))
            (code, statusCode) = (member(.code), member(.statusCode))
            (msg, result, status) = (member(.msg), member(.result), member(.status))
        }
    }

    /// An error code: a number, also as text, or a name such as `M_UNKNOWN_TOKEN`.
    private struct ErrorCode: Decodable {
        let isError: Bool

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Int.self) {
                isError = number != 0
            } else {
                let text = try value.decode(String.self)
                isError = Int(text).map { $0 != 0 } ?? text.hasPrefix("M_")
            }
        }
    }

    /// Whether a member has a value other than null, false, 0, or an empty text, list or object.
    private struct Presence: Decodable {
        let isSomething: Bool

        private struct AnyKey: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        /// Texts that mean no value.
        private static let emptyTexts: Set = ["", "0", "false", "null", "none"]

        init(from decoder: any Decoder) throws {
            if let members = try? decoder.container(keyedBy: AnyKey.self) {
                isSomething = !members.allKeys.isEmpty
            } else if let elements = try? decoder.unkeyedContainer() {
                isSomething = elements.count != 0
            } else {
                let value = try decoder.singleValueContainer()
                if let flag = try? value.decode(Bool.self) {
                    isSomething = flag
                } else if let number = try? value.decode(Double.self) {
                    isSomething = number != 0
                } else if let text = try? value.decode(String.self) {
                    isSomething = !Self.emptyTexts.contains(text.trimmingWhiteSpace.lowercased())
                } else {
                    isSomething = !value.decodeNil()
                }
            }
        }
    }

    private static func isRefusal(_ text: String) -> Bool {
        guard let members = try? JSONDecoder().decode(Members.self, from: Data(text.utf8)) else { return false }
        if members.ok == false || members.success == false { return true }
        if members.errcode?.isError == true || members.error?.isSomething == true { return true }
        if members.statusCode.map(isError) == true || (members.msg != nil && members.code.map(isError) == true) {
            return true
        }
        return [members.result, members.status].contains { ["error", "failed", "failure"].contains($0?.lowercased()) }
    }

    /// Whether a code means an error. 0 means success. Some receivers send the HTTP status as the code, so 200 to 299 mean
    /// success too.
    private static func isError(_ code: Int) -> Bool { code != 0 && !(200..<300).contains(code) }
}
