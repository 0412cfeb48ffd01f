import Foundation

/// The result of a retrieve job.
enum RetrieveOutcome: Sendable {
    case succeeded(RetrievedPackage)
    case failed(MetadataServiceSettings.Failure)
}

/// The files, properties and warnings of a job that succeeded.
struct RetrievedPackage: Sendable {
    /// The files with the root folder in their paths, sorted by path. `package.xml` is one of them.
    var files: [ServedFile]
    /// Sorted by file name. Companion files have none.
    var properties: [FileProperties]
    /// The warnings in the org's words, each with the path of the file that it is about.
    var messages: [(fileName: String, problem: String)]

    /// Packs the files into a ZIP archive.
    ///
    /// - Parameter date: The time of the retrieve call. It is the date of all entries, so archives of different calls
    ///   differ.
    func archive(date: Date) throws(ZIPArchive.Failure) -> [UInt8] {
        try ZIPArchive.pack(files.map { ($0.path, $0.bytes) }, date: date, streamed: true)
    }
}

/// Determines the result of a retrieve call.
struct RetrievePlanner {
    var registry: MetadataRegistry
    var repository: MetadataRepository
    var settings: MetadataServiceSettings

    func outcome(of request: RetrieveRequest, for caller: MetadataCaller, now: Date) -> RetrieveOutcome {
        if let name = request.packageNames.first {
            return Self.failure("UNKNOWN_EXCEPTION", "INVALID_CROSS_REFERENCE_KEY: No package named '\(name)' found")
        }
        if let argument = request.unsupported.first {
            return Self.failure("UNKNOWN_EXCEPTION", "UNKNOWN_EXCEPTION: the org simulator does not serve \(argument)")
        }
        let selection = RetrieveSelection(request.manifest, registry: registry, repository: repository)
        let scope = ProfileScope(members: selection.found.merging(selection.requested) { $0.union($1) })
        let root = request.isSinglePackage ? "" : "unpackaged/"
        var files: [ServedFile] = []
        var properties: [FileProperties] = []
        var childCount = 0
        for item in selection.items {
            childCount += item.isWhole ? item.component.parts.count : item.parts.count
            for var file in served(item, scope) {
                file.path = root + file.path
                files.append(file)
                guard !file.isCompanion || item.component.isFolder else { continue }
                properties.append(
                    FileProperties(
                        of: item.component, fileName: file.path, type: item.component.type.xmlName,
                        origin: .init(settings)))
            }
        }
        if let failure = limitFailure(files, childCount) { return failure }
        return .succeeded(package(root, request, selection, files, properties, caller, now))
    }

    private func package(
        _ root: String, _ request: RetrieveRequest, _ selection: RetrieveSelection, _ files: [ServedFile],
        _ properties: [FileProperties], _ caller: MetadataCaller, _ now: Date
    ) -> RetrievedPackage {
        let manifest = RetrieveManifest(
            types: selection.manifestMembers.map { .init(name: $0.key, members: Array($0.value)) },
            version: request.manifest.version)
        let manifestPath = "\(root)package.xml"
        let all = files + [ServedFile(path: manifestPath, bytes: manifest.document())]
        return RetrievedPackage(
            files: all.sorted { $0.path < $1.path },
            properties: (properties + [.manifest(fileName: manifestPath, caller: caller, now: now)])
                .sorted { $0.fileName < $1.fileName },
            messages: selection.problems.map { (manifestPath, $0) })
    }

    private func served(_ item: RetrieveSelection.Item, _ scope: ProfileScope) -> [ServedFile] {
        guard item.isWhole else {
            guard let file = item.component.files.first, let tree = item.component.tree(onlyParts: item.parts) else {
                return []
            }
            return [ServedFile(path: file.path, bytes: tree.document())]
        }
        let disclosure = AppDisclosure(settings)
        return item.component.files.map { file in
            var file = file
            file.bytes = disclosure.served(file.bytes, type: item.component.type.xmlName)
            if item.component.type.xmlName == "Profile" { file.bytes = scope.served(file.bytes) }
            return file
        }
    }

    private func limitFailure(_ files: [ServedFile], _ childCount: Int) -> RetrieveOutcome? {
        let count = files.count + (settings.countsChildrenAsFiles ? childCount : 0)
        if count > settings.fileLimit {
            return Self.failure(
                "LIMIT_EXCEEDED", "LIMIT_EXCEEDED: Too many files in retrieve call, limit is: \(settings.fileLimit)")
        }
        // The limit is documented; the text of a real org is not known.
        if files.reduce(0, { $0 + $1.bytes.count }) > settings.uncompressedLimit {
            return Self.failure(
                "LIMIT_EXCEEDED",
                "LIMIT_EXCEEDED: Maximum size of request reached, limit is: \(settings.uncompressedLimit) bytes")
        }
        return nil
    }

    private static func failure(_ statusCode: String, _ message: String) -> RetrieveOutcome {
        .failed(.init(statusCode: statusCode, message: message))
    }
}
