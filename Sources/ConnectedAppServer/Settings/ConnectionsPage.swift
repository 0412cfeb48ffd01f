internal import ConnectedApp
internal import Foundation
internal import Hummingbird
internal import JWTBearer

/// The list of connections. The property names are the tags of `connections.mustache`.
struct ConnectionsPage {
    struct Row {
        let alias: String
        let path: String
        let username: String
        let loginHost: String
        let kind: String
        let organizationID: String?
        let endsAt: ShownTime
        let daysLeft: String
        let daysTone: String
        let state: ConnectionState
        /// `nil` if the connection was not used since it was added or changed.
        let usedAt: ShownTime?
        /// What the list shows in place of the time.
        let unused: String
        /// The path of the page of the scheduled pulls; `nil` if the latest one did not fail.
        let failingPullPath: String?
        /// The path of the rotation's page; `nil` if no rotation is under way.
        let rotationPath: String?

        init(_ row: ConnectionRow, now: Date) {
            alias = row.alias
            path = SettingsPath.connection(row.alias)
            username = row.username
            loginHost = row.loginHost
            kind = row.appKind.label
            organizationID = row.organizationID
            endsAt = ShownTime(row.certificateEndsAt)
            let validity = RemainingValidity(until: row.certificateEndsAt, at: now)
            daysLeft = ValidityBar.caption(validity)
            daysTone = validity.isExpired ? "bad" : validity.daysLeft < AppCertificate.soon ? "warn" : "plain"
            state = ConnectionState(row.state, of: row.alias, isRotating: row.isRotating)
            usedAt = row.lastUsedAt.map(ShownTime.init)
            // The first sign-in pins the connection to its org.
            unused = row.organizationID == nil ? "never" : "not since the last change"
            failingPullPath = row.hasFailingPull ? SettingsPath.metadata(row.alias) : nil
            rotationPath = row.isRotating ? SettingsPath.rotation(row.alias) : nil
        }
    }

    /// A count that is a link to its connections.
    struct Count {
        let number: Int
        let label: String
        let path: String
        let isChosen: Bool
        let tone: Tone
    }

    /// The heading of a column by which the list can be sorted.
    struct Column {
        let label: String
        let path: String
        /// The value of `aria-sort`; `nil` if the list is not sorted by this column.
        let sorted: String?
    }

    /// What a user types to confirm that all apps are to be blocked.
    static let allApps = "all apps"

    let formToken: String
    let blockAllPath = SettingsPath.blockAll
    let blockAllConfirmation = Self.allApps
    let rows: [Row]
    let urgent: [Row]
    let counts: [Count]
    let columns: [Column]
    let altered: String?
    /// The aliases of the keys that are not destroyed yet; `nil` if there are none.
    let remainingKeys: String?
    let remainingKeysPath = SettingsPath.remainingKeys
    let isEmpty: Bool
    let search: String
    let filter: String?
    let order: String
    /// `nil` if all are shown.
    let allPath: String?
    let matches: Int
    let total: Int
    /// Whether to say why blocked connections do not count as needing action.
    let showsBlockedHint: Bool
    let page: Int
    let pageCount: Int
    /// `nil` on the first page.
    let previousPath: String?
    /// `nil` on the last page.
    let nextPagePath: String?

    init(_ list: ConnectionList, _ query: ConnectionQuery, _ remainingKeys: [RemainingKey], session: Session, now: Date)
    {
        formToken = session.formToken
        rows = list.rows.map { Row($0, now: now) }
        urgent = query.filter == nil && query.search.isEmpty ? list.urgent.map { Row($0, now: now) } : []
        counts = ConnectionFilter.allCases.map { filter in
            let number = list.counts[filter] ?? 0
            let isChosen = query.filter == filter
            return Count(
                number: number, label: filter.label, path: query.path { $0.filter = isChosen ? nil : filter },
                isChosen: isChosen, tone: number == 0 ? .plain : filter.tone)
        }
        columns = ConnectionQuery.Order.columns.map { label, order in
            Column(
                label: label, path: query.path { $0.order = order },
                sorted: query.order == order ? order == .lastUse ? "descending" : "ascending" : nil)
        }
        self.remainingKeys =
            remainingKeys.isEmpty ? nil : Set(remainingKeys.map(\.alias)).sorted().joined(separator: ", ")
        altered = list.altered.isEmpty ? nil : list.altered.joined(separator: ", ")
        isEmpty = list.total == 0 && list.altered.isEmpty
        search = query.search
        filter = query.filter?.rawValue
        order = query.order.rawValue
        allPath = query.filter == nil && query.search.isEmpty ? nil : ConnectionQuery().path { $0.order = query.order }
        matches = list.matches
        total = list.total
        showsBlockedHint = query.filter == .needsAction || list.rows.contains { $0.state.code == .blocked }
        page = list.page
        pageCount = list.pageCount
        previousPath = list.page > 1 ? query.path(page: list.page - 1) : nil
        nextPagePath = list.page < list.pageCount ? query.path(page: list.page + 1) : nil
    }
}

extension ConnectionFilter {
    fileprivate var label: String {
        switch self {
        case .needsAction: "need action"
        case .endsSoon: "certificates end within \(AppCertificate.soon) days"
        case .unused: "no use seen for \(Self.idleDays) days, or in the \(Self.newDays) days after a change"
        case .reachTooWide: "reach more than one user"
        }
    }

    fileprivate var tone: Tone {
        switch self {
        case .needsAction, .endsSoon: .warn
        case .unused: .plain
        case .reachTooWide: .bad
        }
    }
}

extension ConnectionQuery.Order {
    /// The columns of the list, in order.
    fileprivate static let columns: [(label: String, order: Self)] = [
        ("Connection", .alias), ("State", .state), ("Certificate", .certificate), ("Last used", .lastUse),
    ]
}

extension ConnectionQuery {
    /// Reads the query of the page's address. Values that the page never writes are ignored.
    init(_ request: Request) {
        self.init()
        let fields = request.uri.queryParameters
        filter = fields["show"].flatMap { ConnectionFilter(rawValue: String($0)) }
        search = fields["search"].map { String($0.prefix(100)) } ?? ""
        order = fields["sort"].flatMap { Order(rawValue: String($0)) } ?? .alias
        page = fields["page"].flatMap { Int($0) } ?? 1
    }

    /// The address of the first page after a change.
    fileprivate func path(_ change: (inout ConnectionQuery) -> Void) -> String {
        var changed = self
        change(&changed)
        return changed.path(page: 1)
    }

    fileprivate func path(page: Int) -> String {
        var fields: [(String, String)] = []
        if let filter { fields.append(("show", filter.rawValue)) }
        if !search.isEmpty { fields.append(("search", search)) }
        if order != .alias { fields.append(("sort", order.rawValue)) }
        if page > 1 { fields.append(("page", String(page))) }
        guard !fields.isEmpty else { return SettingsPath.connections }
        let query = fields.map { "\($0)=\(PercentEncoding.escaped($1))" }.joined(separator: "&")
        return "\(SettingsPath.connections)?\(query)"
    }
}
