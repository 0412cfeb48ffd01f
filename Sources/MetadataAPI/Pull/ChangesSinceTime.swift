package import FoundationEssentials

extension Inventory {
    /// Returns the components and parts with a date from a time on, sorted by type and name. What was removed has no row.
    package func changes(since time: Date) -> [ComponentChange] {
        let rows =
            components.map { ($0.row, $0.type, $0.fullName) }
            + parts.map { ($0.properties, $0.row.type, $0.row.fullName) }
        return rows.compactMap { row, type, fullName in
            guard let date = row.lastModifiedDate, isDate(date, notBefore: time) else { return nil }
            let isNew = row.createdDate.map { isDate($0, notBefore: time) } ?? false
            return ComponentChange(
                isNew ? .added : .changed, type: type, fullName: fullName, author: row.lastModifiedByName, date: date)
        }.sorted()
    }
}

extension ListedComponent {
    /// Whether the component was changed at a time or later; `false` if the org does not date it.
    package func isChanged(since time: Date) -> Bool {
        row.lastModifiedDate.map { isDate($0, notBefore: time) } ?? false
    }
}

/// Whether a date as an org sends it is that of a time or later; `false` if it cannot be read.
private func isDate(_ text: String, notBefore time: Date) -> Bool {
    guard let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) else {
        return false
    }
    return date >= time
}
