/// Finds the components to pull, and builds the manifest that names them.
///
/// This is a value without I/O. Send the calls of ``outstanding`` in any order or concurrently, and record the outcome
/// of each. Recording can add calls. When none is left, ``manifest`` is complete. The order of the answers does not
/// affect the manifest.
public struct Inventory: Sendable {
    /// What to pull.
    public struct Options: Equatable, Sendable {
        /// The types to pull; `nil` for all types. A child type such as `CustomField` is pulled only if it is named
        /// here.
        var types: Set<String>?
        /// Whether to include components of installed managed packages.
        var includesInstalled = false

        public init(types: Set<String>? = nil, includesInstalled: Bool = false) {
            self.types = types
            self.includesInstalled = includesInstalled
        }
    }

    /// The outcome of one call.
    public enum Outcome: Equatable, Sendable {
        /// The rows of the reply, in any order.
        case listed([FileProperties])
        /// The org answered with a fault of ``SOAPFault/Kind/invalidType``. After any other fault, send the call again
        /// or end the pull.
        case typeRefused(SOAPFault)
    }

    /// The error for a call that is not outstanding, or whose fault is not about a type. The inventory is unchanged.
    public struct UnexpectedOutcome: Error, Equatable, CustomStringConvertible {
        let batch: ListBatch
        public var description: String {
            "The call is not outstanding, or its fault is not about a type (\(batch.queries.map(\.type).joined(separator: ", ")))."
        }
    }

    /// The `listMetadata` calls to send now.
    public private(set) var outstanding: [ListBatch]
    let version: APIVersion
    private let options: Options
    private let types: [MetadataDescription.TypeDescription]
    private var found: PackageManifest
    private var foldersByType: [String: Set<String>] = [:]
    private var hasAskedForContents = false
    private var noted: Set<InventoryFinding>

    /// - Parameters:
    ///   - description: The org's types, from `describeMetadata` in the same version.
    ///   - version: The version of the calls and the manifest.
    ///   - options: What to pull.
    public init(of description: MetadataDescription, version: APIVersion, options: Options = Options()) {
        self.version = version
        self.options = options
        types = description.types
        found = PackageManifest(version: version)
        let children = Set(description.types.flatMap(\.childTypes))
        let known = Set(description.types.map(\.name))
        noted = Set((options.types ?? []).subtracting(known).subtracting(children).map { .typeUnknown($0) })

        let wanted = description.types.filter { options.types?.contains($0.name) ?? true }
        // The `type` of a row does not distinguish folder types, so each folder type has its own call.
        let folderTypes = wanted.filter(\.isInFolder).flatMap { FolderRules.folderTypes(of: $0.name) }
        let plain = wanted.filter { !$0.isInFolder && $0.name != StandardValueSetNames.type }.map(\.name)
        let wantedChildren = children.subtracting(known).intersection(options.types ?? []).sorted(by: precedesByBytes)
        outstanding =
            folderTypes.map { ListBatch(ListQuery(type: $0)) }
            + ListBatch.batches(of: (plain + wantedChildren).map { ListQuery(type: $0) })
        if wanted.contains(where: { $0.name == StandardValueSetNames.type }) {
            for name in StandardValueSetNames.all { insert(name, of: StandardValueSetNames.type) }
        }
        askForContentsWhenFoldersAreKnown()
    }

    /// The complete manifest; `nil` while calls are outstanding.
    public var manifest: PackageManifest? { outstanding.isEmpty ? found : nil }

    /// What was omitted and why, sorted by description.
    public var findings: [InventoryFinding] { noted.sorted { precedesByBytes($0.description, $1.description) } }

    /// Records the outcome of an outstanding call.
    ///
    /// If a call with several types is refused, each type gets its own call. Only a type that is then refused is
    /// omitted.
    ///
    /// - Throws: ``UnexpectedOutcome`` if the call is not outstanding, or its fault is not about a type.
    public mutating func record(_ outcome: Outcome, of batch: ListBatch) throws(UnexpectedOutcome) {
        guard let index = outstanding.firstIndex(of: batch) else { throw UnexpectedOutcome(batch: batch) }
        switch outcome {
        case .typeRefused(let fault):
            guard fault.kind == .invalidType else { throw UnexpectedOutcome(batch: batch) }
            outstanding.remove(at: index)
            if batch.queries.count == 1 {
                noted.insert(.typeRefused(type: batch.queries[0].type, message: fault.string))
            } else {
                outstanding.insert(contentsOf: batch.queries.map { ListBatch($0) }, at: index)
            }
        case .listed(let rows):
            outstanding.remove(at: index)
            if let contentType = contentType(listedBy: batch) {
                addFolders(rows, of: contentType)
            } else {
                for row in rows { add(row, answering: batch) }
            }
        }
        askForContentsWhenFoldersAreKnown()
    }

    /// Returns the content type whose folders a call lists, or `nil` for a call that lists components.
    private func contentType(listedBy batch: ListBatch) -> String? {
        guard batch.queries.count == 1, batch.queries[0].folder == nil else { return nil }
        return types.first {
            $0.isInFolder && FolderRules.folderTypes(of: $0.name).contains(batch.queries[0].type)
        }?.name
    }

    private mutating func addFolders(_ rows: [FileProperties], of contentType: String) {
        for row in rows {
            foldersByType[contentType, default: []].insert(row.fullName)
            if row.fullName != FolderRules.unfiled, isWanted(row) { insert(row.fullName, of: contentType) }
        }
    }

    private mutating func add(_ row: FileProperties, answering batch: ListBatch) {
        guard isWanted(row) else { return }
        guard let type = type(of: row, answering: batch) else {
            noted.insert(.rowWithoutType(fullName: row.fullName))
            return
        }
        insert(row.fullName, of: type)
    }

    private func isWanted(_ row: FileProperties) -> Bool { options.includesInstalled || !row.isInstalled }

    /// Returns the row's own type if it was queried; otherwise the only queried type; otherwise the only queried type
    /// whose directory contains the file. `nil` if none of these exists.
    private func type(of row: FileProperties, answering batch: ListBatch) -> String? {
        let asked = Set(batch.queries.map(\.type))
        if let type = row.type, asked.contains(type) { return type }
        if asked.count == 1 { return asked.first }
        let directory = row.fileName?.split(separator: "/").first.map(String.init)
        let candidates = types.filter { asked.contains($0.name) && $0.directoryName == directory }
        return candidates.count == 1 ? candidates[0].name : nil
    }

    private mutating func insert(_ member: String, of type: String) {
        do { try found.insert(member, of: type) } catch { noted.insert(.memberUnusable(type: type)) }
    }

    /// Adds the calls for the contents of folders. They wait until all folders are known, so that each call can contain
    /// three queries.
    private mutating func askForContentsWhenFoldersAreKnown() {
        guard outstanding.isEmpty, !hasAskedForContents else { return }
        hasAskedForContents = true
        var queries: [ListQuery] = []
        for type in types where type.isInFolder && options.types?.contains(type.name) ?? true {
            var folders = foldersByType[type.name] ?? []
            if FolderRules.hasUnfiled(type.name) { folders.insert(FolderRules.unfiled) }
            queries += folders.sorted(by: precedesByBytes).map { ListQuery(type: type.name, folder: $0) }
        }
        outstanding = ListBatch.batches(of: queries)
    }
}
