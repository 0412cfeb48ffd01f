internal import JWTBearer

/// An answer that is no document of the org's API: a page for people, an empty body, JSON of another kind.
struct ForeignAnswer {
    let status: Int
    /// The first 8,192 bytes as text without secrets, since a page may begin with long styles; empty if they might hold a
    /// token.
    let beginning: String
    var contentType: String?

    init(status: Int, beginning: String, contentType: String? = nil, _ words: OrgWords = OrgWords()) {
        self.status = status
        self.beginning = words.clean(beginning, atMost: Self.beginningBytes)
        self.contentType = contentType.map { words.clean($0, atMost: OrgWords.longestName) }
    }

    init(status: Int, body: some Collection<UInt8>, _ words: OrgWords = OrgWords()) {
        self.init(status: status, beginning: Self.text(body), words)
    }

    static let beginningBytes = 8192
    private static let excerptCharacters = 300

    static func text(_ body: some Collection<UInt8>) -> String {
        String(decoding: body.prefix(beginningBytes), as: UTF8.self)
    }

    /// 420 and 502 come from the routers in front of the org, 503 from maintenance or overload ("Status Codes and Error
    /// Responses", REST API Developer Guide). That the maintenance page comes with 200 too is not confirmed on a real org.
    var cause: Cause {
        switch status {
        case 300..<400: .redirected
        case 429: .orgTransient
        case 420, 500, 502, 503, 504: .orgUnavailable
        default: isPage && speaksOfMaintenance ? .orgUnavailable : .answerUnintelligible
        }
    }

    /// Markup for people. The org's own XML begins with a declaration or an envelope.
    var isPage: Bool {
        let text = beginning.drop(while: \.isWhitespace).lowercased()
        guard text.hasPrefix("<") else { return false }
        return !text.hasPrefix("<?xml") && !text.contains(":envelope")
    }

    private var speaksOfMaintenance: Bool { beginning.lowercased().contains("maintenance") }

    /// What the page calls itself: its title, or its first words; `nil` if it is no page.
    var title: String? {
        guard isPage else { return nil }
        let titled = beginning.firstMatch(of: /(?i)<title[^>]*>([^<]*)/).map { String($0.1) }
        let text = titled ?? visibleText
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? nil : String(words.prefix(120))
    }

    private var visibleText: String {
        beginning.replacing(/(?is)<(style|script)\b.*?(<\/\1>|$)/, with: " ").replacing(/<[^>]*>?/, with: " ")
    }

    var evidence: [String: String] {
        var evidence = ["status": String(status)]
        evidence["page"] = title
        evidence["excerpt"] = beginning.isEmpty ? nil : String(beginning.prefix(Self.excerptCharacters))
        evidence["contentType"] = contentType
        return evidence
    }

    /// What the cause's sentence would claim of the org, though anybody may have answered so.
    var detail: String? {
        status == 429 ? "The answer is HTTP status 429 (too many requests), without words of Salesforce." : nil
    }

    func error(at host: LoginHost?) -> ConnectedAppError {
        ConnectedAppError(cause, subject: host?.host, detail: detail, evidence: evidence)
    }
}
