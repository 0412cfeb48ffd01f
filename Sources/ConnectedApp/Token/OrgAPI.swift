internal import Foundation
internal import HTTPTypes
internal import JWTBearer
internal import MetadataAPI

/// The calls that aprity makes to an org's API. They only read, apart from the revocation of tokens.
struct OrgAPI: Sendable {
    let transport: any HTTPTransport
    let tokens: TokenSource

    /// The org rejected the token, because it has expired, was revoked, or is never accepted by the API. The org does not say
    /// which.
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
        let status: Int
        let date: Date?
        let body: [UInt8]
        /// Removes secrets from texts that are quoted from the answer.
        let words: OrgWords

        var foreign: ForeignAnswer { ForeignAnswer(status: status, body: body, words) }
    }

    /// The facts about a host that are available without a token.
    struct Probe: Sendable {
        let status: Int
        /// From the `Date` header.
        let date: Date?
        /// The highest API version; `nil` if the host lists none, as the common login hosts may do.
        let version: APIVersion?
    }

    /// Asks a host for the API versions that it offers; any answer shows that it can be reached.
    static func probe(_ host: LoginHost, transport: any HTTPTransport) async throws -> Probe {
        let answer = try await get("/services/data/", at: host, bearer: nil, transport: transport)
        return Probe(
            status: answer.status, date: answer.date,
            version: answer.status == 200 ? APIVersion.highest(inVersionList: answer.body) : nil)
    }

    /// The highest API version that the org offers. Needs no token.
    static func highestVersion(at host: LoginHost, transport: any HTTPTransport) async throws -> APIVersion {
        let answer = try await get("/services/data/", at: host, bearer: nil, transport: transport)
        guard answer.status == 200, let version = APIVersion.highest(inVersionList: answer.body) else {
            throw answer.foreign.error(at: host)
        }
        return version
    }

    /// Tight limits for optional lookups, so that a black-holed network delays callers by five seconds at most.
    private static let optionalLookup = ExchangeLimits(bodyBytes: 1 << 16, total: .seconds(5))

    /// Returns the org id that a My Domain publishes (`/.well-known/auth-configuration`).
    ///
    /// - Returns: `nil` if the host publishes none.
    static func advertisedOrganizationID(at host: LoginHost, transport: any HTTPTransport) async throws
        -> OrganizationID?
    {
        struct Configuration: Decodable {
            let organizationID: String
            enum CodingKeys: String, CodingKey { case organizationID = "OrgId" }
        }
        let answer = try await get(
            "/.well-known/auth-configuration", at: host, bearer: nil, transport: transport, within: optionalLookup,
            isNeeded: false)
        guard answer.status == 200, let found = try? JSONDecoder().decode(Configuration.self, from: Data(answer.body))
        else { return nil }
        return OrganizationID(found.organizationID)
    }

    /// Returns the limit of the org's daily API requests and how many are left. A cheap read that shows that a token works.
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

    /// Sends a `GET` and decodes its answer.
    ///
    /// - Parameter isSensible: Whether the decoded values are plausible.
    /// - Throws: ``ConnectedAppError``: with `.answerUnintelligible` if the answer is not such a document, or the org's refusal.
    func read<Value: Decodable>(
        _ type: Value.Type, at path: String, _ isSensible: (Value) -> Bool = { _ in true }
    ) async throws -> Value {
        try await withToken { granted in
            let answer = try await Self.get(
                path, at: granted.instance, bearer: Bearer(secret: granted.token.secret, permit: tokens.permit),
                transport: transport)
            guard answer.status == 200 else { throw Self.failure(answer) }
            guard let value = try? JSONDecoder().decode(type, from: Data(answer.body)), isSensible(value) else {
                throw answer.foreign.error(at: nil)
            }
            return value
        }
    }

    /// Checks with one cheap read that the org's API accepts the token.
    ///
    /// - Throws: ``ConnectedAppError``: `.tokenUseless` if the API rejects it, or the reason why that is not known; the error of
    ///   `permit`.
    static func prove(
        _ granted: GrantedToken, permit: @escaping SendCheck, transport: any HTTPTransport
    ) async throws {
        let version = try await highestVersion(at: granted.instance, transport: transport)
        let bearer = Bearer(secret: granted.token.secret, permit: permit)
        try await prove(bearer, at: granted.instance, version, transport: transport)
    }

    private static func prove(
        _ bearer: Bearer, at host: LoginHost, _ version: APIVersion, transport: any HTTPTransport
    ) async throws {
        let answer = try await get("/services/data/v\(version)/limits", at: host, bearer: bearer, transport: transport)
        guard answer.status != 200 else { return }
        let failure = failure(answer)
        guard let refused = failure as? SessionRefused else { throw failure }
        throw refused.error.about(host.host)
    }

    /// Counts the sign-ins of the token's user in the org's Login History since a time. Users may read their own rows without any
    /// permission ("LoginHistory", Object Reference for the Salesforce Platform).
    ///
    /// - Throws: ``ConnectedAppError``, or ``SessionRefused`` if the API refuses the token; what `permit` throws.
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
            transport: transport, within: optionalLookup, isNeeded: false)
        guard answer.status == 200, let count = try? JSONDecoder().decode(Count.self, from: Data(answer.body)),
            count.totalSize >= 0
        else { throw failure(answer) }
        return count.totalSize
    }

    /// Revokes a token at Salesforce (RFC 7009).
    ///
    /// Ignores the response to the revocation; the token counts as revoked once an API read with it is refused.
    ///
    /// - Returns: Whether the token is revoked.
    /// - Throws: ``ConnectedAppError`` if that cannot be determined.
    static func revoke(token: String, at host: LoginHost, transport: any HTTPTransport) async throws -> Bool {
        let version = try await highestVersion(at: host, transport: transport)
        var head = HTTPRequest(
            method: .post, scheme: host.scheme, authority: host.authority, path: RevocationRequest.path)
        head.headerFields[.contentType] = RevocationRequest.contentType
        let body = RevocationRequest(token: token).body
        do {
            _ = try await transport.send(OutgoingRequest(head, body: body), within: .answer).collect()
            // No permission is needed here: tokens are revoked because of a block.
            try await prove(Bearer(secret: token, permit: {}), at: host, version, transport: transport)
            return false
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            return true
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: host)
        }
    }

    /// Sends a `GET`.
    ///
    /// - Parameter isNeeded: Whether to retry if the org asks for it. Optional lookups are sent once.
    private static func get(
        _ path: String, at host: LoginHost, bearer: Bearer?, transport: any HTTPTransport,
        within limits: ExchangeLimits = .answer, isNeeded: Bool = true
    ) async throws -> Answer {
        var head = HTTPRequest(method: .get, scheme: host.scheme, authority: host.authority, path: path)
        head.headerFields[.accept] = "application/json"
        if let bearer { head.headerFields[.authorization] = "Bearer " + bearer.secret }
        do {
            let response = try await transport.send(
                OutgoingRequest(head, isRead: isNeeded, beforeSending: bearer?.permit), within: limits)
            let date = response.head.headerFields[.date].flatMap(HTTPDate.parse)
            return Answer(
                status: response.head.status.code, date: date, body: try await response.collect(),
                words: OrgWords(hiding: [bearer?.secret].compactMap(\.self)))
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: host)
        }
    }

    /// Runs a call with the present token. If the org rejects the token, runs it once more with a new one.
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

    /// Returns another token. If there is none, the error contains the org's words about the rejected token.
    private func replacement(for granted: GrantedToken, _ refused: SessionRefused) async throws -> GrantedToken {
        do { return try await tokens.replacement(for: granted) } catch let error as ConnectedAppError
            where error.cause == .tokenUseless
        {
            throw error.adding(refused.error.evidence, refused.error.circumstance)
        }
    }

    private func used<T>(_ granted: GrantedToken, _ call: (GrantedToken) async throws -> T) async throws -> T {
        let result = try await call(granted)
        await tokens.recordUse(granted)
        return result
    }

    /// Returns the error for a REST refusal. Salesforce sends an array of `errorCode` and `message`; other devices may answer too.
    static func failure(_ answer: Answer) -> any Error {
        struct Row: Decodable {
            let errorCode: String
            let message: String?
        }
        guard let row = (try? JSONDecoder().decode([Row].self, from: Data(answer.body)))?.first else {
            // A 403 that is HTML or empty comes from a proxy or a network rule and is not about the token.
            return answer.foreign.error(at: nil)
        }
        let code = answer.words.clean(row.errorCode, atMost: OrgWords.longestName)
        let message = row.message.map { answer.words.clean($0) }
        var evidence = ["status": String(answer.status), "errorCode": code]
        evidence["message"] = message
        return failure(code: row.errorCode, evidence, .restError(code: code, message: message))
    }

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
    let remaining: Int

    /// The plausible numbers. Calculating with others might overflow.
    static let plausible = -1_000_000_000_000...1_000_000_000_000
}
