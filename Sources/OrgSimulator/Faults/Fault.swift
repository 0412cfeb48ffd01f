/// A change to the answers for requests to one endpoint. Tests use it to see how a client handles faults.
///
/// It is an entry of `faults` in the state document. The names of the properties and kinds are its keys and values, so
/// they must not change. An unknown key is rejected; ``validate(_:)`` checks the values.
struct Fault: Codable, Equatable, Sendable {
    /// What the client gets. The measures named below are the properties of the fault; docs/simulator.md lists their
    /// defaults.
    enum Kind: String, Codable, CaseIterable, Sendable {
        /// The answer is given by `status`, `contentType`, `headers` and `body`. The org never sees the request.
        case answer
        /// The refusal of the token endpoint with the number `row` (``KnownTokenRefusal``). The org never sees the
        /// request.
        case refusal
        /// The org's answer, `milliseconds` late.
        case latency
        /// No answer: the connection is held for `seconds`, or until the client leaves, and then closed.
        case stall
        /// The org acts on the request, but the connection is closed before the answer is sent.
        case drop
        /// The org's head with its Content-Length and `bytes` of the body, then the connection is closed.
        case truncate
        /// An HTML page with status 200. The org never sees the request.
        case html
        /// The page of an org under maintenance, with status 503. The org never sees the request.
        case maintenance
        /// Status 200 with an empty body. The org never sees the request.
        case empty
        /// The org's answer in pieces of `bytes`, with `milliseconds` between them.
        case drip
        /// `bytes` of white space, or white space without end. The org never sees the request.
        case giant
        /// The archive in a reply to `checkRetrieveStatus` is damaged. Replies without an archive are not counted.
        case corruptZip
        /// The org's answer with a `Date` header that is off by `seconds`, which may be negative.
        case dateOffset
        /// The session of the request's token ends before the org reads the request.
        case endSession
    }

    var kind = Kind.answer
    /// The whole path without the query. A fault has either this or `prefix`.
    var path: String?
    /// The start of the path.
    var prefix: String?
    /// The operation of the request as the history names it, such as `checkRetrieveStatus`; `nil` for any. Requests
    /// with other operations are not counted.
    var operation: String?
    /// The status of the kind `answer`.
    var status = 503
    var contentType = "text/html; charset=UTF-8"
    var headers: [String: String] = [:]
    var body = ""
    /// The number of requests that the fault still hits; at 0 it is removed from the state. `nil` means no limit. A
    /// document that leaves it out means 1, or no limit if there is a `probability`.
    var count: Int?
    /// The number of requests for the endpoint that pass before the first hit.
    var after = 0
    /// The probability that a request is hit, 0 through 1; `nil` hits every request. Only hits reduce `count`.
    var probability: Double?
    var milliseconds: Int?
    var seconds: Double?
    var bytes: Int?
    /// The number of a known refusal of the token endpoint, for the kind `refusal` only.
    var row: Int?

    /// A fault that answers the next request for the path with status 503.
    init(path: String) {
        self.path = path
        count = 1
    }

    /// A fault without a limit on the number of hits.
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
        operation = try keys.decodeIfPresent(String.self, forKey: .operation)
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

    func applies(to target: FaultTarget) -> Bool {
        if let operation, operation != target.operation { return false }
        if let path { return path == target.path }
        return prefix.map(target.path.hasPrefix) ?? false
    }
}

/// What a fault selects requests by.
struct FaultTarget: Equatable, Sendable {
    /// The path without the query.
    let path: String
    /// The operation as the history names it; `nil` if no fault needs it.
    var operation: String?
}
