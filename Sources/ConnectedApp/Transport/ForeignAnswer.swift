internal import JWTBearer

/// An answer that is not a document of the org's API, such as a page for people, an empty body or JSON of another kind.
struct ForeignAnswer {
    let status: Int
    /// The first 8,192 bytes as text without secrets; empty if they may contain a token. A page may begin with long styles.
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

    /// The cause that the status and the content indicate.
    ///
    /// 420 and 502 come from the routers in front of the org, 503 from maintenance or overload ("Status Codes and Error
    /// Responses", REST API Developer Guide). Whether the maintenance page also comes with 200 is not confirmed on a real org.
    var cause: Cause {
        switch status {
        case 300..<400: .redirected
        case 429: .orgTransient
        case 420, 500, 502, 503, 504: .orgUnavailable
        default: isPage && speaksOfMaintenance ? .orgUnavailable : .answerUnintelligible
        }
    }

    /// Whether the answer is markup for people. The org's own XML begins with a declaration or an envelope.
    var isPage: Bool {
        let text = beginning.drop(while: \.isWhitespace).lowercased()
        guard text.hasPrefix("<") else { return false }
        return !text.hasPrefix("<?xml") && !text.contains(":envelope")
    }

    private var speaksOfMaintenance: Bool { beginning.lowercased().contains("maintenance") }

    /// The page's title, or else its first words; `nil` if the answer is not a page.
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

    /// A sentence that replaces the cause's summary if the summary claims something about the org, although another device may
    /// have sent the answer.
    var detail: String? {
        status == 429 ? "The answer is HTTP status 429 (too many requests), without an explanation by Salesforce." : nil
    }

    func error(at host: LoginHost?) -> ConnectedAppError {
        ConnectedAppError(cause, subject: host?.host, detail: detail, evidence: evidence)
    }
}
