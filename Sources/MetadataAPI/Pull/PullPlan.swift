/// What a pull has to retrieve, if a former or an interrupted pull is there.
///
/// A component is kept from the former pull if neither its row nor one of its parts has changed, the org dates it, and its
/// files are as the pull wrote them. It is resumed if the interrupted pull has its files, and its row, which has a date, has not
/// changed since.
/// Everything else is retrieved.
///
/// Profiles and permission sets have settings for other components. One that has not changed itself is retrieved with the
/// components that have changed, and merged with what is kept of it. Any other is retrieved with every component that it can
/// have settings for, except for those with which the interrupted pull has already retrieved it.
public struct PullPlan: Sendable {
    /// The pull that is brought up to date.
    public struct Former {
        let listing: PullListing
        let comparison: ListingComparison
        /// The list that the comparison is with.
        let inventory: Inventory
        /// The components whose files are as the pull wrote them.
        let intact: [PulledComponent]

        public init(
            _ listing: PullListing, _ comparison: ListingComparison, _ inventory: Inventory, intact: [PulledComponent]
        ) {
            self.listing = listing
            self.comparison = comparison
            self.inventory = inventory
            self.intact = intact
        }
    }

    /// The pull that is resumed.
    public struct Interrupted {
        /// The difference between its list and the present one.
        let comparison: ListingComparison
        let content: InterruptedPull.Content

        public init(_ comparison: ListingComparison, _ content: InterruptedPull.Content) {
            self.comparison = comparison
            self.content = content
        }

        /// An interrupted pull of a package. Nothing is listed for it, so what it has delivered counts as unchanged.
        public init(ofPackage content: InterruptedPull.Content) {
            self.init(ListingComparison.unchanged, content)
        }
    }

    /// What to retrieve first.
    public let first: PackageManifest
    /// What to retrieve then: profiles and permission sets without a base, with all that they can refer to. Other files in
    /// its archives may be in those of the first manifest too.
    public let settings: PackageManifest
    /// What to take over from the former pull.
    public let kept: MetadataFolder.Kept
    /// What to take over from the interrupted pull; `nil` if there is none.
    public let resumed: MetadataFolder.Resumed?
    /// Rows of the former list about which nothing is known now. They stay in the record.
    public let unknown: [PulledComponent]
    /// The profiles and permission sets that are kept.
    private let keptSettings: ManifestPart
    private let objects: ManifestPart
    /// Families of components that were listed before, but of which the former pull has no files.
    private let missingBefore: Set<ComponentFamily>

    /// Types to whose components no element of `Profile` and `PermissionSet` refers, according to the Metadata API Developer
    /// Guide.
    fileprivate static let typesWithoutSettings: Set<String> = [
        "ApexComponent", "ApexTrigger", "AuraDefinitionBundle", "ContentAsset", "CustomObjectTranslation", "Dashboard",
        "Document", "EmailTemplate", "LightningComponentBundle", "Report", "StandardValueSet", "StaticResource",
        "Translations", "Workflow",
    ]

    /// - Parameter manifest: Everything to pull.
    public init(_ manifest: PackageManifest, former: Former? = nil, interrupted: Interrupted? = nil) {
        let (settings, others) = ManifestPart(manifest).divided { RetrieveSchedule.settingTypes.contains($0.id.type) }
        objects = others.divided { $0.id.type == "CustomObject" }.matching
        let resuming = interrupted.map { Resuming($0, settings, others) }
        let keeping = former.map { Keeping($0, except: resuming?.families ?? []) }

        let isKept = { (family: ManifestPart.Family) in keeping?.families.contains(family.id) ?? false }
        let fetched = others.divided { isKept($0) || resuming?.families.contains($0.id) ?? false }.others
        let (based, baseless) = settings.divided(by: isKept)
        let changed = former?.comparison.changed ?? []
        let concerned = others.divided { $0.id.mayHaveSettings && changed.contains($0.id) && !isKept($0) }.matching
        let relevant = others.divided { $0.id.mayHaveSettings }.matching

        let forBased = concerned.lacking(in: based, resuming)
        let forBaseless = relevant.lacking(in: baseless, resuming)
        let isMerging = !based.families.isEmpty && !forBased.families.isEmpty
        let isRetrievingBaseless =
            !forBaseless.families.isEmpty && !baseless.families.isEmpty
            || baseless.families.contains { !(resuming?.settings.keys.contains($0.id) ?? false) }
        self.settings =
            isRetrievingBaseless
            ? (forBaseless + baseless).manifest : PackageManifest(version: manifest.version)
        if isMerging {
            first = fetched.united(with: forBased).united(with: objects.ofLayouts(among: forBased) + based).manifest
        } else {
            first = (isRetrievingBaseless ? fetched.divided { $0.id.mayHaveSettings }.others : fetched).manifest
        }
        kept = MetadataFolder.Kept(
            components: keeping?.components ?? [],
            lost: Set((former?.comparison.removed ?? []).map(\.id) + concerned.families.map(\.id.id)),
            version: manifest.version)
        resumed = resuming?.resumed(manifest.version)
        unknown = former?.comparison.unknown ?? []
        keptSettings = based
        let withFiles = former.map { former in
            Set(former.listing.components.filter { $0.files != nil }.map { former.inventory.family(of: $0) })
        }
        missingBefore = Set(fetched.families.map(\.id).filter(\.mayHaveSettings)).subtracting(withFiles ?? [])
            .subtracting(changed)
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
        return late.united(with: objects.ofLayouts(among: late) + keptSettings).manifest
    }
}

extension PullPlan {
    /// What is kept of the former pull.
    private struct Keeping {
        let components: [PulledComponent]
        let families: Set<ComponentFamily>

        /// - Parameter others: Families that are not taken from it.
        init(_ former: Former, except others: Set<ComponentFamily>) {
            let (comparison, inventory) = (former.comparison, former.inventory)
            // Of a part that the org could not list now, the component is known, and has to be retrieved.
            let unknown = comparison.unknown.filter { !inventory.isPart($0.type) }.map { inventory.family(of: $0) }
            // Components that no org lists, such as standard value sets, have no date.
            let certain = Set(inventory.components.map(\.family)).subtracting(comparison.changed)
                .subtracting(comparison.uncertain).union(unknown).subtracting(others)
            components = former.intact.filter { certain.contains(inventory.family(of: $0)) }
            families = Set(components.map { inventory.family(of: $0) })
        }
    }

    /// What is there of the interrupted pull.
    fileprivate struct Resuming {
        let families: Set<ComponentFamily>
        /// The families with which each profile and permission set was retrieved.
        let settings: [ComponentFamily: Set<ComponentID>]
        private let interrupted: Interrupted
        private let components: [PulledComponent]
        private let settingComponents: [PulledComponent]

        init(_ interrupted: Interrupted, _ settings: ManifestPart, _ others: ManifestPart) {
            self.interrupted = interrupted
            // What has no date can have changed since.
            let changed = interrupted.comparison.changed.union(interrupted.comparison.uncertain)
            let files = interrupted.content.files
            let there = others.divided { family in
                !changed.contains(family.id)
                    && family.members.contains { files.keys.contains(ComponentID($0.type, $0.name)) }
            }.matching
            let families = Set(there.families.map(\.id))
            let layers = Dictionary(grouping: interrupted.content.layers, by: \.owner)
            let covered = settings.families.compactMap { family -> (ComponentFamily, Set<ComponentID>)? in
                guard !changed.contains(family.id), let layers = layers[family.id.id] else { return nil }
                let all = layers.reduce(into: Set<ComponentID>()) { $0.formUnion($1.families) }
                return (family.id, all.intersection(families.map(\.id)))
            }
            self.families = families
            self.settings = Dictionary(covered) { $1 }
            components = there.rows { files.keys.contains(ComponentID($0, $1)) }
            settingComponents = settings.divided { [settings = self.settings] in settings[$0.id] != nil }
                .matching.rows { _, _ in true }
        }

        func resumed(_ version: APIVersion) -> MetadataFolder.Resumed {
            let all = interrupted.content.layers.reduce(into: Set<ComponentID>()) { $0.formUnion($1.families) }
            return MetadataFolder.Resumed(
                content: interrupted.content, components: components, settings: settingComponents,
                outdated: all.subtracting(families.map(\.id)).subtracting(settings.keys.map(\.id)), version: version)
        }
    }
}

extension ComponentFamily {
    fileprivate var mayHaveSettings: Bool { !PullPlan.typesWithoutSettings.contains(type) }
}

extension ManifestPart {
    /// Returns the families with which at least one of the profiles and permission sets still has to be retrieved.
    fileprivate func lacking(in settings: ManifestPart, _ resuming: PullPlan.Resuming?) -> ManifestPart {
        guard let resuming, let first = settings.families.first else { return self }
        let common = settings.families.dropFirst().reduce(resuming.settings[first.id] ?? []) {
            $0.intersection(resuming.settings[$1.id] ?? [])
        }
        return divided { common.contains($0.id.id) }.others
    }

    /// Returns the objects whose layouts are among the families of the other part.
    fileprivate func ofLayouts(among part: ManifestPart) -> ManifestPart {
        let objects = Set(part.families.compactMap(\.id.objectOfLayout))
        return divided { objects.contains($0.id) }.matching
    }

    fileprivate func united(with other: ManifestPart) -> ManifestPart {
        let known = Set(families.map(\.id))
        return self + other.divided { known.contains($0.id) }.others
    }

    /// The members as rows without id, date and files.
    fileprivate func rows(_ isIncluded: (_ type: String, _ name: String) -> Bool) -> [PulledComponent] {
        families.flatMap { family in
            family.members.filter { isIncluded($0.type, $0.name) }.map {
                PulledComponent(type: $0.type, fullName: $0.name, id: nil, lastModifiedDate: nil, files: nil)
            }
        }
    }
}
