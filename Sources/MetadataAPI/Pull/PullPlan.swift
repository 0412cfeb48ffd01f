/// What a pull has to retrieve to bring a former one up to date.
///
/// A component is kept if neither its row nor one of its parts has changed, the org dates it, and its files are as the pull
/// wrote them. Everything else is retrieved.
///
/// Profiles and permission sets have settings for other components. If such a component has changed, those that have not
/// changed themselves are retrieved with it, and merged with what is kept of them. Those that have changed themselves are
/// retrieved with every component that they can have settings for.
public struct PullPlan: Sendable {
    /// What to retrieve first.
    public let first: PackageManifest
    /// What to retrieve then: the profiles and permission sets that have changed, with all that they can refer to. Other
    /// files in its archives may be in those of the first manifest too.
    public let settings: PackageManifest
    /// What to take over from the former pull.
    public let kept: MetadataFolder.Kept
    /// Rows of the former list about which nothing is known now. They stay in the record.
    public let unknown: [PulledComponent]
    private let keptSettings: ManifestPart
    private let keptObjects: ManifestPart
    /// Families of components that were listed before, but of which the former pull has no files.
    private let missingBefore: Set<ComponentFamily>

    /// Types to whose components no element of `Profile` and `PermissionSet` refers, according to the Metadata API Developer
    /// Guide.
    fileprivate static let typesWithoutSettings: Set<String> = [
        "ApexComponent", "ApexTrigger", "AuraDefinitionBundle", "ContentAsset", "CustomObjectTranslation", "Dashboard",
        "Document", "EmailTemplate", "LightningComponentBundle", "Report", "StandardValueSet", "StaticResource",
        "Translations", "Workflow",
    ]

    /// - Parameters:
    ///   - manifest: Everything to pull.
    ///   - former: The record of the former pull.
    ///   - comparison: The difference between its list and the inventory.
    ///   - intact: The components of the former pull whose files are as the pull wrote them.
    public init(
        _ manifest: PackageManifest, _ former: PullListing, _ comparison: ListingComparison, intact: [PulledComponent],
        _ inventory: Inventory
    ) {
        let stale = comparison.changed.union(comparison.uncertain).union(comparison.removed)
        // Components that no org lists, such as standard value sets, have no date.
        let certain = Set(inventory.components.map(\.family)).subtracting(stale)
            .union(comparison.unknown.map { inventory.family(of: $0) })
        let keptComponents = intact.filter { certain.contains(inventory.family(of: $0)) }
        let keptFamilies = Set(keptComponents.map { inventory.family(of: $0) })
        let (keptPart, fetched) = ManifestPart(manifest).divided { keptFamilies.contains($0.id) }
        let (keptSettings, keptOthers) = keptPart.divided { RetrieveSchedule.settingTypes.contains($0.id.type) }
        let (staleSettings, others) = fetched.divided { RetrieveSchedule.settingTypes.contains($0.id.type) }

        let concerned = others.families.map(\.id).filter { $0.mayHaveSettings && comparison.changed.contains($0) }
        let keptObjects = keptOthers.divided { $0.id.type == "CustomObject" }.matching
        let isMerging = !concerned.isEmpty && !keptSettings.families.isEmpty
        if !staleSettings.families.isEmpty, !isMerging {
            first = others.divided { $0.id.mayHaveSettings }.others.manifest
        } else {
            first =
                isMerging
                ? (others + keptObjects.objects(of: concerned) + keptSettings).manifest : others.manifest
        }
        settings =
            staleSettings.families.isEmpty
            ? PackageManifest(version: manifest.version)
            : ((keptOthers + others).divided { $0.id.mayHaveSettings }.matching + staleSettings).manifest
        kept = MetadataFolder.Kept(
            components: keptComponents, lost: Set(comparison.removed.union(concerned).map(\.id)),
            version: manifest.version)
        unknown = comparison.unknown
        self.keptSettings = keptSettings
        self.keptObjects = keptObjects
        let withFiles = Set(former.components.filter { $0.files != nil }.map { inventory.family(of: $0) })
        missingBefore = Set(others.families.map(\.id)).subtracting(withFiles).subtracting(comparison.changed)
            .filter(\.mayHaveSettings)
    }

    /// Returns what to retrieve in the end: kept profiles and permission sets with the components that the org could not
    /// deliver before and has delivered now.
    ///
    /// - Parameter isDelivered: Whether the component with this type and name was delivered.
    public func last(_ isDelivered: (String, String) -> Bool) -> PackageManifest {
        let late = ManifestPart(first).divided {
            missingBefore.contains($0.id) && $0.members.contains { isDelivered($0.type, $0.name) }
        }.matching
        guard !late.families.isEmpty, !keptSettings.families.isEmpty else {
            return PackageManifest(version: first.version)
        }
        return (late + keptObjects.objects(of: late.families.map(\.id)) + keptSettings).manifest
    }
}

extension ComponentFamily {
    fileprivate var mayHaveSettings: Bool { !PullPlan.typesWithoutSettings.contains(type) }
}

extension ManifestPart {
    /// Returns the objects whose layouts are among these families. A profile has the assignments of a layout only if the
    /// object is in the same retrieve (salto-io/salto, `src/fetch.ts`).
    fileprivate func objects(of families: [ComponentFamily]) -> ManifestPart {
        let names = Set(families.filter { $0.type == "Layout" }.map { $0.name.prefix { $0 != "-" } })
        return divided { names.contains($0.id.name[...]) }.matching
    }
}
