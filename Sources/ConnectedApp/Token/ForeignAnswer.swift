internal import JWTBearer

/// An answer that is no document of the org's API: a page for people, an empty body, JSON of another kind.
struct ForeignAnswer {
    let status: Int
    /// The first bytes as text; empty if they might hold a token.
    let beginning: String
    var contentType: String?

    init(status: Int, beginning: String, contentType: String? = nil) {
        self.status = status
        self.beginning = beginning
        self.contentType = contentType
    }

    init(status: Int, body: some Collection<UInt8>) {
        self.init(status: status, beginning: Self.text(body))
    }

    /// At most 300 characters of the first 1,200 bytes.
    static func text(_ body: some Collection<UInt8>) -> String {
        String(String(decoding: body.prefix(1200), as: UTF8.self).prefix(300))
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
        let text = titled ?? beginning.replacing(/<[^>]*>?/, with: " ")
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? nil : String(words.prefix(120))
    }

    var evidence: [String: String] {
        var evidence = ["status": String(status)]
        evidence["page"] = title
        evidence["excerpt"] = beginning.isEmpty ? nil : beginning
        evidence["contentType"] = contentType
        return evidence
    }

    func error(at host: LoginHost?) -> ConnectedAppError {
        ConnectedAppError(cause, subject: host?.host, evidence: evidence)
    }
}
