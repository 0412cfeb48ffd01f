package import Foundation

/// What an app was approved as, and since when it is otherwise.
///
/// Some things are rules for every app: two scopes, admin approval, our own certificate. The rest is what somebody
/// approved by looking at it.
package struct ApprovedApp: RecordValue, Equatable {
    package static let kind = RecordKind.approvedApp

    /// A difference that was seen.
    package struct Drift: Codable, Sendable, Equatable {
        package let found: String
        package let firstSeenAt: Date
        /// By the last look that could see the setting; `nil` in records of older versions.
        package var lastSeenAt: Date?
        /// Who made a change of the app about then, by the org's Setup Audit Trail; `nil` where it does not tell.
        package var change: Change?
    }

    /// A row of Setup Audit Trail.
    package struct Change: Codable, Sendable, Equatable {
        package let username: String
        package let display: String
        package let at: String
    }

    package let appID: String
    /// By setting; what the rules do not fix.
    package private(set) var approved: [AppSetting: String] = [:]
    package private(set) var approvedAt: Date?
    package private(set) var approvedBy: String?
    package private(set) var drift: [AppSetting: Drift] = [:]
    package private(set) var checkedAt: Date?

    package var recordID: String { appID }

    /// The two scopes, by their names in metadata.
    package static let scopes = AppFact.list(["Api", "RefreshToken"])

    package init(appID: String) { self.appID = appID }

    /// What every app has to be.
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

    /// What a setting should be; `nil` where neither a rule nor an approval says.
    func expected(_ setting: AppSetting, rules: [AppSetting: String]) -> String? { approved[setting] ?? rules[setting] }

    /// Accepts what is there. The Consumer Key and the certificate stay a matter of the rules.
    package mutating func approve(_ app: HeldApp, by principal: String, at now: Date) {
        for setting in AppSetting.allCases where setting != .consumerKey && setting != .certificate {
            if let value = app[setting].value { approved[setting] = value }
        }
        approvedAt = now
        approvedBy = principal
        drift = [:]
    }

    /// Compares, and remembers since when what differs does.
    ///
    /// - Returns: The settings that differ and did not, or differed otherwise, at the last check.
    package mutating func check(_ app: HeldApp, rules: [AppSetting: String], at now: Date) -> [AppSetting] {
        var news: [AppSetting] = []
        for setting in AppSetting.allCases {
            guard let found = app[setting].value else { continue }
            guard let expected = expected(setting, rules: rules), found != expected else {
                drift[setting] = nil
                continue
            }
            if see(found, setting, at: now) { news.append(setting) }
        }
        checkedAt = now
        return news
    }

    /// Looks again at what differed, without being a check of all settings.
    package mutating func lookAgain(_ app: HeldApp, rules: [AppSetting: String], at now: Date) {
        for setting in drift.keys {
            guard let found = app[setting].value else { continue }
            if let expected = expected(setting, rules: rules), found != expected {
                _ = see(found, setting, at: now)
            } else {
                drift[setting] = nil
            }
        }
    }

    /// - Returns: Whether this difference is new.
    private mutating func see(_ found: String, _ setting: AppSetting, at now: Date) -> Bool {
        guard drift[setting]?.found != found else {
            drift[setting]?.lastSeenAt = now
            return false
        }
        drift[setting] = Drift(found: found, firstSeenAt: now, lastSeenAt: now)
        return true
    }

    /// One sentence for each difference that the last look found.
    var warnings: [String] {
        AppSetting.allCases.compactMap { setting in
            drift[setting].map { drift in
                let found = drift.found.isEmpty ? "none" : drift.found
                let seenAt = drift.lastSeenAt ?? checkedAt ?? drift.firstSeenAt
                return "The app was not as it was approved at the last look, on \(seenAt.ISO8601Format()): "
                    + "\(setting.label) was \(found), first seen \(drift.firstSeenAt.ISO8601Format())."
            }
        }
    }

    package mutating func explain(_ settings: [AppSetting], by change: Change) {
        for setting in settings { drift[setting]?.change = change }
    }
}
