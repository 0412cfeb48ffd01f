import Foundation

/// A request that an org received, as `GET /history` of the management port reports it. Contains no token and no
/// assertion. The property names are keys of that document, which tests read: they must not change.
struct RequestRecord: Codable, Equatable, Sendable {
    /// Counts all requests since the simulator started, from 1.
    var id = 0
    var wallTime: Date
    var orgTime: Date
    /// The `Host` header.
    var host: String
    /// The app server that answered, from 1.
    var server: Int
    var method: String
    /// The path without the query.
    var path: String
    /// The requested operation, as the API names it: `token`, `limits`, `listMetadata`, …; `unknown` if there is none.
    var operation: String
    var verdict: RequestVerdict
    /// What the request did or why it failed, in one sentence.
    var reason: String
    /// The HTTP status of the answer.
    var status: Int
    /// `error` and `error_description`, or an API error code; `nil` if the request succeeded.
    var error: String?
    /// Whether the simulator chose the answer because no answer of a real org is known for this case.
    var synthetic: Bool
    /// The kinds of the faults that affected the request; `nil` if none did.
    var fault: String?
    var username: String?
    /// The first 16 hex digits of the SHA-256 of the consumer key.
    var consumerKeyFingerprint: String?
}

/// One row of an org's *Login History*, as queries, Setup and the management port show it. The property names are keys
/// of the port's document.
struct LoginRecord: Codable, Equatable, Sendable {
    var orgTime: Date
    var orgID: String
    /// `nil` if the org has no such user.
    var userID: String?
    /// `nil` if the org has no such user.
    var username: String?
    /// The label of the app, or its name if it has no label; `nil` if no app has the consumer key.
    var application: String?
    var sourceAddress: String
    var loginType = "Remote Access 2.0"
    /// Always `nil`: no subtype for JWT bearer is documented.
    var loginSubType: String?
    /// The host that the client called, without scheme and port.
    var loginURL: String
    /// `Success`, or the text for the refusal: ``TokenRefusal/loginStatus``.
    var status: String
    /// Whether the status is only the closest published text. The text that a real org writes is not known.
    var synthetic: Bool
}

/// The received requests and sign-ins, oldest first. The oldest are dropped when there are too many.
struct RequestHistory: Sendable {
    private(set) var requestLog = BoundedLog<RequestRecord>()
    private(set) var loginLog = BoundedLog<LoginRecord>()
    private var lastID = 0

    var requests: [RequestRecord] { requestLog.records }
    var logins: [LoginRecord] { loginLog.records }

    /// Adds a request and gives it the next id.
    mutating func add(_ record: RequestRecord) {
        lastID += 1
        var record = record
        record.id = lastID
        requestLog.add(record)
    }

    mutating func add(_ record: LoginRecord) { loginLog.add(record) }

    /// Removes all records. The ids of later requests go on counting.
    mutating func clear() {
        requestLog = BoundedLog()
        loginLog = BoundedLog()
    }
}

/// A record whose size depends on texts that clients send.
protocol SizedRecord: Sendable {
    /// The approximate size in bytes.
    var size: Int { get }
}

/// The newest records, limited in number and in total bytes.
struct BoundedLog<Record: SizedRecord>: Sendable {
    static var limit: Int { 10_000 }
    static var byteLimit: Int { 16 * 1024 * 1024 }

    /// The records, and before them those that were dropped and are removed together with others.
    private var stored: [Record] = []
    private var dropped = 0
    /// The approximate size of all records.
    private(set) var bytes = 0

    /// Oldest first.
    var records: [Record] { Array(stored[dropped...]) }

    mutating func add(_ record: Record) {
        stored.append(record)
        bytes += record.size
        while stored.count - dropped > Self.limit || (bytes > Self.byteLimit && dropped < stored.count) {
            bytes -= stored[dropped].size
            dropped += 1
        }
        if dropped > Self.limit / 4 || dropped == stored.count {
            stored.removeFirst(dropped)
            dropped = 0
        }
    }
}

extension RequestRecord: SizedRecord {
    var size: Int {
        let texts = [host, method, path, operation, reason, error, fault, username, consumerKeyFingerprint]
        return MemoryLayout<Self>.stride + texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    }
}

extension LoginRecord: SizedRecord {
    var size: Int {
        let texts = [orgID, userID, username, application, sourceAddress, loginType, loginSubType, loginURL, status]
        return MemoryLayout<Self>.stride + texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    }
}
