/// Merges the files of a profile or permission set from several retrieves.
///
/// Each file has only the settings for components of its own retrieve, so the merged file has those of all. An entry is
/// identified by the component that it is for, for example the field of `fieldPermissions` (the keys are those that
/// salto-io/salto merges by). Elements that are not about components are complete in each file.
///
/// An org sorts the entries by element name and key. The merged file has the same order, so it does not matter how a pull
/// is split. Each entry keeps its bytes.
enum SettingsMerge {
    private static let folders = ["profiles/": ".profile", "permissionsets/": ".permissionset"]

    /// Whether the file at this path is merged.
    static func applies(to path: EntryPath) -> Bool {
        let text = path.description
        return folders.contains { folder, suffix in text.hasPrefix(folder) && text.hasSuffix(suffix) }
    }

    /// How an entry names its component.
    private struct Key {
        /// The type of the component, which can be a child type.
        let type: String
        /// The children of the entry whose texts identify it. The first one has the component's name.
        let children: [String]

        init(_ type: String, _ children: String...) { (self.type, self.children) = (type, children) }
    }

    /// The keys by the entry's name.
    private static let keys: [String: Key] = [
        "applicationVisibilities": Key("CustomApplication", "application"),
        "categoryGroupVisibilities": Key("DataCategoryGroup", "dataCategoryGroup"),
        "classAccesses": Key("ApexClass", "apexClass"),
        "customMetadataTypeAccesses": Key("CustomObject", "name"),
        "customPermissions": Key("CustomPermission", "name"),
        "customSettingAccesses": Key("CustomObject", "name"),
        "externalDataSourceAccesses": Key("ExternalDataSource", "externalDataSource"),
        "fieldPermissions": Key("CustomField", "field"), "flowAccesses": Key("Flow", "flow"),
        "layoutAssignments": Key("Layout", "layout", "recordType"),
        "objectPermissions": Key("CustomObject", "object"), "pageAccesses": Key("ApexPage", "apexPage"),
        "recordTypeVisibilities": Key("RecordType", "recordType"), "tabSettings": Key("CustomTab", "tab"),
        "tabVisibilities": Key("CustomTab", "tab"),
    ]

    private struct Entry {
        struct ID: Hashable, Comparable {
            let name: [UInt8]
            /// The texts of the key; empty if the entry is not about a component.
            let key: [[UInt8]]
            /// Distinguishes entries that are not about a component.
            let place: Int

            static func < (left: ID, right: ID) -> Bool {
                if left.name != right.name { return left.name.lexicographicallyPrecedes(right.name) }
                for (left, right) in zip(left.key, right.key) where left != right {
                    return left.lexicographicallyPrecedes(right)
                }
                return left.place < right.place
            }
        }

        let id: ID
        /// The family of the component that the entry is for; `nil` if it is not about a component.
        let family: ComponentID?
        /// The white space before the entry, and the entry.
        let bytes: ArraySlice<UInt8>
    }

    private struct File {
        /// Up to the end of the root's start tag.
        let head: ArraySlice<UInt8>
        let entries: [Entry]
        /// From the end of the last entry.
        let tail: ArraySlice<UInt8>

        /// - Returns: `nil` if the file is not well-formed.
        init?(_ bytes: [UInt8]) {
            guard let found = XMLTagScanner.children(in: bytes) else { return nil }
            var entries: [Entry] = []
            var start = found.start
            for child in found.children {
                let name = Array(bytes[child.name])
                let key = SettingsMerge.keys[String(decoding: name, as: UTF8.self)]
                let texts = key.map { SettingsMerge.texts($0.children, in: Array(bytes[child.range])) }
                let place = key == nil ? entries.count { $0.id.name == name } : 0
                entries.append(
                    Entry(
                        id: .init(name: name, key: texts ?? [], place: place),
                        family: key.flatMap { key in texts?.first.map { SettingsMerge.family(key.type, $0) } },
                        bytes: bytes[start..<child.range.upperBound]))
                start = child.range.upperBound
            }
            (head, self.entries, tail) = (bytes[..<found.start], entries, bytes[start...])
        }
    }

    /// Returns the file with the entries of both. If both have an entry for one component, the later one is taken.
    ///
    /// - Returns: `nil` if a file is not well-formed.
    static func merged(_ earlier: [UInt8], _ later: [UInt8]) -> [UInt8]? {
        guard let first = File(earlier), let second = File(later) else { return nil }
        var result = Array(second.head)
        for entry in union(first.entries, second.entries) { result += entry.bytes }
        // A file without entries can be on one line.
        return result + (second.entries.isEmpty ? first : second).tail
    }

    /// Returns the file without the entries for components of these families.
    ///
    /// - Returns: `nil` if the file is not well-formed.
    static func without(_ families: Set<ComponentID>, _ bytes: [UInt8]) -> [UInt8]? {
        guard let file = File(bytes) else { return nil }
        return file.entries.filter { $0.family.map { !families.contains($0) } ?? true }
            .reduce(into: Array(file.head)) { $0 += $1.bytes } + file.tail
    }

    private static func union(_ first: [Entry], _ second: [Entry]) -> [Entry] {
        let inSecond = Set(second.map(\.id))
        // Elements that are not about components may have changed, so only the later ones count.
        let names = Set(second.map(\.id.name))
        var rest = first.filter { !inSecond.contains($0.id) && (!$0.id.key.isEmpty || !names.contains($0.id.name)) }[
            ...]
        var result: [Entry] = []
        for entry in second {
            while let next = rest.first, next.id < entry.id {
                result.append(next)
                rest.removeFirst()
            }
            result.append(entry)
        }
        return result + rest
    }

    private static func family(_ type: String, _ name: [UInt8]) -> ComponentID {
        let text = XMLTagScanner.unescaped(String(decoding: name, as: UTF8.self))
        return ComponentFamily(type: type, member: text).id
    }

    /// The texts of the children with these names; empty for a missing one.
    private static func texts(_ names: [String], in entry: [UInt8]) -> [[UInt8]] {
        let children = XMLTagScanner.children(in: entry)?.children ?? []
        return names.map { name in
            guard let child = children.first(where: { entry[$0.name].elementsEqual(name.utf8) }) else { return [] }
            return Array(entry[child.content])
        }
    }
}
