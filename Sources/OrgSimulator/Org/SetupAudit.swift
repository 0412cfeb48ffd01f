import Foundation

/// The *Setup Audit Trail* of all orgs: admins' changes of apps. The oldest are dropped when there are too many.
struct SetupAudit: Sendable {
    struct Record: Equatable, Sendable {
        /// Counts the records of all orgs, from 1.
        var number = 0
        let orgID: String
        /// Org time.
        let time: Date
        /// The org's first System Administrator; `nil` if it has none.
        let userID: String?
        /// The name of the action, such as `insertApplication`.
        let action: String
        /// `nil` if no sample of a real org shows a section.
        let section: String?
        /// `nil` if no sample of a real org shows a text.
        let display: String?

        /// Whether the simulator made up the action's name, because the name in a real org is not known.
        var isSynthetic: Bool { action.hasPrefix(SetupAction.syntheticPrefix) }
    }

    /// When an app was created and last changed, in org time.
    struct Dates: Equatable, Sendable {
        var created: Date
        var changed: Date
    }

    /// The most records that are kept.
    static let limit = 10_000

    /// Oldest first.
    private(set) var records: [Record] = []
    private var count = 0
    private let start: Date
    /// By app id. They outlive the records.
    private var dates: [String: Dates] = [:]

    /// - Parameter start: The time at which the state was loaded. It is the creation time of its apps.
    init(since start: Date) { self.start = start }

    /// Adds the lines of one change of an app. A change without lines leaves the app's dates unchanged.
    mutating func add(_ actions: [SetupAction], app id: String, in org: Org, at time: Date) {
        guard !actions.isEmpty else { return }
        dates[id, default: Dates(created: actions.contains(where: \.isCreation) ? time : start, changed: time)]
            .changed = time
        add(actions, in: org, at: time)
    }

    /// Adds lines that are not about an app.
    mutating func add(_ actions: [SetupAction], in org: Org, at time: Date) {
        for action in actions {
            count += 1
            records.append(
                Record(
                    number: count, orgID: org.id, time: time, userID: org.administrator?.id, action: action.name,
                    section: action.section, display: action.display))
        }
        if records.count > Self.limit { records.removeFirst(records.count - Self.limit) }
    }

    /// Whether any of the org's records has a name that the simulator made up.
    func hasSyntheticRecords(of org: Org) -> Bool { records.contains { $0.orgID == org.id && $0.isSynthetic } }

    func dates(of app: App) -> Dates { dates[app.id] ?? Dates(created: start, changed: start) }
}
