internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// What an org's Setup tells by its APIs, as far as the token's user may see it.
///
/// What cannot be seen is unknown, and the reason names the right that would show it; only a network that fails is an error.
package struct OrgSetup: Sendable {
    let api: OrgAPI
    let version: APIVersion

    func rows(_ query: String) async throws -> [QueryRow] { try await api.rows(query, version) }

    func count(_ query: String) async throws -> Int { try await api.count(query, version) }

    /// A call of the Metadata API.
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

    /// - Parameters:
    ///   - otherwise: What stands for an object, field or call that this user may not see.
    ///   - refused: What stands for a call to SOAP that refused the token; `nil`: the same.
    func unlessHidden<T>(
        _ otherwise: T, ifRefused refused: T? = nil, _ body: () async throws -> T
    ) async throws -> T {
        do { return try await body() } catch let error as ConnectedAppError {
            switch error.cause {
            case .typeUnknown, .metadataFault, .metadataAccessMissing: return otherwise
            case .tokenUseless where error.circumstance?.isSOAPFault == true: return refused ?? otherwise
            default: throw error
            }
        }
    }

    /// Changes of connected apps in the org's Setup Audit Trail, the newest first. Which action names External Client Apps
    /// have is not known, so every row whose text names the app counts.
    package func changes(of label: String, since: String) async throws -> [ApprovedApp.Change] {
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
                    username: row.text("CreatedBy.Username") ?? "not told", display: display, at: at)
            }
        }
    }
}
