/// An org's answer to a request, with what the request history records about it.
struct OrgAnswer: Sendable {
    var status: Int
    var contentType: String?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// The JSON value that `body` encodes; `nil` if the body is not JSON.
    private(set) var value: JSONValue?
    /// Whether the body is sent in chunks and without a `Content-Length` header.
    var isChunked = false
    /// Whether the answer has a header that keeps the connection open.
    var keepsAlive = false

    var operation: String
    var verdict = RequestVerdict.other
    var reason: String
    var error: String?
    var synthetic = false
    var username: String?
    var consumerKey: String?
    /// The kinds of the faults that affected the request; `nil` if none did.
    var fault: String?
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

    /// An error as the data API returns it: an array with one object. `errorCode` precedes `message` if no resource
    /// matches the request, and follows it otherwise.
    func apiError(_ code: String, _ message: String) -> OrgAnswer {
        let text = JSONValue.Member(key: "message", value: .string(message))
        let errorCode = JSONValue.Member(key: "errorCode", value: .string(code))
        let codeComesFirst = ["NOT_FOUND", "METHOD_NOT_ALLOWED"].contains(code)
        var answer = json([.object(codeComesFirst ? [errorCode, text] : [text, errorCode])])
        answer.error = "\(code): \(message)"
        return answer
    }

    /// An error as the OAuth endpoints return it.
    func oauthError(_ error: String, _ description: String?) -> OrgAnswer {
        var members = [JSONValue.Member(key: "error", value: .string(error))]
        if let description { members.append(.init(key: "error_description", value: .string(description))) }
        var answer = json(.object(members))
        answer.error = [error, description].compactMap { $0 }.joined(separator: ": ")
        return answer
    }
}
