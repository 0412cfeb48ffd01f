/// A component that the org lists.
public struct ListedComponent: Equatable, Sendable {
    /// The type that a manifest names. For a folder, this is the type of its contents.
    public let type: String
    /// The name that a retrieve finds, which may differ from the name in the list.
    public let fullName: String
    /// The row. If the org listed the component several times, the one with the latest date.
    public let row: FileProperties

    init(_ row: FileProperties, type: String) {
        self.type = type
        self.row = row
        fullName = Self.retrievableName(row, type: type)
    }

    /// Returns the name with the namespace that the row names.
    ///
    /// Some rows lack the namespace in the name. For layouts, it is the layout's own name that lacks it:
    /// `acme__Thing__c-Main` is retrieved as `acme__Thing__c-acme__Main` (salto-io/salto, `src/filters/utils.ts`).
    private static func retrievableName(_ row: FileProperties, type: String) -> String {
        let name = row.fullName
        guard let namespace = row.namespacePrefix, type != "InstalledPackage", !name.contains("/") else { return name }
        let separator: Character = type == "Layout" ? "-" : "."
        let place = type == "Layout" ? name.firstIndex(of: separator) : name.lastIndex(of: separator)
        let own = place.map { name.index(after: $0) } ?? (type == "Layout" ? name.endIndex : name.startIndex)
        let prefix = namespace + "__"
        return own == name.endIndex || name[own...].hasPrefix(prefix) ? name : name[..<own] + prefix + name[own...]
    }
}
