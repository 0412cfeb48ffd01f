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
        /// Whether to list the parts of components too, such as fields. A change of a part does not change the date of the
        /// component, and a removed part leaves no trace but a missing row.
        var listsParts = false

        public init(types: Set<String>? = nil, includesInstalled: Bool = false, listsParts: Bool = false) {
            self.types = types
            self.includesInstalled = includesInstalled
            self.listsParts = listsParts
        }

        /// The options for a list that can be compared with that of a pull.
        public init(scope: PullListing.Scope) {
            self.init(
                types: scope.types.map(Set.init), includesInstalled: scope.includesInstalled, listsParts: true)
        }
    }

    /// The outcome of one call.
    public enum Outcome: Equatable, Sendable {
        /// The rows of the reply, in any order.
        case listed([FileProperties])
        /// The org answered with a fault. If the call has a single query, it was repeated as often as is sensible.
        case refused(SOAPFault)
    }

    /// The error for a call that is not outstanding. The inventory is unchanged.
    public struct UnexpectedOutcome: Error, Equatable, CustomStringConvertible {
        let batch: ListBatch
        public var description: String {
            "The call is not outstanding (\(batch.queries.map(\.type).joined(separator: ", ")))."
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
    private var listed: [Key: ListedComponent] = [:]
    private var omitted: Set<LeftOut> = []
    /// The parent types of the types of parts.
    let parents: [String: String]
    private var listedParts: [Key: ListedRow] = [:]
    /// The types of parts that the org could not list, or has not listed although it may have some.
    package private(set) var unlistedPartTypes: Set<String> = []
    /// Types of parts for which an org lists nothing, but which are in the retrieved component (forcedotcom/source-deploy-retrieve,
    /// `src/resolve/connectionResolver.ts`).
    private static let neverListed: Set<String> = ["BotVersion"]
    /// The requested types that the org does not have, sorted.
    public let unknownTypes: [String]

    private struct Key: Hashable {
        let type: String
        let fullName: String
    }

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
        unknownTypes = (options.types ?? []).subtracting(known).subtracting(children).sorted(by: precedesByBytes)

        let wanted = description.types.filter { options.types?.contains($0.name) ?? true }
        // The `type` of a row does not distinguish folder types, so each folder type has its own call.
        let folderTypes = wanted.filter(\.isInFolder).flatMap { FolderRules.folderTypes(of: $0.name) }
        let plain = wanted.filter { !$0.isInFolder && $0.name != StandardValueSetNames.type }.map(\.name)
        let wantedChildren = children.subtracting(known).intersection(options.types ?? []).sorted(by: precedesByBytes)
        var parents: [String: String] = [:]
        if options.listsParts {
            for type in wanted {
                for child in type.childTypes where !known.contains(child) { parents[child] = type.name }
            }
            for child in wantedChildren { parents[child] = nil }
        }
        self.parents = parents
        unlistedPartTypes = Self.neverListed.intersection(parents.keys)
        outstanding =
            folderTypes.map { ListBatch(ListQuery(type: $0)) }
            + ListBatch.batches(of: (plain + wantedChildren).map { ListQuery(type: $0) })
            + ListBatch.batches(of: parents.keys.sorted(by: precedesByBytes).map { ListQuery(type: $0) })
        if wanted.contains(where: { $0.name == StandardValueSetNames.type }) {
            for name in StandardValueSetNames.all { _ = insert(name, of: StandardValueSetNames.type) }
        }
        askForContentsWhenFoldersAreKnown()
    }

    /// The complete manifest; `nil` while calls are outstanding.
    public var manifest: PackageManifest? { outstanding.isEmpty ? found : nil }

    /// The components to pull, sorted by type and name. Standard value sets are missing, because no org lists them.
    public var components: [ListedComponent] {
        listed.values.sorted {
            $0.type == $1.type ? precedesByBytes($0.fullName, $1.fullName) : precedesByBytes($0.type, $1.type)
        }
    }

    /// The parts of components, sorted by type and name; empty if they are not listed.
    package var parts: [ListedRow] {
        listedParts.values.sorted {
            $0.row.type == $1.row.type
                ? precedesByBytes($0.row.fullName, $1.row.fullName) : precedesByBytes($0.row.type, $1.row.type)
        }
    }

    /// What the org could not list, and components whose name cannot be retrieved; sorted.
    public var leftOut: [LeftOut] { omitted.sorted() }

    /// The sizes of the org's components.
    ///
    /// - Parameter former: The list of a former pull of the org.
    package func sizeEstimate(learningFrom former: PullListing?) -> SizeEstimate {
        SizeEstimate(types, learningFrom: former?.sizes ?? [:])
    }

    /// Records the outcome of an outstanding call.
    ///
    /// One bad type fails a call for all its types, and one row without a type leaves open which type it has. Then each
    /// type gets its own call. Only what then fails is left out.
    ///
    /// - Throws: ``UnexpectedOutcome`` if the call is not outstanding.
    public mutating func record(_ outcome: Outcome, of batch: ListBatch) throws(UnexpectedOutcome) {
        guard let index = outstanding.firstIndex(of: batch) else { throw UnexpectedOutcome(batch: batch) }
        outstanding.remove(at: index)
        switch outcome {
        case .refused(let fault):
            if batch.queries.count > 1 {
                outstanding.insert(contentsOf: batch.queries.map { ListBatch($0) }, at: index)
            } else if parents[batch.queries[0].type] != nil {
                // The component contains its parts, so nothing is left out.
                unlistedPartTypes.insert(batch.queries[0].type)
            } else {
                omitted.insert(leftOut(batch.queries[0], fault))
            }
        case .listed(let rows) where batch.queries.allSatisfy { parents[$0.type] != nil }:
            addParts(rows, of: batch, at: index)
        case .listed(let rows):
            if let contentType = contentType(listedBy: batch) {
                addFolders(rows, of: contentType)
            } else if rows.contains(where: { isWanted($0) && type(of: $0, answering: batch) == nil }) {
                outstanding.insert(contentsOf: batch.queries.map { ListBatch($0) }, at: index)
            } else {
                for row in rows where isWanted(row) {
                    if let type = type(of: row, answering: batch) { add(ListedComponent(row, type: type)) }
                }
            }
        }
        askForContentsWhenFoldersAreKnown()
    }

    /// Adds the parts that a call lists, or lists each type alone if a row has no type.
    private mutating func addParts(_ rows: [FileProperties], of batch: ListBatch, at index: Int) {
        guard batch.isSingle || rows.allSatisfy({ $0.type.map { parents[$0] != nil } ?? false }) else {
            outstanding.insert(contentsOf: batch.queries.map { ListBatch($0) }, at: index)
            return
        }
        for row in rows {
            let type = batch.isSingle ? batch.queries[0].type : row.type ?? ""
            unlistedPartTypes.remove(type)
            let part = ListedRow(row, type: type, parent: parents[type])
            let key = Key(type: type, fullName: part.row.fullName)
            if let other = listedParts[key], !part.isNewer(than: other) { continue }
            listedParts[key] = part
        }
    }

    private func leftOut(_ query: ListQuery, _ fault: SOAPFault) -> LeftOut {
        LeftOut(
            query.type, nil,
            fault.kind == .invalidType && query.folder == nil
                ? .typeNotAvailable(message: fault.string) : .notListed(message: fault.string, folder: query.folder))
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
            if row.fullName != FolderRules.unfiled, isWanted(row) { add(ListedComponent(row, type: contentType)) }
        }
    }

    private mutating func add(_ component: ListedComponent) {
        guard insert(component.fullName, of: component.type) else {
            omitted.insert(LeftOut(component.type, component.fullName, .nameUnusable))
            return
        }
        let key = Key(type: component.type, fullName: component.fullName)
        // The dates have one format, so their order is that of their texts.
        if let other = listed[key], other.row.lastModifiedDate ?? "" >= component.row.lastModifiedDate ?? "" { return }
        listed[key] = component
    }

    private func isWanted(_ row: FileProperties) -> Bool { options.includesInstalled || !row.isInstalled }

    /// Returns the row's own type if it was queried; otherwise the only queried type; otherwise the only queried type
    /// whose directory contains the file. `nil` if none of these exists; never for a call with one query.
    private func type(of row: FileProperties, answering batch: ListBatch) -> String? {
        let asked = Set(batch.queries.map(\.type))
        if let type = row.type, asked.contains(type) { return type }
        if asked.count == 1 { return asked.first }
        let directory = row.fileName?.split(separator: "/").first.map(String.init)
        let candidates = types.filter { asked.contains($0.name) && $0.directoryName == directory }
        return candidates.count == 1 ? candidates[0].name : nil
    }

    /// - Returns: Whether a manifest can contain the name.
    private mutating func insert(_ member: String, of type: String) -> Bool {
        do { try found.insert(member, of: type) } catch { return false }
        return true
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
