/// What an org answers, and what the history is to say about it.
struct OrgAnswer: Sendable {
    var status: Int
    var contentType: String?
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// The JSON that `body` is the text of.
    private(set) var value: JSONValue?
    /// Whether the body is sent in chunks, without a Content-Length.
    var isChunked = false
    /// Whether the answer says that the connection stays open.
    var keepsAlive = false

    var operation: String
    var verdict = RequestVerdict.other
    var reason: String
    var error: String?
    var synthetic = false
    var username: String?
    var consumerKey: String?
    /// The faults that hit the request.
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

    /// The data API's form of an error: an array of objects. The code comes first where the request fits no resource, and
    /// last elsewhere.
    func apiError(_ code: String, _ message: String) -> OrgAnswer {
        let text = JSONValue.Member(key: "message", value: .string(message))
        let errorCode = JSONValue.Member(key: "errorCode", value: .string(code))
        let codeComesFirst = ["NOT_FOUND", "METHOD_NOT_ALLOWED"].contains(code)
        var answer = json([.object(codeComesFirst ? [errorCode, text] : [text, errorCode])])
        answer.error = "\(code): \(message)"
        return answer
    }

    /// The OAuth endpoints' form of an error.
    func oauthError(_ error: String, _ description: String?) -> OrgAnswer {
        var members = [JSONValue.Member(key: "error", value: .string(error))]
        if let description { members.append(.init(key: "error_description", value: .string(description))) }
        var answer = json(.object(members))
        answer.error = [error, description].compactMap { $0 }.joined(separator: ": ")
        return answer
    }
}
