import Foundation

/// The rows of a list for one component.
struct ListedRow {
    /// The properties of the component itself.
    let properties: FileProperties
    let oddities: Set<RowCondition.Oddity>

    /// The `result` elements: usually one, none for an unlisted component.
    var results: [XMLTree] {
        guard !oddities.contains(.unlisted) else { return [] }
        let row = odd(properties)
        guard oddities.contains(.twice) else { return [result(row)] }
        var older = row
        older.lastModifiedDate = min(row.createdDate, row.lastModifiedDate.addingTimeInterval(-86_400))
        // No order of the two is known, so both occur.
        let olderComesFirst = StableHash.of(Array(row.fullName.utf8)).isMultiple(of: 2)
        return olderComesFirst ? [result(older), result(row)] : [result(row), result(older)]
    }

    /// The names in the list.
    var names: [String] { results.compactMap { $0.value("fullName") } }

    private func odd(_ properties: FileProperties) -> FileProperties {
        var row = properties
        if oddities.contains(.nameWithoutNamespace) {
            row.fullName = ComponentName.withoutNamespace(row.fullName, type: row.type)
            row.fileName = row.fileName.replacing(properties.fullName, with: row.fullName)
        }
        if oddities.contains(.epochDates) {
            row.createdDate = Date(timeIntervalSince1970: 0)
            row.lastModifiedDate = row.createdDate
        }
        return row
    }

    private func result(_ row: FileProperties) -> XMLTree {
        var missing: Set<String> = []
        if oddities.contains(.nilType) { missing.insert("type") }
        if oddities.contains(.nilFileName) { missing.insert("fileName") }
        if oddities.contains(.nilDates) { missing.formUnion(["createdDate", "lastModifiedDate"]) }
        var elements = row.elements
        if oddities.contains(.withoutNamespacePrefix) { elements.removeAll { $0.name == "namespacePrefix" } }
        return XMLTree("result", elements.map { missing.contains($0.name) ? .absent($0.name) : $0 })
    }
}

extension ComponentName {
    /// Returns the name without the component's own namespace: `Thing__c` for `acme__Thing__c`, `Account.Rating__c` for
    /// `Account.acme__Rating__c`, `acme__Thing__c-Main` for the layout `acme__Thing__c-acme__Main`. The same name if it
    /// has none.
    static func withoutNamespace(_ fullName: String, type: String) -> String {
        guard let prefix = namespacePrefix(fullName, type: type),
            let place = fullName.range(of: prefix + "__", options: type == "Layout" ? .backwards : [])
        else { return fullName }
        return fullName.replacingCharacters(in: place, with: "")
    }
}

extension XMLTree {
    /// An element that is nil. The reply must declare the prefix `xsi`.
    static func absent(_ name: String) -> XMLTree { XMLTree(name, [], attributes: ["xsi:nil": "true"]) }
}
