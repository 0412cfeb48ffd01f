internal import MetadataAPI

/// The result of all retrieves of a pull.
struct PullRetrieved {
    var delivery = PackageDelivery()
    var leftOut: [LeftOut] = []
    /// Whether profiles or permission sets may lack settings because of the split.
    var hasPartialSettings = false
    /// The org's messages that are not about a listed component.
    var messages: [String] = []
    /// How many retrieves were made.
    var count = 0
    /// Rows of the former record that stay.
    var unknown: [PulledComponent] = []
    /// Components that could not be retrieved before, and are tried again.
    var doubtful: Set<ComponentID> = []
    /// The largest weight of a retrieve, in files, after the org has refused a larger one; `nil` if it has refused none.
    var limit: Int?
    /// How many entries of manifests were delivered, and how many there are.
    var entries = 0
    var allEntries = 0
}
