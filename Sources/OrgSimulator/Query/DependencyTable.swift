import Foundation

/// A row of `MetadataComponentDependency`: one component uses another.
private struct Dependency: Hashable {
    let user: Component
    let used: Component

    struct Component: Hashable {
        let id: String
        let name: String
        let namespace: String?
        let type: String

        init(_ record: ComponentRecord, name: String, type: String) {
            id = record.properties.id
            self.name = name
            namespace = record.properties.namespacePrefix
            self.type = type
        }
    }
}

extension QueryTable {
    /// "MetadataComponentDependency" (Tooling API Developer Guide). The simulator knows two kinds of use: Apex that
    /// names a class or a custom object, and a layout with a custom field. A real org knows many more.
    static func dependencies(of source: OrgSource) -> QueryTable {
        QueryTable(
            .metadataComponentDependency, of: apexDependencies(source) + layoutDependencies(source),
            [
                .text("MetadataComponentId") { $0.user.id },
                .text("MetadataComponentName") { $0.user.name }.unfilterable,
                .text("MetadataComponentNamespace") { $0.user.namespace },
                .text("MetadataComponentType") { $0.user.type }, .text("RefMetadataComponentId") { $0.used.id },
                .text("RefMetadataComponentName") { $0.used.name }.unfilterable,
                .text("RefMetadataComponentNamespace") { $0.used.namespace },
                .text("RefMetadataComponentType") { $0.used.type },
            ])
    }

    private static func apexDependencies(_ source: OrgSource) -> [Dependency] {
        var targets: [String: Dependency.Component] = [:]
        for type in ["ApexClass", "CustomObject"] {
            for record in source.records(type) where type == "ApexClass" || record.fullName.hasSuffix("__c") {
                targets[record.fullName.lowercased()] = Dependency.Component(
                    record, name: record.fullName, type: type)
            }
        }
        return ["ApexClass", "ApexTrigger"].flatMap { type in
            source.repository.components(ofType: type).flatMap { component in
                let user = Dependency.Component(
                    ComponentRecord(component, source.origin), name: component.fullName, type: type)
                let code = component.files.first { !$0.isCompanion }?.bytes ?? []
                let words = String(decoding: code, as: UTF8.self).lowercased().split { character in
                    !character.isLetter && !character.isNumber && character != "_"
                }
                let used = Set(words.compactMap { targets[String($0)] }).subtracting([user])
                return used.sorted { ($0.type, $0.name) < ($1.type, $1.name) }.map { Dependency(user: user, used: $0) }
            }
        }
    }

    private static func layoutDependencies(_ source: OrgSource) -> [Dependency] {
        let fields = source.childRecords("CustomField").filter { ComponentName.hasCustomSuffix($0.fullName) }
        let targets = Dictionary(
            fields.map { ($0.fullName, Dependency.Component($0, name: $0.developerName, type: "CustomField")) }
        ) { first, _ in first }
        return source.records("Layout").flatMap { layout in
            let user = Dependency.Component(layout, name: layout.ownName("-"), type: "Layout")
            let used = Set(layout.tree?.texts(of: "field") ?? []).compactMap { targets["\(layout.object("-")).\($0)"] }
            return used.sorted { $0.name < $1.name }.map { Dependency(user: user, used: $0) }
        }
    }
}

extension XMLTree {
    /// The texts of all elements with this name, at any depth.
    fileprivate func texts(of name: String) -> [String] {
        localName == name ? [trimmedText] : children.flatMap { $0.texts(of: name) }
    }
}
