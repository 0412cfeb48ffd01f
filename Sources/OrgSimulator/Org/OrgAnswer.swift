/// An org's answer to a request, with what the request history records about it.
///
/// ``json(_:)`` and the functions below it return a copy with a body. None of them changes the status, so for
/// ``plain(_:)``, ``apiError(_:_:)`` and ``oauthError(_:_:)`` the caller must set the status of the error.
struct OrgAnswer: Sendable {
    var status: Int
    var contentType: String?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// The JSON value that `body` encodes; `nil` if the body is not JSON. It is kept because the body may still have to
    /// be indented.
    private(set) var value: JSONValue?
    /// Whether the body is sent in chunks and without a `Content-Length` header.
    var isChunked = false
    /// Whether the answer has a header that keeps the connection open.
    var keepsAlive = false

    // For the history. ``RequestRecord`` explains each.
    var operation: String
    var verdict = RequestVerdict.other
    var reason: String
    var error: String?
    var isSynthetic = false
    var username: String?
    /// The consumer key that the request named. The history stores only its fingerprint.
    var consumerKey: String?
    var fault: String?

    /// How the answer is sent, which faults can change.
    var delivery = Delivery()

    init(status: Int, operation: String, verdict: RequestVerdict = .other, reason: String) {
        self.status = status
        self.operation = operation
        self.verdict = verdict
        self.reason = reason
    }

    func json(_ value: JSONValue) -> OrgAnswer {
        var answer = self
        answer.contentType = "application/json;charset=UTF-8"
        answer.value = value
        answer.body = Array(value.text.utf8)
        return answer
    }

    /// An error as plain text. The history records the text as the error.
    func plain(_ text: String) -> OrgAnswer {
        var answer = self
        answer.contentType = "text/plain;charset=UTF-8"
        answer.body = Array(text.utf8)
        answer.error = text
        return answer
    }

    func html(_ text: String) -> OrgAnswer {
        var answer = self
        answer.contentType = "text/html; charset=UTF-8"
        answer.body = Array(text.utf8)
        return answer
    }

    /// An error as the data API returns it: an array with one object. `errorCode` comes first if the path or the method
    /// of the request is wrong, and after `message` otherwise.
    func apiError(_ code: String, _ message: String) -> OrgAnswer {
        let text = JSONValue.Member(key: "message", value: .string(message))
        let errorCode = JSONValue.Member(key: "errorCode", value: .string(code))
        let codeComesFirst = ["NOT_FOUND", "METHOD_NOT_ALLOWED"].contains(code)
        var answer = json([.object(codeComesFirst ? [errorCode, text] : [text, errorCode])])
        answer.error = "\(code): \(message)"
        return answer
    }

    /// An error as the OAuth endpoints return it, with `error_description` unless `description` is `nil`.
    func oauthError(_ error: String, _ description: String?) -> OrgAnswer {
        var members = [JSONValue.Member(key: "error", value: .string(error))]
        if let description { members.append(.init(key: "error_description", value: .string(description))) }
        var answer = json(.object(members))
        answer.error = [error, description].compactMap { $0 }.joined(separator: ": ")
        return answer
    }
}
