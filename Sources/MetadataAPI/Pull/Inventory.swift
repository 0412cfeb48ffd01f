/// Finds out what there is to pull, and writes the manifest that names it all.
///
/// A value without I/O: send the calls of ``outstanding`` in any order, several at once if you like, and record what came
/// of each; when none is left, ``manifest`` is complete. The same answers give the same manifest in whatever order they
/// come.
public struct Inventory: Sendable {
    public struct Options: Equatable, Sendable {
        /// The only types to pull; `nil` for all. A child type such as `CustomField` is taken only when named here.
        public var types: Set<String>?
        /// Take the components that managed packages brought along too.
        public var includesInstalled = false

        public init(types: Set<String>? = nil, includesInstalled: Bool = false) {
            self.types = types
            self.includesInstalled = includesInstalled
        }
    }

    /// What came of one call.
    public enum Outcome: Equatable, Sendable {
        case listed([FileProperties])
        /// The org answered with a fault of ``SOAPFault/Kind/invalidType``. For every other fault the pull must end, or
        /// the call must be sent again.
        case typeRefused(SOAPFault)
    }

    /// The recorded call is not outstanding, or its fault says nothing about types. The inventory is unchanged.
    public struct Refusal: Error, Equatable, CustomStringConvertible {
        public let batch: ListBatch
        public var description: String {
            "The answer does not belong here: \(batch.queries.map(\.type).joined(separator: ", "))."
        }
    }

    /// The `listMetadata` calls to send now.
    public private(set) var outstanding: [ListBatch]
    public let version: APIVersion
    private let options: Options
    private let types: [MetadataDescription.TypeDescription]
    private var found: PackageManifest
    private var foldersByType: [String: Set<String>] = [:]
    private var hasAskedForContents = false
    private var noted: Set<InventoryFinding>

    public init(of description: MetadataDescription, version: APIVersion, options: Options = Options()) {
        self.version = version
        self.options = options
        types = description.types
        found = PackageManifest(version: version)
        let children = Set(description.types.flatMap(\.childTypes))
        let known = Set(description.types.map(\.name))
        noted = Set((options.types ?? []).subtracting(known).subtracting(children).map { .typeUnknown($0) })

        let wanted = description.types.filter { options.types?.contains($0.name) ?? true }
        // Rows of different folder types are not told apart by their `type`, so each has a call of its own.
        let folderTypes = wanted.filter(\.isInFolder).flatMap { MetadataFolders.folderTypes(of: $0.name) }
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

    /// The manifest, `nil` as long as calls are outstanding.
    public var manifest: PackageManifest? { outstanding.isEmpty ? found : nil }

    /// What was left out and why, sorted by its sentence.
    public var findings: [InventoryFinding] { noted.sorted { precedesByBytes($0.description, $1.description) } }

    /// Records what came of an outstanding call.
    ///
    /// When a call with several types is refused, the types are asked for one by one; only the one that is refused on
    /// its own is dropped.
    public mutating func record(_ outcome: Outcome, of batch: ListBatch) throws(Refusal) {
        guard let index = outstanding.firstIndex(of: batch) else { throw Refusal(batch: batch) }
        switch outcome {
        case .typeRefused(let fault):
            guard fault.kind == .invalidType else { throw Refusal(batch: batch) }
            outstanding.remove(at: index)
            if batch.queries.count == 1 {
                noted.insert(.typeRefused(type: batch.queries[0].type, message: fault.string))
            } else {
                outstanding.insert(contentsOf: batch.queries.map { ListBatch($0) }, at: index)
            }
        case .listed(let rows):
            outstanding.remove(at: index)
            if let contentType = contentType(listedBy: batch) {
                takeFolders(rows, of: contentType)
            } else {
                for row in rows { take(row, answering: batch) }
            }
        }
        askForContentsWhenFoldersAreKnown()
    }

    /// The content type whose folders a call lists; `nil` for a call that lists components.
    private func contentType(listedBy batch: ListBatch) -> String? {
        guard batch.queries.count == 1, batch.queries[0].folder == nil else { return nil }
        return types.first {
            $0.isInFolder && MetadataFolders.folderTypes(of: $0.name).contains(batch.queries[0].type)
        }?.name
    }

    private mutating func takeFolders(_ rows: [FileProperties], of contentType: String) {
        for row in rows {
            foldersByType[contentType, default: []].insert(row.fullName)
            if row.fullName != MetadataFolders.unfiled, isWanted(row) { insert(row.fullName, of: contentType) }
        }
    }

    private mutating func take(_ row: FileProperties, answering batch: ListBatch) {
        guard isWanted(row) else { return }
        guard let type = type(of: row, answering: batch) else {
            noted.insert(.rowWithoutType(fullName: row.fullName))
            return
        }
        insert(row.fullName, of: type)
    }

    private func isWanted(_ row: FileProperties) -> Bool { options.includesInstalled || !row.isInstalled }

    /// The row's own word if it is one of the types asked for; else the only type asked for; else the type whose
    /// directory the file is in.
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

    /// The contents of folders are asked for once all folders are known, so that three fit into each call.
    private mutating func askForContentsWhenFoldersAreKnown() {
        guard outstanding.isEmpty, !hasAskedForContents else { return }
        hasAskedForContents = true
        var queries: [ListQuery] = []
        for type in types where type.isInFolder && options.types?.contains(type.name) ?? true {
            var folders = foldersByType[type.name] ?? []
            if MetadataFolders.hasUnfiled(type.name) { folders.insert(MetadataFolders.unfiled) }
            queries += folders.sorted(by: precedesByBytes).map { ListQuery(type: type.name, folder: $0) }
        }
        outstanding = ListBatch.batches(of: queries)
    }
}
