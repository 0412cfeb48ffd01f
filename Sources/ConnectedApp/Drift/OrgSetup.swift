internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Reads an org's Setup through its APIs, as far as the token's user can see it.
///
/// What the user cannot see is unknown, with a reason that names the missing right. Only other failures are errors;
/// ``unlessHidden(_:ifRefused:_:)`` separates the two.
struct OrgSetup: Sendable {
    let api: OrgAPI
    let version: APIVersion

    /// Returns all rows of a query, with the errors of ``OrgAPI/rows(_:_:)``.
    func rows(_ query: String) async throws -> [QueryRow] { try await api.rows(query, version) }

    /// Returns the result of a `SELECT COUNT() FROM …`.
    func count(_ query: String) async throws -> Int { try await api.count(query, version) }

    /// Calls the Metadata API.
    func soap<Reply>(
        _ call: SOAPCall, within limits: ExchangeLimits, reader: () -> ReplyReader<Reply>
    ) async throws -> Reply { try await api.soap(call, version: version, within: limits, reader: reader) }

    /// Reads the app of a target.
    func app(of target: Target, consumerKey: ConsumerKey) -> AppReading {
        AppReading(org: self, kind: target.appKind, consumerKey: consumerKey, user: user(of: target))
    }

    /// Reads the user of a target.
    func user(of target: Target) -> OrgUserReading { OrgUserReading(org: self, username: target.username) }

    var reach: ReachReading { ReachReading(org: self) }

    /// Runs the body, and returns another result if the org hides something from this user.
    ///
    /// - Parameters:
    ///   - otherwise: The result if the user cannot see an object or a field, or cannot make a call.
    ///   - refused: The result if the SOAP API refuses the token; `nil`: the same as `otherwise`.
    /// - Throws: Every other error of the body.
    func unlessHidden<T>(
        _ otherwise: T, ifRefused refused: T? = nil, _ body: () async throws -> T
    ) async throws -> T {
        do { return try await body() } catch let error as ConnectedAppError {
            if Self.causesOfHiding.contains(error.cause) { return otherwise }
            guard error.cause == .tokenUseless, error.circumstance?.isSOAPFault == true else { throw error }
            return refused ?? otherwise
        }
    }

    /// An org does not distinguish what it hides from what does not exist.
    private static let causesOfHiding: Set<Cause> = [.typeUnknown, .metadataFault, .metadataAccessMissing]

    /// The changes of an app in the org's Setup Audit Trail, the newest first. The action names for External Client
    /// Apps are not known, so every row whose text contains the app's label counts. Only the org's newest 200 rows are
    /// searched.
    ///
    /// - Parameter since: The earliest time, in the form of RFC 3339.
    /// - Returns: An empty list also if the user cannot see the trail.
    func changes(of label: String, since: String) async throws -> [ApprovedApp.Change] {
        try await unlessHidden([]) {
            let rows = try await rows(
                """
                SELECT Action, Section, Display, CreatedDate, CreatedBy.Username FROM SetupAuditTrail \
                WHERE CreatedDate >= \(since) ORDER BY CreatedDate DESC LIMIT 200
                """)
            return rows.compactMap { row in
                guard let display = row.text("Display"), display.localizedCaseInsensitiveContains(label),
                    let at = row.text("CreatedDate")
                else { return nil }
                return ApprovedApp.Change(
                    username: row.text("CreatedBy.Username") ?? "unknown", display: display, at: at)
            }
        }
    }
}
