package import Foundation

/// The comparison of an app with its approval, for people and JSON.
///
/// The names of properties and cases are JSON names (`AppCheck` in `openapi.yaml`) and must not change.
package struct AppCheckView: Codable, Sendable, Equatable {
    /// The comparison of one setting.
    package struct Setting: Codable, Sendable, Equatable {
        package enum Outcome: String, Codable, Sendable {
            case same, differs
            /// The app's value could not be read.
            case unknown
            /// Neither a rule nor an approval gives a value to compare with.
            case notCompared
        }

        let setting: AppSetting
        /// The setting's name for people.
        package let label: String
        package let outcome: Outcome
        /// The value that the setting should have; `null` if neither a rule nor an approval gives one.
        @ExplicitNull package var approved: String?
        /// The value in the app; empty if the app has none, and `null` if it is unknown.
        @ExplicitNull package var found: String?
        /// Why the value is unknown, as a sentence; `null` if it is known.
        @ExplicitNull package var because: String?
        /// When aprity first saw the difference; `null` if there is none.
        @ExplicitNull package var firstSeenAt: Date?
        /// The username that last changed the app before the difference was first seen, according to the org's Setup
        /// Audit Trail; `null` if that is not known.
        @ExplicitNull package var changedBy: String?
        /// The time and the text of that row of the Setup Audit Trail.
        @ExplicitNull package var change: String?
    }

    /// The users that the app's key can sign in as.
    package struct Reach: Codable, Sendable, Equatable {
        /// How many active users; `null` if it is not known.
        @ExplicitNull var users: Int?
        /// Their usernames, sorted, at most a hundred. Empty if every user can approve the app, or if they are unknown.
        package let usernames: [String]
        /// What authorizes them: each permission set, group and profile, with its number of users in parentheses.
        let by: [String]
        /// Why the users are unknown, as a sentence; `null` if they are known.
        @ExplicitNull package var because: String?
    }

    package let connection: String
    /// `org`, or the path of the folder that was read.
    let source: String
    /// The name under which Setup lists the app; `null` if it is not known.
    @ExplicitNull var appName: String?
    /// `fails` if a setting differs or the key could sign in as more than one user, `unknown` if no setting could be
    /// compared, otherwise `passes`. Never `waiting`.
    package let outcome: TestOutcome
    /// Every ``AppSetting``, in the order of its cases.
    package let settings: [Setting]
    package let reach: Reach
    /// When somebody last approved the app's settings; `null` if nobody did.
    @ExplicitNull package var approvedAt: Date?
    /// The principal who approved them.
    @ExplicitNull package var approvedBy: String?
    package let checkedAt: Date
}

extension AppCheckView {
    /// Why the check fails: `.appDrifted` if a setting differs, otherwise `.reachTooWide`; `nil` if it does not fail.
    package var failure: Cause? {
        guard outcome == .fails else { return nil }
        return settings.contains { $0.outcome == .differs } ? .appDrifted : .reachTooWide
    }

    /// The outcome in one sentence.
    package var headline: String {
        switch outcome {
        case .passes where approvedAt == nil:
            "The app matches the general rules, as far as it could be read. Nobody has approved its settings yet."
        case .fails where failure == .appDrifted && approvedAt == nil:
            "The app does not match the general rules. Nobody has approved its settings yet."
        case .passes: "The app matches its approval, as far as it could be read."
        case .fails where failure == .appDrifted: "The app does not match its approval."
        case .fails: "The app's key could sign in as more than one user."
        case .unknown, .waiting: "None of the app's settings could be compared."
        }
    }

    /// The settings that could not be read, grouped by reason, in the order of the settings.
    package var unread: [(because: String, labels: [String])] {
        var groups: [(because: String, labels: [String])] = []
        for setting in settings {
            guard let because = setting.because else { continue }
            if let index = groups.firstIndex(where: { $0.because == because }) {
                groups[index].labels.append(setting.label)
            } else {
                groups.append((because, [setting.label]))
            }
        }
        return groups
    }

    init(
        _ alias: String, source: String, _ app: OrgApp, _ approved: ApprovedApp, rules: [AppSetting: String],
        _ reach: ConnectedApp.Reach, now: Date
    ) {
        connection = alias
        self.source = source
        appName = app.nameInSetup
        let settings = AppSetting.allCases.map { Setting($0, app[$0], approved, rules) }
        self.settings = settings
        self.reach = Reach(reach)
        approvedAt = approved.approvedAt
        approvedBy = approved.approvedBy
        checkedAt = now
        let differs = settings.contains { $0.outcome == .differs }
        let isTooWide: Bool
        switch reach {
        case .users(let users, _): isTooWide = users.count > 1
        case .everybody: isTooWide = true
        case .unknown: isTooWide = false
        }
        outcome =
            if differs || isTooWide { .fails } else if settings.contains(where: { $0.outcome == .same }) {
                .passes
            } else {
                .unknown
            }
    }
}

extension AppCheckView.Setting {
    fileprivate init(
        _ setting: AppSetting, _ fact: AppFact, _ approvedApp: ApprovedApp, _ rules: [AppSetting: String]
    ) {
        self.setting = setting
        label = setting.label
        let expected = approvedApp.expected(setting, rules: rules)
        approved = expected
        switch fact {
        case .value(let value):
            found = value.description
            because = nil
            outcome = expected.map { $0 == value.description ? .same : .differs } ?? .notCompared
        case .unknown(let reason):
            found = nil
            because = reason.sentence
            outcome = .unknown
        }
        let drift = outcome == .differs ? approvedApp.drift[setting] : nil
        firstSeenAt = drift?.firstSeenAt
        changedBy = drift?.change?.username
        change = drift?.change.map { "\($0.at): \($0.display)" }
    }
}

extension AppCheckView.Reach {
    /// How many users the key can sign in as, and what authorizes them: the rest of a sentence that begins with "the
    /// key". `nil` if the users are not known.
    package var extent: String? {
        guard let users else { return nil }
        let ways = by.isEmpty ? "" : ", by " + by.joined(separator: ", ")
        return "could sign in as \(users) user\(users == 1 ? "" : "s")" + ways
    }

    /// Whether the key can sign in as exactly one user; `nil` if the users are not known.
    package var isRight: Bool? { users.map { $0 == 1 } }

    fileprivate init(_ reach: ConnectedApp.Reach) {
        switch reach {
        case .users(let names, let ways):
            users = names.count
            usernames = Array(names.prefix(100))
            by = ways.map { "\($0.kind.rawValue) \($0.name) (\($0.users.count))" }
            because = nil
        case .everybody(let count):
            users = count
            usernames = []
            by = ["every user who approves the app"]
            because = nil
        case .unknown(let reason):
            users = nil
            usernames = []
            by = []
            because = reason.sentence
        }
    }
}
