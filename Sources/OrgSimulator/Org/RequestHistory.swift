import Foundation

/// One request that an org saw, as the management port tells it. Holds no token and no assertion.
struct RequestRecord: Codable, Equatable, Sendable {
    var id = 0
    var wallTime: Date
    var orgTime: Date
    /// The `Host` header.
    var host: String
    /// The app server that answered, from 1.
    var server: Int
    var method: String
    /// Without the query.
    var path: String
    /// What was asked for, in the words of the API: `token`, `limits`, `listMetadata`, …
    var operation: String
    var verdict: RequestVerdict
    /// Why the verdict is so, in a sentence.
    var reason: String
    var status: Int
    /// `error` and `error_description`, an API error code, or nil when all went well.
    var error: String?
    /// The answer is a choice of the simulator: no real org has been seen to give it in this case.
    var synthetic: Bool
    /// The kinds of the faults that hit the request; nil when none did.
    var fault: String?
    var username: String?
    /// The first 16 hex digits of the SHA-256 of the consumer key.
    var consumerKeyFingerprint: String?
}

/// One row of an org's *Login History*.
struct LoginRecord: Codable, Equatable, Sendable {
    var orgTime: Date
    var orgID: String
    /// Nil when the org has no such user.
    var userID: String?
    var username: String?
    /// The label of the app.
    var application: String?
    var sourceAddress: String
    var loginType = "Remote Access 2.0"
    /// There is no documented subtype for JWT bearer.
    var loginSubType: String?
    var loginURL: String
    var status: String
    /// The status is the nearest published text; which one a real org writes is not known.
    var synthetic: Bool
}

/// The requests and sign-ins seen, the oldest dropped beyond a limit.
struct RequestHistory: Sendable {
    static let limit = 10_000

    private(set) var requests: [RequestRecord] = []
    private(set) var logins: [LoginRecord] = []
    private var lastID = 0

    mutating func add(_ record: RequestRecord) {
        lastID += 1
        var record = record
        record.id = lastID
        requests.append(record)
        if requests.count > Self.limit { requests.removeFirst(requests.count - Self.limit) }
    }

    mutating func add(_ record: LoginRecord) {
        logins.append(record)
        if logins.count > Self.limit { logins.removeFirst(logins.count - Self.limit) }
    }

    mutating func clear() {
        requests = []
        logins = []
    }
}
