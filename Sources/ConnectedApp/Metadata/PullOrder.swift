internal import MetadataAPI

/// What a pull is to deliver.
struct PullOrder {
    /// What the org lists.
    struct Listing {
        let inventory: Inventory
        let components: [ListedComponent]
        let scope: PullListing.Scope
    }

    let version: APIVersion
    let manifest: PackageManifest
    /// The org's id of 18 characters.
    let organizationID: String
    /// `nil` if a package says what to retrieve.
    let listing: Listing?
    /// What the org could not list.
    let leftOut: [LeftOut]

    init(_ package: PackageManifest, organizationID: String) {
        self.organizationID = organizationID
        version = package.version
        manifest = package
        listing = nil
        leftOut = []
    }

    /// - Parameter scope: `nil` only if there is a package.
    init(_ components: MetadataReader.Components, _ scope: PullListing.Scope?, organizationID: String) {
        version = components.version
        self.organizationID = organizationID
        var manifest = components.manifest
        manifest.version = components.version
        self.manifest = manifest
        listing = scope.map {
            Listing(inventory: components.inventory, components: components.listed, scope: $0)
        }
        leftOut = components.leftOut
    }

    /// - Parameters:
    ///   - doubtful: Components that could not be retrieved before, and are tried again.
    ///   - limit: What the org has shown of its limit, in files.
    ///   - former: The former pull in the folder.
    func scheduleOptions(
        _ request: PullRequest, doubtful: Set<ComponentID>, limit: Int?, learningFrom former: PullListing?
    ) -> RetrieveSchedule.Options {
        var options = RetrieveSchedule.Options(repeatsMissing: listing != nil)
        options.limit = min(request.partLimit, limit ?? request.partLimit)
        options.doubtful = doubtful
        if let listing { options.sizes = listing.inventory.sizeEstimate(learningFrom: former) }
        if listing != nil { options.optionalTypes = [StandardValueSetNames.type] }
        return options
    }

    /// What the journal of the pull begins with.
    var beginning: PullListing {
        listing.map { PullListing($0.inventory, scope: $0.scope, organizationID: organizationID, unknown: []) }
            ?? PullListing(scope: .init(package: manifest), organizationID: organizationID, components: [])
    }

    /// How many components are listed, or named by the package.
    var count: Int { listing?.components.count ?? manifest.memberCount }

    /// Returns the list for the record of the pull.
    ///
    /// - Parameter unknown: Rows of the former record that stay.
    func record(unknown: [PulledComponent]) -> PullListing? {
        listing.map {
            PullListing($0.inventory, scope: $0.scope, organizationID: organizationID, unknown: unknown)
        }
    }

    /// A note about profiles that are incomplete because of the requested types.
    func notes(_ request: PullRequest) -> [String] {
        guard request.package == nil, request.types != nil, manifest.types.contains("Profile") else { return [] }
        return ["The profiles contain only settings for components of the types of this pull, and user permissions."]
    }
}
