import Foundation

/// Compares the `package.xml` of a package in the Metadata API form with the package's files. A package in which they
/// differ is served, although its deployment would fail.
struct PackageCheck {
    let components: [MetadataComponent]
    var registry = MetadataRegistry.standard

    /// Returns the differences: first the members without a file, then the components that are not named. Not compared
    /// are a manifest without types, members of child types and of unknown types, and folders.
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
        // An empty manifest only marks a folder as a package.
        if entries.isEmpty { return [] }
        let named = Dictionary(
            entries.map { ($0.value("name") ?? "", Set($0.children("members").map { Self.decoded($0.trimmedText) })) }
        ) { $0.union($1) }
        return missing(named, manifest.shownPath) + unnamed(named)
    }

    private func missing(_ named: [String: Set<String>], _ manifest: String) -> [SourceProblem] {
        named.sorted { $0.key < $1.key }.flatMap { name, members -> [SourceProblem] in
            guard let type = registry.type(named: name) else { return [] }
            let present = Set(components.filter { $0.type == type }.map { Self.decoded($0.fullName) })
            // `unfiled$public`, the folder for components without a folder, has no file in a package.
            return members.subtracting(present).filter { $0 != "*" && !$0.contains("$") }.sorted().map {
                SourceProblem(file: manifest, reason: "names the \(name) '\($0)', but no file defines it")
            }
        }
    }

    private func unnamed(_ named: [String: Set<String>]) -> [SourceProblem] {
        components.filter { component in
            let members = named[component.type.xmlName] ?? []
            let isNamed = members.contains("*") || members.contains(Self.decoded(component.fullName))
            // The file of an object may be included because of its fields.
            let isParent = component.type.children.contains { named[$0.xmlName] != nil }
            return !component.isFolder && !isNamed && !isParent
        }.map { SourceProblem(file: $0.mainFile, reason: "is served, though package.xml does not name it") }
    }

    private static func decoded(_ name: String) -> String { name.removingPercentEncoding ?? name }
}
