import Foundation

/// Compares the `package.xml` of a package in the Metadata API form with the package's files. A deployment of a package whose
/// two sides differ would fail; it is served all the same.
struct PackageCheck {
    let components: [MetadataComponent]
    var registry = MetadataRegistry.standard

    func notes(_ manifest: SourceFile) -> [SourceProblem] {
        let package: XMLTree
        do {
            package = try XMLTree.parse(manifest.bytes)
        } catch {
            return [SourceProblem(file: manifest.shownPath, reason: error.description)]
        }
        guard package.localName == "Package" else {
            return [
                SourceProblem(
                    file: manifest.shownPath, reason: "the root element is <\(package.localName)>, not <Package>")
            ]
        }
        let entries = package.children("types")
        // Whoever only marks a folder as a package leaves it empty.
        if entries.isEmpty { return [] }
        let named = Dictionary(
            entries.map { ($0.value("name") ?? "", Set($0.children("members").map { Self.plain($0.trimmedText) })) }
        ) { $0.union($1) }
        return missing(named, manifest.shownPath) + unnamed(named)
    }

    private func missing(_ named: [String: Set<String>], _ manifest: String) -> [SourceProblem] {
        named.sorted { $0.key < $1.key }.flatMap { name, members -> [SourceProblem] in
            guard let type = registry.type(named: name) else { return [] }
            let present = Set(components.filter { $0.type == type }.map { Self.plain($0.fullName) })
            // Standard objects and the folder of what is in none have no file in a package.
            return members.subtracting(present).filter { $0 != "*" && !$0.contains("$") }.sorted().map {
                SourceProblem(file: manifest, reason: "names the \(name) '\($0)', which no file holds")
            }
        }
    }

    private func unnamed(_ named: [String: Set<String>]) -> [SourceProblem] {
        components.filter { component in
            let members = named[component.type.xmlName] ?? []
            let isNamed = members.contains("*") || members.contains(Self.plain(component.fullName))
            // The file of an object is there for its fields too.
            let isParent = component.type.children.contains { named[$0.xmlName] != nil }
            return !component.isFolder && !isNamed && !isParent
        }.map { SourceProblem(file: $0.mainFile, reason: "is served, though package.xml does not name it") }
    }

    private static func plain(_ name: String) -> String { name.removingPercentEncoding ?? name }
}
