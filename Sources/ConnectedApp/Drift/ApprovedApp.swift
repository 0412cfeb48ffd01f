internal import Foundation

/// The approved settings of an app, and since when the app differs from them.
///
/// Rules give values that every app should have: two scopes, admin approval, aprity's own certificate. A value that
/// somebody approved takes precedence, except for the Consumer Key and the certificate.
///
/// Stored as a record; the names of properties must not change.
struct ApprovedApp: RecordValue, Equatable {
    static let kind = RecordKind.approvedApp

    /// A difference between the app and its approval.
    struct Drift: Codable, Sendable, Equatable {
        /// The value in the app; another value is another difference.
        let found: String
        let firstSeenAt: Date
        /// When the difference was last seen; `nil` in records of older versions.
        var lastSeenAt: Date?
        /// The latest change of the app before the difference was first seen, from the org's Setup Audit Trail; `nil`
        /// if there is none.
        var change: Change?
    }

    /// A row of Setup Audit Trail.
    struct Change: Codable, Sendable, Equatable {
        /// `unknown` if the org names nobody.
        let username: String
        /// The row's text.
        let display: String
        /// The row's time, as the org wrote it.
        let at: String
    }

    let appID: String
    /// The values that somebody approved.
    private(set) var approved: [AppSetting: String] = [:]
    /// When the settings were last approved; `nil` if they never were.
    private(set) var approvedAt: Date?
    /// The description of the principal who approved them.
    private(set) var approvedBy: String?
    /// The recorded differences. A setting without one is as approved, is not compared, or was never read.
    private(set) var drift: [AppSetting: Drift] = [:]
    /// When all settings were last compared; `nil` before the first check.
    private(set) var checkedAt: Date?

    var recordID: String { appID }

    /// The two scopes, by their names in metadata.
    package static let scopes = AppFact.list(["Api", "RefreshToken"])

    init(appID: String) { self.appID = appID }

    /// The values that every app should have.
    ///
    /// - Parameters:
    ///   - consumerKey: This connection's; `nil` gives no rule.
    ///   - certificateSHA256: That of this connection's certificate, in lower-case hex; `nil` gives no rule.
    static func rules(consumerKey: String?, certificateSHA256: String?) -> [AppSetting: String] {
        var rules: [AppSetting: String] = [
            .permittedUsers: PermittedUsers.adminApproved.rawValue, .enabled: "true", .jwtAccessTokens: "false",
            .otherFlows: "", .introspectsAllTokens: "false", .profiles: "",
            .sessionLevel: SessionLevel.standard.rawValue,
        ]
        rules[.scopes] = scopes.value
        rules[.consumerKey] = consumerKey
        rules[.certificate] = certificateSHA256
        return rules
    }

    /// The value that a setting should have; `nil` if neither a rule nor an approval gives one.
    func expected(_ setting: AppSetting, rules: [AppSetting: String]) -> String? { approved[setting] ?? rules[setting] }

    /// Approves the present settings, except Consumer Key and certificate, for which only the rules count. A setting
    /// that could not be read keeps its former approval. All recorded differences are forgotten.
    mutating func approve(_ app: OrgApp, by principal: String, at now: Date) {
        for setting in AppSetting.allCases where setting != .consumerKey && setting != .certificate {
            if let value = app[setting].value { approved[setting] = value }
        }
        approvedAt = now
        approvedBy = principal
        drift = [:]
    }

    /// Compares all settings, and records since when each difference exists. The recorded difference of a setting that
    /// could not be read stays as it is.
    ///
    /// - Returns: The settings whose difference is new: before, they did not differ, or they had another value.
    mutating func check(_ app: OrgApp, rules: [AppSetting: String], at now: Date) -> [AppSetting] {
        var news: [AppSetting] = []
        for setting in AppSetting.allCases {
            guard let found = app[setting].value else { continue }
            guard let expected = expected(setting, rules: rules), found != expected else {
                drift[setting] = nil
                continue
            }
            if recordDrift(found, setting, at: now) { news.append(setting) }
        }
        checkedAt = now
        return news
    }

    /// Compares only the settings that differed before. This does not count as a check.
    mutating func recheckDrift(_ app: OrgApp, rules: [AppSetting: String], at now: Date) {
        for setting in drift.keys {
            guard let found = app[setting].value else { continue }
            if let expected = expected(setting, rules: rules), found != expected {
                _ = recordDrift(found, setting, at: now)
            } else {
                drift[setting] = nil
            }
        }
    }

    /// - Returns: Whether this difference is new.
    private mutating func recordDrift(_ found: String, _ setting: AppSetting, at now: Date) -> Bool {
        guard drift[setting]?.found != found else {
            drift[setting]?.lastSeenAt = now
            return false
        }
        drift[setting] = Drift(found: found, firstSeenAt: now, lastSeenAt: now)
        return true
    }

    /// A warning for each recorded difference.
    var warnings: [String] {
        AppSetting.allCases.compactMap { setting in
            drift[setting].map { drift in
                let found = drift.found.isEmpty ? "none" : drift.found
                let seenAt = drift.lastSeenAt ?? checkedAt ?? drift.firstSeenAt
                return "When the app was last read, on \(seenAt.ISO8601Format()), it did not match its approval. "
                    + "\(setting.label): \(found), first seen \(drift.firstSeenAt.ISO8601Format())."
            }
        }
    }

    /// Records the change that probably caused the differences of these settings. Ignores settings that do not differ.
    mutating func explain(_ settings: [AppSetting], by change: Change) {
        for setting in settings { drift[setting]?.change = change }
    }
}
