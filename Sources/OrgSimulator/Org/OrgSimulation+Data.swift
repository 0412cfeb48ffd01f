import Foundation

/// The API versions that the simulated orgs support.
enum APIVersion {
    static let oldest = 31
    static let newest = 67

    private static let seasons = ["Winter", "Spring", "Summer"]

    /// Returns the label of a release, such as `Summer '26` for version 67. There are three releases a year. Only the
    /// label of version 42 has a typographic apostrophe (datahub-project/datahub
    /// `metadata-ingestion/tests/integration/salesforce/mock_files`).
    static func label(_ version: Int) -> String {
        let offset = version - 65 + 300
        let apostrophe = version == 42 ? "\u{2019}" : "'"
        return "\(seasons[offset % 3]) \(apostrophe)\(26 + offset / 3 - 100)"
    }
}

extension OrgSimulation {
    /// Answers requests below `/services/data`. The resources of a version need a valid access token, the list of
    /// versions does not.
    ///
    /// - Parameter segments: The path segments after `/services/data`.
    func data(_ exchange: Exchange, _ segments: [String]) -> OrgAnswer {
        guard let part = segments.first else {
            guard exchange.request.isReading else { return .methodNotAllowed("versions", .other, exchange.request) }
            return OrgAnswer(status: 200, operation: "versions", reason: "Lists the API versions.").json(versions)
        }
        let operation = segments.dropFirst().first ?? "resources"
        let verdict = RequestVerdict.ofDataAPI(method: exchange.request.method, resource: operation)
        guard let version = Self.version(part) else { return .resourceMissing(operation, verdict) }
        guard version >= APIVersion.oldest else {
            return OrgAnswer(status: 410, operation: operation, verdict: verdict, reason: "The version is retired.")
                .apiError("GONE", "API version \(version).0 is retired")
        }
        do {
            let caller = try dataCaller(exchange)
            let place = DataResource(segments.dropFirst())
            var answer = resource(place, operation, verdict, version: version, caller, exchange)
            answer.username = caller.user.username
            answer.consumerKey = caller.session.consumerKey
            answer.headers.append(("Sforce-Limit-Info", limitInfo(caller.org, at: exchange.orgTime)))
            return answer
        } catch let refusal as DataRefusal {
            return refusal.answer(operation, verdict)
        } catch {
            return DataRefusal(.sessionInvalid).answer(operation, verdict)
        }
    }

    private func resource(
        _ resource: DataResource?, _ operation: String, _ verdict: RequestVerdict, version: Int, _ caller: Caller,
        _ exchange: Exchange
    ) -> OrgAnswer {
        guard let resource else { return .resourceMissing(operation, verdict) }
        if case .direct(let access) = resource {
            guard caller.org.canaryAccounts > 0 else { return .resourceMissing(operation, verdict) }
            return direct(access, operation, exchange, version: version, caller)
        }
        guard exchange.request.isReading else { return .methodNotAllowed(operation, verdict, exchange.request) }
        switch resource {
        case .resources:
            let identity =
                "\(instanceURL(of: caller.org, calledBy: exchange.request))/id/\(caller.org.id)/\(caller.user.id)"
            return OrgAnswer(status: 200, operation: operation, reason: "Lists the resources of a version.")
                .json(DataResource.list(version: version, identity: identity))
        case .limits:
            let used = apiRequests.count(of: caller.org.id, at: exchange.orgTime)
            return OrgAnswer(status: 200, operation: operation, reason: "Returns the org's limits.")
                .json(OrgLimits.json(of: caller.org, apiRequests: used))
        case .query(let endpoint): return query(exchange, at: endpoint, version: version, caller)
        case .queryPage(let endpoint, let name): return queryPage(name, at: endpoint, version: version, caller)
        case .objects(let endpoint): return objects(at: endpoint, version: version, caller)
        case .describe(let endpoint, let name): return describe(name, at: endpoint, version: version, caller)
        // Answered above.
        case .direct: return .resourceMissing(operation, verdict)
        }
    }

    private func dataCaller(_ exchange: Exchange) throws -> Caller {
        guard let authorization = exchange.request.authorization else { throw DataRefusal(.sessionInvalid) }
        guard let token = BearerToken(authorization)?.value else { throw DataRefusal.malformedHeader }
        do {
            return try apiCaller(token, exchange)
        } catch {
            throw DataRefusal(error)
        }
    }

    private func limitInfo(_ org: Org, at time: Date) -> String {
        "api-usage=\(apiRequests.count(of: org.id, at: time))/\(org.dailyAPIRequestLimit)"
    }

    private var versions: JSONValue {
        .array(
            (APIVersion.oldest...APIVersion.newest).map {
                [
                    "label": .string(APIVersion.label($0)), "url": .string("/services/data/v\($0).0"),
                    "version": .string("\($0).0"),
                ]
            })
    }

    /// Returns 67 for `v67.0`, and `nil` for any other text or for a version that does not exist yet. Versions below
    /// `APIVersion.oldest` are returned too, because they get an answer of their own.
    private static func version(_ part: String) -> Int? {
        guard part.hasPrefix("v"), part.hasSuffix(".0"), let number = Int(part.dropFirst().dropLast(2)),
            (1...APIVersion.newest).contains(number)
        else { return nil }
        return number
    }
}

/// The token of an `Authorization` header with the scheme `Bearer` or `OAuth`.
struct BearerToken {
    let value: String

    init?(_ header: String) {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, ["bearer", "oauth"].contains(parts[0].lowercased()) else { return nil }
        value = parts[1].trimmingCharacters(in: .whitespaces)
    }
}

/// Why the data API refuses a caller: the status, error code and message.
private struct DataRefusal: Error {
    let status: Int
    let code: String
    let message: String
    /// The value of `WWW-Authenticate`. Recorded once, in 2016 (mars/jsforce-patient-bulk-op); not confirmed since.
    var challenge: String?

    static let malformedHeader = DataRefusal(status: 401, code: "INVALID_AUTH_HEADER", message: "INVALID_HEADER_TYPE")

    init(status: Int, code: String, message: String, challenge: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.challenge = challenge
    }

    init(_ cause: TokenRejection) {
        switch cause {
        case .sessionInvalid:
            self.init(
                status: 401, code: "INVALID_SESSION_ID", message: "Session expired or invalid",
                challenge: "Token")
        case .notForAPI:
            self.init(
                status: 401, code: "INVALID_SESSION_ID",
                message: "This session is not valid for use with the REST API")
        case .apiDisabled:
            self.init(
                status: 403, code: "API_DISABLED_FOR_ORG",
                message: "The REST API is not enabled for this Organization.")
        case .requestLimitExceeded:
            self.init(status: 403, code: "REQUEST_LIMIT_EXCEEDED", message: "TotalRequests Limit exceeded.")
        }
    }

    func answer(_ operation: String, _ verdict: RequestVerdict) -> OrgAnswer {
        var answer = OrgAnswer(
            status: status, operation: operation, verdict: verdict,
            reason: "The session is not allowed to call the API."
        ).apiError(code, message)
        answer.headers = challenge.map { [("WWW-Authenticate", $0)] } ?? []
        return answer
    }
}

extension OrgAnswer {
    static func resourceMissing(_ operation: String, _ verdict: RequestVerdict) -> OrgAnswer {
        OrgAnswer(status: 404, operation: operation, verdict: verdict, reason: "The simulator has no such resource.")
            .apiError("NOT_FOUND", "The requested resource does not exist")
    }

    /// The answer that omniphx/forrest#191 and #59 quote.
    static func methodNotAllowed(
        _ operation: String, _ verdict: RequestVerdict, _ request: OrgRequest
    ) -> OrgAnswer {
        let allowed = "HEAD,GET"
        var answer = OrgAnswer(
            status: 405, operation: operation, verdict: verdict,
            reason: "The resource does not accept \(request.method)."
        ).apiError("METHOD_NOT_ALLOWED", "HTTP Method '\(request.method)' not allowed. Allowed are \(allowed)")
        answer.headers = [("Allow", allowed)]
        return answer
    }
}

extension OrgRequest {
    fileprivate var isReading: Bool { ["GET", "HEAD"].contains(method) }
}

extension RequestVerdict {
    /// Classifies a request below `/services/data/vXX.0/`, even if the simulator does not implement the resource. Tests
    /// look for `touchesBusinessData` and `changesMetadata` in the history, because aprity must cause neither.
    ///
    /// - Parameter resource: The first path segment after the version.
    static func ofDataAPI(method: String, resource: String) -> RequestVerdict {
        switch resource {
        case "query", "queryAll", "search", "parameterizedSearch", "sobjects", "composite", "jobs", "ui-api", "graphql":
            .touchesBusinessData
        case "tooling": method == "GET" ? .readsMetadata : .changesMetadata
        case "metadata": .changesMetadata
        default: .other
        }
    }
}
