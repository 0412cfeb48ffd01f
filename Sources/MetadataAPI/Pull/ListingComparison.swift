/// A component that differs from what a former pull listed.
public struct ComponentChange: Equatable, Sendable {
    public enum Kind: Sendable {
        case added, changed, removed
    }

    public let kind: Kind
    public let type: String
    public let fullName: String
    /// Who changed the component last, by name; `nil` if the org does not say, as for removed components.
    public let author: String?
    /// When it was changed last, as the org sent it; `nil` if the org does not say.
    public let date: String?

    package init(_ kind: Kind, type: String, fullName: String, author: String? = nil, date: String? = nil) {
        self.kind = kind
        self.type = type
        self.fullName = fullName
        self.author = author
        self.date = date
    }
}

extension ComponentChange: Comparable {
    /// Sorted by type and name.
    public static func < (left: ComponentChange, right: ComponentChange) -> Bool {
        left.type == right.type
            ? precedesByBytes(left.fullName, right.fullName) : precedesByBytes(left.type, right.type)
    }
}

/// Compares what an org lists with what it listed for a former pull.
///
/// - A component with another id or another date has changed, and so has one of whose parts this is true. A change of a
///   part does not change the date of the component (salto-io/salto,
///   `src/last_change_date_of_types_with_nested_instances.ts`).
/// - What is removed leaves no date. It is what the former list has in addition.
/// - Components without a date, such as standard objects, may have changed.
/// - Standard value sets are in no list, so nothing is known about them.
/// - Nothing is known about components of types that the org could not list now.
public struct ListingComparison: Sendable {
    /// Sorted by type and name.
    public let changes: [ComponentChange]
    /// Families that have changed, or whose parts have.
    let changed: Set<ComponentFamily>
    /// Families that the org does not list any more.
    let removed: Set<ComponentFamily>
    /// Families that may have changed.
    let uncertain: Set<ComponentFamily>
    /// The number of components of which only a retrieve shows whether they have changed.
    public var datelessCount: Int { uncertain.count }
    /// Rows of the former list about which nothing is known now.
    let unknown: [PulledComponent]

    /// A comparison that finds no difference.
    static let unchanged = ListingComparison()

    private init() { (changes, changed, removed, uncertain, unknown) = ([], [], [], [], []) }

    /// - Parameters:
    ///   - former: The components and parts of the former list.
    ///   - inventory: A complete inventory that lists parts too.
    public init(_ former: [PulledComponent], _ inventory: Inventory) {
        let rows =
            inventory.components.map { ListedRow($0) } + inventory.parts
        let unlistedTypes = Set(inventory.leftOut.filter { $0.fullName == nil }.map(\.type))
        let before = Dictionary(former.map { (Name($0), $0) }, uniquingKeysWith: { $1 })
        let now = Dictionary(rows.map { (Name($0.row), $0) }, uniquingKeysWith: { $1 })

        var changes: [ComponentChange] = []
        var (changed, uncertain): (Set<ComponentFamily>, Set<ComponentFamily>) = ([], [])
        for row in rows {
            let old = before[Name(row.row)]
            if !inventory.isPart(row.row.type), !row.row.hasDate { uncertain.insert(row.family) }
            guard old.map({ $0.id != row.row.id || $0.lastModifiedDate != row.row.lastModifiedDate }) ?? true else {
                continue
            }
            changed.insert(row.family)
            changes.append(
                ComponentChange(
                    old == nil ? .added : .changed, type: row.row.type, fullName: row.row.fullName,
                    author: row.properties.lastModifiedByName,
                    date: row.row.hasDate ? row.row.lastModifiedDate : nil))
        }
        let families = Set(rows.map(\.family))
        var removed: Set<ComponentFamily> = []
        var unknown: [PulledComponent] = []
        for old in former where now[Name(old)] == nil && old.type != StandardValueSetNames.type {
            let family = inventory.family(of: old)
            if inventory.isUnlisted(old, unlistedTypes) {
                unknown.append(old)
            } else {
                changes.append(ComponentChange(.removed, type: old.type, fullName: old.fullName))
                if families.contains(family) { changed.insert(family) } else { removed.insert(family) }
            }
        }
        let doubtful = families.filter { family in
            inventory.unlistedPartTypes.contains { inventory.parent(of: $0) == family.type }
        }
        self.changes = changes.sorted()
        self.changed = changed
        self.removed = removed
        self.uncertain = uncertain.union(doubtful).subtracting(changed)
        self.unknown = unknown
    }

    private struct Name: Hashable {
        let type: String
        let fullName: String

        init(_ row: PulledComponent) { (type, fullName) = (row.type, row.fullName) }
    }
}

extension PulledComponent {
    /// Whether the org dates the component. Standard components have no date, or that of the beginning of Unix time.
    var hasDate: Bool { lastModifiedDate.map { !$0.isEmpty && !$0.hasPrefix("1970-01-01") } ?? false }
}

extension Inventory {
    /// The type of the components that contain the parts of this type; `nil` if it is not listed as a type of parts.
    func parent(of type: String) -> String? { parents[type] }

    /// Whether components of the type are listed only as parts of others.
    func isPart(_ type: String) -> Bool { parent(of: type) != nil }

    func family(of row: PulledComponent) -> ComponentFamily {
        ComponentFamily(type: row.type, member: row.fullName, parent: parent(of: row.type))
    }

    /// Whether the org could not list the row's type.
    func isUnlisted(_ row: PulledComponent, _ unlistedTypes: Set<String>) -> Bool {
        guard let parent = parent(of: row.type) else { return unlistedTypes.contains(row.type) }
        return unlistedPartTypes.contains(row.type) || unlistedTypes.contains(parent)
    }
}
