internal import Foundation
internal import MetadataAPI

/// What an org delivered of a package.
///
/// An org may spell a name differently than the package: with other capitals, or with characters percent-encoded. Such names
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
    private var types: Set<String> = []
    /// Whether the org sent a message with a reply.
    private(set) var hasMessages = false
    /// Types whose `*` the org took for a name, which it did not find.
    private var typesWithoutWildcard: Set<String> = []

    mutating func add(_ result: RetrieveResult) {
        hasMessages = hasMessages || !result.messages.isEmpty
        for message in result.messages {
            if let (type, name) = message.quoted, name == "*" { typesWithoutWildcard.insert(type) }
        }
        for file in result.fileProperties { if let type = file.type { add(file.fullName, of: type) } }
    }

    /// - Parameter manifest: The one in the archives, without what the org said it did not find.
    mutating func add(_ manifest: PackageManifest?) {
        for type in manifest?.types ?? [] {
            for member in manifest?.members(of: type) ?? [] { add(member, of: type) }
        }
    }

    private mutating func add(_ name: String, of type: String) {
        types.insert(type)
        components.insert(Component(type, name))
    }

    /// The types that the package names with `*` although they have none: an org looks for a component of that name. For a type
    /// that merely has no components, it sends no message.
    func refusedWildcards(of package: PackageManifest) -> [String] {
        package.types.filter { typesWithoutWildcard.contains($0) && package.contains("*", of: $0) }
    }

    /// What the package names and did not come, in its order: members, or a whole type if all of its members are wanted and
    /// none came.
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
