/// A disturbance of the requests for one endpoint: what goes wrong between an org and its client.
struct Fault: Codable, Equatable, Sendable {
    enum Kind: String, Codable, CaseIterable, Sendable {
        /// A prepared answer: `status`, `contentType`, `headers`, `body`. The org never sees the request.
        case answer
        /// The answer of the token endpoint that `row` numbers (``TokenRow``). The org never sees the request.
        case refusal
        /// The right answer, `milliseconds` late.
        case latency
        /// No answer: the connection is held for `seconds`, or until the client leaves, and then closed.
        case stall
        /// The org acts on the request, and the connection is closed before its answer.
        case drop
        /// The right head with its Content-Length, `bytes` of the body, and then the connection is closed.
        case truncate
        /// A page of HTML with status 200. The org never sees the request.
        case html
        /// The page of an org under maintenance, with status 503. The org never sees the request.
        case maintenance
        /// Status 200 with nothing in it. The org never sees the request.
        case empty
        /// The right answer in pieces of `bytes`, with `milliseconds` between two.
        case drip
        /// `bytes` of white space, or white space without end. The org never sees the request.
        case giant
        /// The archive in a reply to `checkRetrieveStatus` is damaged. Replies without an archive pass uncounted.
        case corruptZip
        /// The `Date` header is off by `seconds`.
        case dateOffset
    }

    var kind = Kind.answer
    /// The whole path, without a query. Either this or `prefix`.
    var path: String?
    /// What the path begins with.
    var prefix: String?
    var status = 503
    var contentType = "text/html; charset=UTF-8"
    var headers: [String: String] = [:]
    var body = ""
    /// How many requests it still hits; at 0 it is gone from the state. Nil, with a probability only: any number.
    var count: Int?
    /// How many requests for the endpoint pass before the first hit.
    var after = 0
    /// The share of requests that are hit, 0 through 1; nil: all of them.
    var probability: Double?
    var milliseconds: Int?
    var seconds: Double?
    var bytes: Int?
    /// The number of a known answer of the token endpoint; with the kind `refusal` only.
    var row: Int?

    init(path: String) {
        self.path = path
        count = 1
    }

    init(_ kind: Kind, prefix: String, probability: Double) {
        self.kind = kind
        self.prefix = prefix
        self.probability = probability
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        kind = try keys.value(.kind, or: kind)
        path = try keys.decodeIfPresent(String.self, forKey: .path)
        prefix = try keys.decodeIfPresent(String.self, forKey: .prefix)
        status = try keys.value(.status, or: status)
        contentType = try keys.value(.contentType, or: contentType)
        headers = try keys.value(.headers, or: headers)
        body = try keys.value(.body, or: body)
        after = try keys.value(.after, or: after)
        probability = try keys.decodeIfPresent(Double.self, forKey: .probability)
        count = try keys.decodeIfPresent(Int.self, forKey: .count) ?? (probability == nil ? 1 : nil)
        milliseconds = try keys.decodeIfPresent(Int.self, forKey: .milliseconds)
        seconds = try keys.decodeIfPresent(Double.self, forKey: .seconds)
        bytes = try keys.decodeIfPresent(Int.self, forKey: .bytes)
        row = try keys.decodeIfPresent(Int.self, forKey: .row)
    }

    func applies(to requestPath: String) -> Bool {
        if let path { return path == requestPath }
        return prefix.map(requestPath.hasPrefix) ?? false
    }
}
