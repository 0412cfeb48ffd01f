/// A component as the org listed it for a pull. It is stored in `aprity-pull.json`, so the property names must not change.
public struct PulledComponent: Codable, Equatable, Sendable {
    public let type: String
    /// The name that a retrieve finds.
    public let fullName: String
    /// The record id; `nil` for standard components.
    let id: String?
    /// The date as the org sent it; `nil` if it sent none.
    let lastModifiedDate: String?
    /// The paths of the component's files, sorted; `nil` if it has none of its own, as a field, or if it was left out.
    var files: [String]?
}

/// What the org listed for a pull. It is stored in `aprity-pull.json`, so the property names must not change.
public struct PullListing: Codable, Equatable, Sendable {
    /// What a pull was to contain. A pull can be brought up to date only by one with an equal scope.
    public struct Scope: Codable, Equatable, Sendable {
        /// The requested types, sorted; `nil` for all.
        let types: [String]?
        let includesInstalled: Bool
        /// SHA-256 of the package that says what to pull, in lower-case hex; `nil` if there is none.
        let packageSHA256: String?

        public init(types: Set<String>?, includesInstalled: Bool) {
            self.types = types?.sorted(by: precedesByBytes)
            self.includesInstalled = includesInstalled
            packageSHA256 = nil
        }

        public init(package: PackageManifest) {
            types = nil
            includesInstalled = false
            var hash = FileHash()
            package.serialized().withUnsafeBytes { hash.update($0) }
            packageSHA256 = hash.finish()
        }
    }

    public let scope: Scope
    /// The id of 18 characters.
    public let organizationID: String
    /// Including the parts of components, such as fields; sorted by type and name.
    public internal(set) var components: [PulledComponent]
    /// By type.
    package internal(set) var sizes: [String: DeliveredSize] = [:]

    package init(scope: Scope, organizationID: String, components: [PulledComponent]) {
        self.scope = scope
        self.organizationID = organizationID
        self.components = components
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        scope = try container.decode(Scope.self, forKey: .scope)
        organizationID = try container.decode(String.self, forKey: .organizationID)
        components = try container.decode([PulledComponent].self, forKey: .components)
        // Records of earlier versions have none.
        sizes = try container.decodeIfPresent([String: DeliveredSize].self, forKey: .sizes) ?? [:]
    }

    private enum CodingKeys: String, CodingKey {
        case scope, components, sizes
        case organizationID = "organizationId"
    }
}
