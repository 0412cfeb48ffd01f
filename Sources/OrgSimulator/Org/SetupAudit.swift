import Foundation

/// The *Setup Audit Trail* of all orgs: what admins changed about apps, the oldest dropped beyond a limit.
struct SetupAudit: Sendable {
    struct Record: Equatable, Sendable {
        var number = 0
        let orgID: String
        let time: Date
        /// Nil where the org has no admin.
        let userID: String?
        /// The machine name.
        let action: String
        /// Nil where no sample of a real org shows it.
        let section: String?
        let display: String?

        /// Whether the action's name is the simulator's own: what a real org writes for such a change is not known.
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

    /// - Parameter start: Since when the apps are there that no record tells of.
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

    func tellsSynthetic(of org: Org) -> Bool { records.contains { $0.orgID == org.id && $0.isSynthetic } }

    func dates(of app: App) -> Dates { dates[app.id] ?? Dates(created: start, changed: start) }
}
