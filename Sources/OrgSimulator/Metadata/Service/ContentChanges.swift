import Foundation

/// When components and children changed since the source folder was first read. What has not changed since then has a
/// date that is derived from its content.
struct ContentChanges: Equatable, Sendable {
    private var dates: [String: Date] = [:]
    /// The dates of components without the changes of their children.
    private var ownDates: [String: Date] = [:]

    /// - Parameter ignoresChildren: Whether changes of children do not count.
    func date(of component: MetadataComponent, ignoresChildren: Bool) -> Date? {
        let key = Self.key(component)
        return ignoresChildren && !component.parts.isEmpty ? ownDates[key] : dates[key]
    }

    func date(of part: MetadataComponent.Part) -> Date? { dates[Self.key(part)] }

    /// Dates everything that is new or different in `new`. What is gone leaves no date, as in a real org.
    mutating func record(from old: MetadataRepository, to new: MetadataRepository, at date: Date) {
        for component in new.components {
            let before = old.components(ofType: component.type.xmlName, named: component.fullName)
                .first { $0.isFolder == component.isFolder }
            record(from: before, to: component, at: date)
        }
    }

    private mutating func record(from old: MetadataComponent?, to new: MetadataComponent, at date: Date) {
        guard old?.files != new.files else { return }
        let key = Self.key(new)
        dates[key] = date
        if old?.treeWithoutChildren != new.treeWithoutChildren || new.tree == nil { ownDates[key] = date }
        let parts = Dictionary((old?.parts ?? []).map { (Self.key($0), $0.element) }) { first, _ in first }
        for part in new.parts where parts[Self.key(part)] != part.element { dates[Self.key(part)] = date }
    }

    private static func key(_ component: MetadataComponent) -> String {
        "\(component.type.xmlName) \(component.fullName) \(component.isFolder)"
    }

    private static func key(_ part: MetadataComponent.Part) -> String { MetadataComponent.key(part) }
}

extension MetadataComponent {
    /// The XML without the children that a manifest can name; `nil` if the type has no children.
    var treeWithoutChildren: XMLTree? {
        guard var tree else { return nil }
        let elements = Set(type.children.filter(\.isAddressable).map(\.element))
        tree.children.removeAll { elements.contains($0.localName) }
        return tree
    }
}
