internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import MetadataAPI

/// The calls that aprity makes to an org's API. They only read, apart from the revocation of tokens.
///
/// The methods of an instance use a token of ``tokens`` and replace it once if the org rejects it. The static methods
/// use the token that they are given, or none.
struct OrgAPI: Sendable {
    let transport: any HTTPTransport
    let tokens: TokenSource

    /// The org rejected the token, because the token has expired, was revoked, or is never accepted by the API. The org
    /// does not say which.
    ///
    /// It never leaves this type, except from ``signIns(of:since:permit:transport:)``: the other calls replace the
    /// token or throw ``error`` with a subject.
    struct SessionRefused: Error {
        /// `.tokenUseless`, with the org's words and without a subject.
        let error: ConnectedAppError
    }

    /// A token, and the check to call before each request with it.
    private struct Bearer {
        let secret: String
        let permit: SendCheck
    }

    /// The answer to a request.
    struct Answer {
        /// The HTTP status.
        let status: Int
        /// From the `Date` header; `nil` without one.
        let date: Date?
        let body: [UInt8]
        /// Removes secrets from texts that are quoted from the answer.
        let words: OrgWords

        var foreign: ForeignAnswer { ForeignAnswer(status: status, body: body, words) }
    }

    /// The facts about a host that are available without a token.
    struct Probe: Sendable {
        /// The HTTP status.
        let status: Int
        /// From the `Date` header; `nil` without one.
        let date: Date?
        /// The highest API version that the host lists; `nil` if it lists none. The shared login hosts may list none.
        let version: APIVersion?
    }

    /// Asks a host for the API versions that it offers. Any HTTP answer shows that it can be reached.
    ///
    /// - Throws: ``ConnectedAppError`` if there was no answer.
    static func probe(_ host: LoginHost, transport: any HTTPTransport) async throws -> Probe {
        let answer = try await get("/services/data/", at: host, bearer: nil, transport: transport)
        return Probe(
            status: answer.status, date: answer.date,
            version: answer.status == 200 ? APIVersion.highest(inVersionList: answer.body) : nil)
    }

    /// Returns the highest API version that the org offers. Needs no token.
    ///
    /// - Throws: ``ConnectedAppError``: the cause of a missing answer, or that of an answer that lists no version.
    static func highestVersion(at host: LoginHost, transport: any HTTPTransport) async throws -> APIVersion {
        let answer = try await get("/services/data/", at: host, bearer: nil, transport: transport)
        guard answer.status == 200, let version = APIVersion.highest(inVersionList: answer.body) else {
            throw answer.foreign.error(at: host)
        }
        return version
    }

    /// Tight limits for optional lookups, so that a network that drops packets delays callers by five seconds at most.
    private static let optionalLookup = ExchangeLimits(bodyBytes: 1 << 16, total: .seconds(5))

    /// Returns the org id that a My Domain publishes (`/.well-known/auth-configuration`).
    ///
    /// - Returns: `nil` if the host publishes none, or none that is valid.
    /// - Throws: ``ConnectedAppError`` if there was no answer.
    static func advertisedOrganizationID(at host: LoginHost, transport: any HTTPTransport) async throws
        -> OrganizationID?
    {
        struct Configuration: Decodable {
            let organizationID: String
            enum CodingKeys: String, CodingKey { case organizationID = "OrgId" }
        }
        let answer = try await get(
            "/.well-known/auth-configuration", at: host, bearer: nil, transport: transport, within: optionalLookup,
            mayRetry: false)
        guard answer.status == 200, let found = try? JSONDecoder().decode(Configuration.self, from: Data(answer.body))
        else { return nil }
        return OrganizationID(found.organizationID)
    }

    /// Returns the limit of the org's daily API requests and how many are left. It is a cheap read that shows that a
    /// token works.
    ///
    /// - Throws: The errors of ``read(_:at:_:)``.
    func dailyAPIRequests(_ version: APIVersion) async throws -> APIAllotment {
        struct Limits: Decodable {
            struct Pair: Decodable {
                let limit: Int
                let remaining: Int
                enum CodingKeys: String, CodingKey {
                    case limit = "Max"
                    case remaining = "Remaining"
                }
            }
            let daily: Pair
            enum CodingKeys: String, CodingKey { case daily = "DailyApiRequests" }
        }
        let daily = try await read(Limits.self, at: "/services/data/v\(version)/limits") { limits in
            APIAllotment.plausible.contains(limits.daily.limit)
                && APIAllotment.plausible.contains(limits.daily.remaining)
        }.daily
        return APIAllotment(limit: daily.limit, remaining: daily.remaining)
    }

    /// Sends a `GET` with a token and decodes the JSON answer.
    ///
    /// - Parameters:
    ///   - path: The path and query.
    ///   - isPlausible: Whether the decoded values are plausible. If not, the answer counts as unintelligible.
    /// - Throws: ``ConnectedAppError``: `.answerUnintelligible` if the answer is not such a document; the cause of the
    ///   org's refusal, see ``failure(code:_:_:)``; the cause of a missing answer; the errors of ``withToken(_:)``.
    func read<Value: Decodable>(
        _ type: Value.Type, at path: String, _ isPlausible: (Value) -> Bool = { _ in true }
    ) async throws -> Value {
        try await withToken { granted in
            let answer = try await Self.get(
                path, at: granted.instance, bearer: Bearer(secret: granted.token.secret, permit: tokens.sendCheck),
                transport: transport)
            guard answer.status == 200 else { throw Self.failure(answer) }
            guard let value = try? JSONDecoder().decode(type, from: Data(answer.body)), isPlausible(value) else {
                throw answer.foreign.error(at: nil)
            }
            return value
        }
    }

    /// Checks with one cheap read that the org's API accepts the token.
    ///
    /// - Parameter permit: The check to call before the request with the token is sent.
    /// - Throws: ``ConnectedAppError``: `.tokenUseless` if the API rejects the token; any other cause if it is unknown
    ///   whether the API accepts it. Also the errors of `permit`.
    static func validate(
        _ granted: GrantedToken, permit: @escaping SendCheck, transport: any HTTPTransport
    ) async throws {
        let version = try await highestVersion(at: granted.instance, transport: transport)
        let bearer = Bearer(secret: granted.token.secret, permit: permit)
        try await validate(bearer, at: granted.instance, version, transport: transport)
    }

    private static func validate(
        _ bearer: Bearer, at host: LoginHost, _ version: APIVersion, transport: any HTTPTransport
    ) async throws {
        let answer = try await get("/services/data/v\(version)/limits", at: host, bearer: bearer, transport: transport)
        guard answer.status != 200 else { return }
        let failure = failure(answer)
        guard let refused = failure as? SessionRefused else { throw failure }
        throw refused.error.about(host.host)
    }

    /// Counts the sign-ins of the token's user in the org's Login History since a time. Users may read their own rows
    /// without any permission ("LoginHistory", Object Reference for the Salesforce Platform).
    ///
    /// - Parameters:
    ///   - since: The count includes sign-ins at this time.
    ///   - permit: The check to call before the request with the token is sent.
    /// - Throws: ``ConnectedAppError``, for example if the token's reply names no user; ``SessionRefused`` if the API
    ///   rejects the token; the errors of `permit`.
    static func signIns(
        of granted: GrantedToken, since: Date, permit: @escaping SendCheck, transport: any HTTPTransport
    ) async throws -> Int {
        struct Count: Decodable { let totalSize: Int }
        guard let user = granted.token.userID else { throw ConnectedAppError(.answerUnintelligible) }
        let version = try await highestVersion(at: granted.instance, transport: transport)
        let path = queryPath(
            "SELECT COUNT() FROM LoginHistory WHERE UserId = \(literal(user)) AND LoginTime >= \(since.ISO8601Format())",
            version)
        let answer = try await get(
            path, at: granted.instance, bearer: Bearer(secret: granted.token.secret, permit: permit),
            transport: transport, within: optionalLookup, mayRetry: false)
        guard answer.status == 200, let count = try? JSONDecoder().decode(Count.self, from: Data(answer.body)),
            count.totalSize >= 0
        else { throw failure(answer) }
        return count.totalSize
    }

    /// Revokes a token at Salesforce (RFC 7009).
    ///
    /// Ignores the response to the revocation. The token counts as revoked if the API rejects it in a read after that.
    /// No permission of the gate is needed, because tokens are revoked when the app is blocked.
    ///
    /// - Returns: `false` if the API still accepts the token.
    /// - Throws: ``ConnectedAppError`` if it is unknown whether the API accepts the token.
    static func revoke(token: String, at host: LoginHost, transport: any HTTPTransport) async throws -> Bool {
        let version = try await highestVersion(at: host, transport: transport)
        var head = HTTPRequest(
            method: .post, scheme: host.scheme, authority: host.authority, path: RevocationRequest.path)
        head.headerFields[.contentType] = RevocationRequest.contentType
        let body = RevocationRequest(token: token).body
        do {
            _ = try await transport.send(OutgoingRequest(head, body: body), within: .answer).collect()
            try await validate(Bearer(secret: token, permit: {}), at: host, version, transport: transport)
            return false
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            return true
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: host)
        }
    }

    /// Sends a `GET` and returns its answer, whatever its status.
    ///
    /// - Parameters:
    ///   - bearer: The token to send; `nil` for none.
    ///   - mayRetry: Whether the transport may retry after a lost connection and after HTTP 420, 429 and 503. `false`
    ///     for optional lookups, which are sent once.
    /// - Throws: ``ConnectedAppError`` if there was no answer; the errors of the bearer's `permit`.
    private static func get(
        _ path: String, at host: LoginHost, bearer: Bearer?, transport: any HTTPTransport,
        within limits: ExchangeLimits = .answer, mayRetry: Bool = true
    ) async throws -> Answer {
        var head = HTTPRequest(method: .get, scheme: host.scheme, authority: host.authority, path: path)
        head.headerFields[.accept] = "application/json"
        if let bearer { head.headerFields[.authorization] = "Bearer " + bearer.secret }
        do {
            let response = try await transport.send(
                OutgoingRequest(head, isRead: mayRetry, beforeSending: bearer?.permit), within: limits)
            let date = response.head.headerFields[.date].flatMap(HTTPDate.parse)
            return Answer(
                status: response.head.status.code, date: date, body: try await response.collect(),
                words: OrgWords(hiding: [bearer?.secret].compactMap(\.self)))
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: host)
        }
    }

    /// Runs a call with the present token. If the org rejects the token, runs the call once more with a new one.
    ///
    /// - Parameter call: It throws ``SessionRefused`` if the org rejects the token.
    /// - Throws: ``ConnectedAppError``: `.tokenUseless` if the org also rejects the new token, or if
    ///   ``TokenSource/renews`` is `false`; the errors of ``TokenSource/token()``. Also the other errors of `call`.
    func withToken<T>(_ call: (GrantedToken) async throws -> T) async throws -> T {
        let granted = try await tokens.token()
        do { return try await used(granted, call) } catch let refused as SessionRefused {
            guard tokens.renews else { throw refused.error.about(granted.instance.host) }
            let fresh = try await replacement(for: granted, refused)
            do { return try await used(fresh, call) } catch let refused as SessionRefused {
                throw refused.error.about(fresh.instance.host)
            }
        }
    }

    /// Returns a token other than the one that the org rejected.
    ///
    /// - Throws: The errors of ``TokenSource/replacement(for:)``. `.tokenUseless` then has the org's words about the
    ///   rejected token.
    private func replacement(for granted: GrantedToken, _ refused: SessionRefused) async throws -> GrantedToken {
        do { return try await tokens.replacement(for: granted) } catch let error as ConnectedAppError
            where error.cause == .tokenUseless
        {
            throw error.adding(refused.error.evidence, refused.error.circumstance)
        }
    }

    /// Runs a call, and records the use of its token if the call succeeds.
    private func used<T>(_ granted: GrantedToken, _ call: (GrantedToken) async throws -> T) async throws -> T {
        let result = try await call(granted)
        await tokens.recordUse(granted)
        return result
    }

    /// Returns the error for a REST answer whose status is not 200. Salesforce sends an array of objects with
    /// `errorCode` and `message`, of which the first is used. Another answer may come from a proxy or another device.
    ///
    /// - Returns: A ``ConnectedAppError`` or ``SessionRefused``.
    static func failure(_ answer: Answer) -> any Error {
        struct Row: Decodable {
            let errorCode: String
            let message: String?
        }
        guard let row = (try? JSONDecoder().decode([Row].self, from: Data(answer.body)))?.first else {
            // For example, a 403 that is HTML or empty: it comes from a proxy or a network rule and is not about the
            // token.
            return answer.foreign.error(at: nil)
        }
        let code = answer.words.clean(row.errorCode, atMost: OrgWords.longestName)
        let message = row.message.map { answer.words.clean($0) }
        var evidence = ["status": String(answer.status), "errorCode": code]
        evidence["message"] = message
        return failure(code: row.errorCode, evidence, .restError(code: code, message: message))
    }

    /// Returns the error for an error code of the org: a REST `errorCode`, or a SOAP fault code without its prefix.
    ///
    /// - Parameter circumstance: The org's words, from which the error's detail is made.
    /// - Returns: ``SessionRefused`` for `INVALID_SESSION_ID`; otherwise a ``ConnectedAppError`` without a subject,
    ///   with `.metadataFault` for an unknown code.
    static func failure(code: String, _ evidence: [String: String], _ circumstance: Circumstance) -> any Error {
        func error(_ cause: Cause) -> ConnectedAppError {
            ConnectedAppError(cause, evidence: evidence, circumstance: circumstance)
        }
        return switch code {
        case "INVALID_SESSION_ID": SessionRefused(error: error(.tokenUseless))
        case "API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED": error(.apiDisabled)
        case "REQUEST_LIMIT_EXCEEDED": error(.apiLimitReached)
        case "INSUFFICIENT_ACCESS": error(.metadataAccessMissing)
        case "INVALID_TYPE": error(.typeUnknown)
        case "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION": error(.orgTransient)
        default: error(.metadataFault)
        }
    }
}

/// The org's allotment of API requests within 24 hours.
struct APIAllotment: Sendable, Equatable {
    let limit: Int
    /// Negative if the org allowed more requests than its limit.
    let remaining: Int

    /// The numbers that are accepted. Calculations with larger ones could overflow.
    static let plausible = -1_000_000_000_000...1_000_000_000_000
}
