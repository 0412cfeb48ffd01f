internal import Foundation
internal import MetadataAPI

/// Builds the summary and the view of a pull.
struct PullReport {
    private let request: PullRequest
    private let order: PullOrder
    private let account: PullAccount
    private let base: PullBase?
    private let start: Date
    private let retrieves: Int
    private let calls: Int
    private let rows: [PullSummary.LeftOutRow]
    private let newlyLeftOut: Int
    private let notes: [String]
    private let refusedWildcards: [String]
    private var changes: [ComponentChange]

    init(
        _ request: PullRequest, _ order: PullOrder, _ account: PullAccount, _ retrieved: PullRetrieved,
        _ base: PullBase?, _ found: (changes: [ComponentChange], notes: [String]), started: Date, calls: Int,
        formerlyLeftOut: [PullSummary.LeftOutRow]
    ) {
        self.request = request
        self.order = order
        self.account = account
        self.base = base
        self.calls = calls
        start = started
        retrieves = retrieved.count
        let known = Set(formerlyLeftOut.map(\.key))
        rows = account.rows(at: started.ISO8601Format())
        newlyLeftOut = rows.count { !known.contains($0.key) }
        let partial =
            retrieved.hasPartialSettings
            ? [
                "Some profiles or permission sets may lack settings, because the org did not deliver them together with every component."
            ] : []
        notes = ShownNotes.cut(partial + order.notes(request) + found.notes) + ShownNotes.cut(retrieved.messages)
        refusedWildcards =
            request.package == nil ? [] : retrieved.delivery.refusedWildcards(of: order.manifest)
        changes = found.changes
    }

    /// Adds components whose files differ and whose dates do not, such as standard objects.
    mutating func addRewritten(_ components: [PulledComponent]) {
        guard base != nil else { return }
        let known = Set(changes.map { ComponentID($0.type, $0.fullName) })
        changes += components.filter { !known.contains(ComponentID($0.type, $0.fullName)) }
            .map { ComponentChange(.changed, type: $0.type, fullName: $0.fullName) }
        changes.sort()
    }

    var summary: PullSummary {
        PullSummary(
            connection: request.connection, apiVersion: order.version.description, startedAt: start.ISO8601Format(),
            listed: account.listed, delivered: account.delivered, leftOut: rows, since: base?.startedAt,
            added: changes(.added), changed: changes(.changed), removed: changes(.removed), retrieves: retrieves,
            apiCalls: calls
        )
    }

    private func changes(_ kind: ComponentChange.Kind) -> [PullSummary.ChangeRow] {
        changes.filter { $0.kind == kind }.map { PullSummary.ChangeRow($0) }
    }

    /// - Parameters:
    ///   - outcome: `nil` if the folder was kept.
    ///   - leftovers: Notes about folders that could not be cleaned up.
    func view(
        _ folder: PullView.Folder, _ outcome: MetadataFolder.Outcome?, notes leftovers: [String], now: Date
    ) -> PullView {
        PullView(
            folder: folder, path: request.target, summary, newlyLeftOut: newlyLeftOut, outcome,
            missing: account.missing, refusedWildcards: refusedWildcards, notes: notes + leftovers,
            elapsedSeconds: (now.timeIntervalSince(start) * 1000).rounded() / 1000)
    }
}

extension PullSummary.ChangeRow {
    /// The author's name is the org's text.
    init(_ change: ComponentChange) {
        self.init(
            type: change.type, fullName: change.fullName, lastModifiedDate: change.date,
            lastModifiedBy: change.author.map { OrgWords().clean($0, atMost: OrgWords.longestName) })
    }
}
