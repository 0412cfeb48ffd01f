extension PullListing {
    /// The list for the record of a pull, without files.
    ///
    /// - Parameters:
    ///   - inventory: A complete inventory.
    ///   - unknown: Rows of the former record about which the inventory knows nothing.
    package init(_ inventory: Inventory, scope: Scope, organizationID: String, unknown: [PulledComponent]) {
        let standardValueSets = inventory.manifest?.members(of: StandardValueSetNames.type) ?? []
        let rows =
            inventory.components.map(\.pulled) + inventory.parts.map(\.row)
            + standardValueSets.map {
                PulledComponent(
                    type: StandardValueSetNames.type, fullName: $0, id: nil, lastModifiedDate: nil, files: nil)
            } + unknown
        self.init(
            scope: scope, organizationID: organizationID,
            components: rows.sorted {
                $0.type == $1.type ? precedesByBytes($0.fullName, $1.fullName) : precedesByBytes($0.type, $1.type)
            })
    }
}
