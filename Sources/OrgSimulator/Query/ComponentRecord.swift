import Foundation

/// A component or child of the org's source folder as a record of the Tooling API. Id and dates are those of the
/// Metadata API.
struct ComponentRecord {
    /// The name that a manifest has.
    let fullName: String
    let properties: FileProperties
    /// The XML of the component, or of the `-meta.xml` of a component with content files; `nil` if it cannot be parsed.
    let tree: XMLTree?

    init(_ component: MetadataComponent, _ origin: FileProperties.Origin) {
        fullName = component.fullName.removingPercentEncoding ?? component.fullName
        properties = FileProperties(
            of: component, fileName: component.mainFile, type: component.type.xmlName, origin: origin)
        let description =
            component.files.first { $0.path.hasSuffix("-meta.xml") } ?? component.files.first
        tree = component.tree ?? description.flatMap { try? XMLTree.parse($0.bytes) }
    }

    init(_ location: MetadataRepository.PartLocation, _ origin: FileProperties.Origin) {
        fullName = location.part.fullName
        properties = FileProperties(of: location.part, in: location.component, origin: origin)
        tree = location.part.element
    }

    func value(_ element: String) -> String? { tree?.value(element) }
    func flag(_ element: String) -> Bool { tree?.flag(element) ?? false }
    func number(_ element: String) -> Double? { value(element).flatMap(Double.init) }

    /// The object before the separator: `Account` of `Account.Tier__c` and of the layout `Account-Main`.
    func object(_ separator: Character) -> String {
        fullName.firstIndex(of: separator).map { String(fullName[..<$0]) } ?? fullName
    }

    /// The name after the separator.
    func ownName(_ separator: Character) -> String {
        fullName.firstIndex(of: separator).map { String(fullName[fullName.index(after: $0)...]) } ?? fullName
    }

    /// The own name without namespace and suffix: `Tier` of `Account.acme__Tier__c`.
    var developerName: String {
        var name = Substring(ownName("."))
        if let prefix = properties.namespacePrefix, name.hasPrefix(prefix + "__") {
            name = name.dropFirst(prefix.count + 2)
        }
        if name.hasSuffix("__c") { name = name.dropLast(3) }
        return String(name)
    }

    /// The XML as JSON. An element that occurs once is a single value, also if the type's schema has a list; a real org
    /// returns a list.
    var metadata: JSONValue? { tree.map(Self.json) }

    private static func json(_ tree: XMLTree) -> JSONValue {
        guard tree.children.isEmpty else {
            var names: [String] = []
            var values: [String: [JSONValue]] = [:]
            for child in tree.children where child.localName != "fullName" {
                if values[child.localName] == nil { names.append(child.localName) }
                values[child.localName, default: []].append(json(child))
            }
            return .record(
                names.map { name in
                    let all = values[name] ?? []
                    return (name, all.count == 1 ? all[0] : .array(all))
                })
        }
        switch tree.trimmedText {
        case "true": return true
        case "false": return false
        case let text: return Int64(text).map(JSONValue.integer) ?? .string(text)
        }
    }
}

extension OrgSource {
    /// Returns the components of a top-level type, without folders.
    func records(_ type: String) -> [ComponentRecord] {
        repository.components(ofType: type).filter { !$0.isFolder }.map { ComponentRecord($0, origin) }
    }

    /// Returns the children of a child type.
    func childRecords(_ type: String) -> [ComponentRecord] {
        repository.parts(ofType: type).map { ComponentRecord($0, origin) }
    }

    /// Returns the `DurableId` of an object's EntityDefinition: its name, or the id of a custom object without the last
    /// three characters.
    func durableID(ofObject name: String) -> String {
        guard ComponentName.hasCustomSuffix(name) else { return name }
        let prefix = MetadataRegistry.standard.type(named: "CustomObject")?.keyPrefix ?? ""
        return String(MetadataRecordID.derived(keyPrefix: prefix, from: "CustomObject \(name)").prefix(15))
    }
}

extension QueryTable {
    /// The columns that the Tooling API's objects for components have in common.
    static var componentColumns: [Column<ComponentRecord>] {
        [
            .id("Id") { $0.properties.id }, .text("NamespacePrefix") { $0.properties.namespacePrefix },
            .text("ManageableState") { $0.properties.namespacePrefix == nil ? "unmanaged" : "installed" },
            .dateTime("CreatedDate") { $0.properties.createdDate }, .id("CreatedById") { $0.properties.createdByID },
            .dateTime("LastModifiedDate") { $0.properties.lastModifiedDate },
            .id("LastModifiedById") { $0.properties.createdByID },
        ]
    }

    /// `FullName` and `Metadata`, which a query can select for one row only.
    static var metadataColumns: [Column<ComponentRecord>] {
        [.text("FullName") { $0.fullName }.unfilterable, .complex("Metadata") { $0.metadata }]
    }
}
