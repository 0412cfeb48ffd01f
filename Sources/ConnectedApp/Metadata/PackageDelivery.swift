internal import MetadataAPI

/// Collects what an org delivered, and compares it with what a package names.
struct PackageDelivery {
    private var components: Set<ComponentID> = []
    /// The components of which a file was delivered.
    private var filed: Set<ComponentID> = []
    private var types: Set<String> = []
    /// Whether a reply of the org contained a message.
    private(set) var hasMessages = false
    /// Types for which the org treated `*` as a name, and did not find it.
    private var typesWithoutWildcard: Set<String> = []

    /// Adds the result of one retrieve.
    mutating func add(_ result: RetrieveResult) {
        hasMessages = hasMessages || !result.messages.isEmpty
        for message in result.messages {
            if let (type, name) = message.quoted, name == "*" { typesWithoutWildcard.insert(type) }
        }
        for file in result.files {
            guard let type = file.type else { continue }
            add(file.fullName, of: type)
            filed.insert(ComponentID(type, file.fullName))
        }
    }

    /// Whether a file of the component, or the file of its parent, was delivered.
    func hasFile(of type: String, named name: String) -> Bool {
        filed.contains(ComponentID(type, name))
            || filed.contains(ComponentFamily(type: type, member: name).id)
    }

    /// Adds the manifest of the archives. It also names components that have no file of their own.
    ///
    /// - Parameter manifest: Without the components that the org reported as missing; `nil` if there was no archive.
    mutating func add(_ manifest: PackageManifest?) {
        for type in manifest?.types ?? [] {
            for member in manifest?.members(of: type) ?? [] { add(member, of: type) }
        }
    }

    private mutating func add(_ name: String, of type: String) {
        types.insert(type)
        components.insert(ComponentID(type, name))
    }

    /// The types that the package names with `*` although they do not support it. For such a type, an org searches for
    /// a component named `*` and sends a message. If a type supports `*` but has no components, it sends none.
    func refusedWildcards(of package: PackageManifest) -> [String] {
        package.types.filter { typesWithoutWildcard.contains($0) && package.contains("*", of: $0) }
    }

    /// What the package names and the org did not deliver, in the package's order. If the package requests all members
    /// of a type and none was delivered, the result names the type only.
    func missing(of package: PackageManifest) -> [PullView.Missing] {
        package.types.flatMap { type in
            package.members(of: type).compactMap { member -> PullView.Missing? in
                guard member == "*" else {
                    return components.contains(ComponentID(type, member)) ? nil : .init(type: type, name: member)
                }
                return types.contains(type) ? nil : .init(type: type, name: nil)
            }
        }
    }
}
