internal import Foundation

/// The approved settings of an app, and since when the app differs from them.
///
/// Some settings follow from rules for every app: two scopes, admin approval, aprity's own certificate. The others are
/// those that somebody saw and approved.
struct ApprovedApp: RecordValue, Equatable {
    static let kind = RecordKind.approvedApp

    /// A difference between the app and its approval.
    struct Drift: Codable, Sendable, Equatable {
        let found: String
        let firstSeenAt: Date
        /// When it was last read; `nil` in records of older versions.
        var lastSeenAt: Date?
        /// A change of the app at about that time, from the org's Setup Audit Trail; `nil` if there is none.
        var change: Change?
    }

    /// A row of Setup Audit Trail.
    struct Change: Codable, Sendable, Equatable {
        let username: String
        let display: String
        let at: String
    }

    let appID: String
    /// The approved values, which take precedence over the rules.
    private(set) var approved: [AppSetting: String] = [:]
    private(set) var approvedAt: Date?
    private(set) var approvedBy: String?
    private(set) var drift: [AppSetting: Drift] = [:]
    private(set) var checkedAt: Date?

    var recordID: String { appID }

    /// The two scopes, by their names in metadata.
    package static let scopes = AppFact.list(["Api", "RefreshToken"])

    init(appID: String) { self.appID = appID }

    /// The settings that every app should have.
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

    /// Approves the present settings, except Consumer Key and certificate, for which only the rules count.
    mutating func approve(_ app: OrgApp, by principal: String, at now: Date) {
        for setting in AppSetting.allCases where setting != .consumerKey && setting != .certificate {
            if let value = app[setting].value { approved[setting] = value }
        }
        approvedAt = now
        approvedBy = principal
        drift = [:]
    }

    /// Compares all settings, and records since when each difference exists.
    ///
    /// - Returns: The settings that did not differ at the last check, or had another value.
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

    /// Compares only the settings that differed before. Does not count as a check.
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

    /// One sentence for each difference that the last reading found.
    var warnings: [String] {
        AppSetting.allCases.compactMap { setting in
            drift[setting].map { drift in
                let found = drift.found.isEmpty ? "none" : drift.found
                let seenAt = drift.lastSeenAt ?? checkedAt ?? drift.firstSeenAt
                return "The app did not match its approval when it was last read, on \(seenAt.ISO8601Format()): "
                    + "\(setting.label) was \(found), first seen \(drift.firstSeenAt.ISO8601Format())."
            }
        }
    }

    /// Records the change that probably caused the differences.
    mutating func explain(_ settings: [AppSetting], by change: Change) {
        for setting in settings { drift[setting]?.change = change }
    }
}
