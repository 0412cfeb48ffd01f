internal import Foundation

/// Which connections a list shows, and in which order.
package struct ConnectionQuery: Sendable, Equatable {
    package enum Order: String, Sendable, CaseIterable {
        case alias
        /// The most urgent state first.
        case state
        /// The certificate that expires next first.
        case certificate
        /// The one that was used last first; those that were never used at the end.
        case lastUse = "last-use"
    }

    /// The number of rows of a page.
    package static let pageSize = 50

    /// `nil`: all connections.
    package var filter: ConnectionFilter?
    /// A part of the alias, the username, the login host or the org id, in any case; empty: all.
    package var search = ""
    package var order = Order.alias
    /// From 1. A larger number than there are pages gives the last page.
    package var page = 1

    package init() {}
}

/// One page of a list of connections.
package struct ConnectionList: Sendable {
    package let rows: [ConnectionRow]
    /// The page, from 1. There is always at least one page.
    package let page: Int
    package let pageCount: Int
    /// How many connections match the filter and the search.
    package let matches: Int
    /// How many connections each filter selects, without the search.
    package let counts: [ConnectionFilter: Int]
    /// The number of connections that can be listed. A list from summaries checks only the records of ``rows`` and
    /// ``urgent``.
    package let total: Int
    /// The most urgent connections that need action, at most ``ConnectionList/urgentLimit``.
    package let urgent: [ConnectionRow]
    /// The connections that cannot be shown because a record was altered, sorted. Empty if the list is from summaries.
    package let altered: [String]

    package static let urgentLimit = 5

    /// - Parameter all: Sorted by alias.
    init(_ all: [ConnectionRow], altered: [String], _ query: ConnectionQuery, now: Date) {
        let search = SearchedText(query.search.trimmingCharacters(in: .whitespaces))
        // Indices are sorted and counted, because a row takes much longer to copy.
        let found = query.order.sorted(
            all.indices.filter {
                (query.filter?.selects(all[$0], at: now) ?? true) && all[$0].searched.contains(search)
            },
            of: all)
        pageCount = max(1, (found.count + ConnectionQuery.pageSize - 1) / ConnectionQuery.pageSize)
        page = min(max(query.page, 1), pageCount)
        rows = found.dropFirst((page - 1) * ConnectionQuery.pageSize).prefix(ConnectionQuery.pageSize).map { all[$0] }
        matches = found.count
        counts = Dictionary(
            uniqueKeysWithValues: ConnectionFilter.allCases.map { filter in
                (filter, all.indices.count { filter.selects(all[$0], at: now) })
            })
        total = all.count
        urgent = Self.urgent(all)
        self.altered = altered
    }

    private static func urgent(_ all: [ConnectionRow]) -> [ConnectionRow] {
        let codes = ConnectionStateView.Code.allCases.sorted { $0.urgency < $1.urgency }
        var found: [ConnectionRow] = []
        for code in codes where found.count < urgentLimit {
            found += all.indices.lazy.filter { all[$0].state.code == code && all[$0].needsAction }
                .prefix(urgentLimit - found.count).map { all[$0] }
        }
        return found
    }
}

extension ConnectionQuery.Order {
    /// Sorts the indices of rows that are sorted by alias. Rows that are equal in this order stay sorted by alias.
    fileprivate func sorted(_ indices: [Int], of rows: [ConnectionRow]) -> [Int] {
        switch self {
        case .alias: indices
        case .state: Self.sorted(indices) { Double(rows[$0].state.code.urgency) }
        case .certificate: Self.sorted(indices) { rows[$0].certificateEndsAt.timeIntervalSince1970 }
        case .lastUse: Self.sorted(indices) { -(rows[$0].lastUsedAt ?? .distantPast).timeIntervalSince1970 }
        }
    }

    private static func sorted(_ indices: [Int], by key: (Int) -> Double) -> [Int] {
        // Comparing numbers is much faster than comparing names.
        indices.map { (key: key($0), index: $0) }.sorted { $0 < $1 }.map(\.index)
    }
}
