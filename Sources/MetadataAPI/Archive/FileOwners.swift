/// The component that each file of an archive belongs to, according to the properties that the org sends with it.
///
/// An org does not describe every file. A file whose name only adds `-meta.xml` belongs to the same component. So does any
/// other file in a directory all of whose described files belong to one component, such as a bundle.
public struct FileOwners: Sendable {
    private var owners: [String: ComponentID] = [:]
    /// The only component with described files in a directory; `nil` if there are several.
    private var ownersOfDirectories: [String: ComponentID?] = [:]

    public init() {}

    /// Adds a described file.
    ///
    /// - Parameter fileName: The path in the archive, with or without its root folder.
    package mutating func add(_ fileName: String, of component: ComponentID) {
        guard let path = try? EntryPath(fileName.utf8) else { return }
        let inner = path.below(EntryPath.archiveRoot) ?? path
        owners[inner.description] = component
        // A directory directly below the root contains all components of a type.
        for directory in inner.ancestors.dropFirst() {
            let known = ownersOfDirectories[directory.description] ?? component
            ownersOfDirectories[directory.description] = .some(known == component ? component : nil)
        }
    }

    /// - Returns: `nil` if the properties do not show it.
    func owner(of path: EntryPath) -> ComponentID? {
        let name = path.description
        if let owner = owners[name] { return owner }
        let companion = "-meta.xml"
        if name.hasSuffix(companion), let owner = owners[String(name.dropLast(companion.count))] { return owner }
        for directory in path.ancestors.dropFirst().reversed() {
            if let owner = ownersOfDirectories[directory.description] { return owner }
        }
        return nil
    }
}
