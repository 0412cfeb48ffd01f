internal import Foundation
internal import MetadataAPI

/// Collects what an org delivered, and compares it with what a package names.
///
/// An org may spell a name differently from the package, with other capitals or percent-encoded characters. Such names
/// count as the same.
struct PackageDelivery {
    private struct Component: Hashable {
        let type: String
        let name: String

        init(_ type: String, _ name: String) {
            self.type = type
            self.name = (name.removingPercentEncoding ?? name).lowercased()
        }
    }

    private var components: Set<Component> = []
    /// The components of which a file was delivered.
    private var filed: Set<Component> = []
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
        for file in result.fileProperties {
            guard let type = file.type else { continue }
            add(file.fullName, of: type)
            filed.insert(Component(type, file.fullName))
        }
    }

    /// Whether a file of the component, or the file of its parent, was delivered.
    func hasFile(of component: ListedComponent) -> Bool {
        filed.contains(Component(component.type, component.fullName))
            || filed.contains(Component(component.holder.type, component.holder.name))
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
        components.insert(Component(type, name))
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
                    return components.contains(Component(type, member)) ? nil : .init(type: type, name: member)
                }
                return types.contains(type) ? nil : .init(type: type, name: nil)
            }
        }
    }
}
