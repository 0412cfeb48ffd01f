internal import MetadataAPI

/// The former pull in the folder, and how it differs from what the org lists now.
struct PullBase {
    let former: FormerPull
    /// The start of the former pull.
    let startedAt: String
    let comparison: ListingComparison
    /// What the org lists now.
    let inventory: Inventory
    /// Whether what has not changed is kept.
    let isKept: Bool

    init(_ former: FormerPull, startedAt: String, inventory: Inventory, isKept: Bool) {
        self.former = former
        self.startedAt = startedAt
        self.inventory = inventory
        comparison = ListingComparison(former.listing.components, inventory)
        self.isKept = isKept
    }
}
