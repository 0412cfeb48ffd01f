internal import JWTBearer

/// An answer that is not a document of the org's API, such as a page for people, an empty body or JSON of another kind.
struct ForeignAnswer {
    /// The HTTP status.
    let status: Int
    /// The beginning of the body as text, at most ``beginningBytes`` characters, without secrets; empty if it may contain a
    /// token.
    let beginning: String
    /// The `Content-Type` header, without secrets; `nil` without one.
    var contentType: String?

    init(status: Int, beginning: String, contentType: String? = nil, _ words: OrgWords = OrgWords()) {
        self.status = status
        self.beginning = words.clean(beginning, atMost: Self.beginningBytes)
        self.contentType = contentType.map { words.clean($0, atMost: OrgWords.longestName) }
    }

    init(status: Int, body: some Collection<UInt8>, _ words: OrgWords = OrgWords()) {
        self.init(status: status, beginning: Self.text(body), words)
    }

    /// How much of a body is looked at. A page may have long styles before its text.
    static let beginningBytes = 8192
    private static let excerptCharacters = 300

    /// Returns the beginning of a body as text. It may contain secrets.
    static func text(_ body: some Collection<UInt8>) -> String {
        String(decoding: body.prefix(beginningBytes), as: UTF8.self)
    }

    /// The most likely cause, by the status and the content.
    ///
    /// Salesforce's routers send 420 and 502, and an org sends 503 during maintenance or overload ("Status Codes and
    /// Error Responses", REST API Developer Guide). Whether an org sends its maintenance page with 200, too, is not
    /// confirmed on a real org.
    var cause: Cause {
        switch status {
        case 300..<400: .redirected
        case 429: .orgTransient
        case 420, 500, 502, 503, 504: .orgUnavailable
        default: isPage && speaksOfMaintenance ? .orgUnavailable : .answerUnintelligible
        }
    }

    /// Whether the answer is a page for people: markup other than the org's XML, which begins with a declaration or an
    /// envelope.
    var isPage: Bool {
        let text = beginning.drop(while: \.isWhitespace).lowercased()
        guard text.hasPrefix("<") else { return false }
        return !text.hasPrefix("<?xml") && !text.contains(":envelope")
    }

    private var speaksOfMaintenance: Bool { beginning.lowercased().contains("maintenance") }

    /// The page's title, or else its first words, at most 120 characters; `nil` if the answer is not a page or has no
    /// text.
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

    /// The facts about the answer. The names are part of aprity's JSON output. A missing fact has no entry.
    var evidence: [String: String] {
        var evidence = ["status": String(status)]
        evidence["page"] = title
        evidence["excerpt"] = beginning.isEmpty ? nil : String(beginning.prefix(Self.excerptCharacters))
        evidence["contentType"] = contentType
        return evidence
    }

    /// A sentence that replaces the cause's summary, because the summary is about the org although another device may
    /// have sent the answer; `nil` if the summary fits.
    var detail: String? {
        status == 429 ? "The answer has the HTTP status 429 (too many requests), but no error from Salesforce." : nil
    }

    /// Returns the error for the answer.
    ///
    /// - Parameter host: The subject of the error; `nil` if the caller adds one.
    func error(at host: LoginHost?) -> ConnectedAppError {
        ConnectedAppError(cause, subject: host?.host, detail: detail, evidence: evidence)
    }
}
