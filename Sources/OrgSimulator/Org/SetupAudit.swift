import Foundation

/// The *Setup Audit Trail* of all orgs: admins' changes of apps. The oldest are dropped when there are too many.
struct SetupAudit: Sendable {
    struct Record: Equatable, Sendable {
        var number = 0
        let orgID: String
        let time: Date
        /// `nil` if the org has no admin.
        let userID: String?
        /// The name of the action, such as `insertApplication`.
        let action: String
        /// `nil` if no sample of a real org shows a section.
        let section: String?
        let display: String?

        /// Whether the simulator made up the action's name, because the name in a real org is not known.
        var isSynthetic: Bool { action.hasPrefix(SetupAction.syntheticPrefix) }
    }

    struct Dates: Equatable, Sendable {
        var created: Date
        var changed: Date
    }

    static let limit = 10_000

    private(set) var records: [Record] = []
    private var count = 0
    private let start: Date
    private var dates: [String: Dates] = [:]

    /// - Parameter start: The creation time of apps that have no record.
    init(since start: Date) { self.start = start }

    mutating func add(_ actions: [SetupAction], app id: String, in org: Org, at time: Date) {
        guard !actions.isEmpty else { return }
        dates[id, default: Dates(created: actions.contains(where: \.isCreation) ? time : start, changed: time)]
            .changed = time
        for action in actions {
            count += 1
            records.append(
                Record(
                    number: count, orgID: org.id, time: time, userID: org.administrator?.id, action: action.name,
                    section: action.section, display: action.display))
        }
        if records.count > Self.limit { records.removeFirst(records.count - Self.limit) }
    }

    func hasSyntheticRecords(of org: Org) -> Bool { records.contains { $0.orgID == org.id && $0.isSynthetic } }

    func dates(of app: App) -> Dates { dates[app.id] ?? Dates(created: start, changed: start) }
}
