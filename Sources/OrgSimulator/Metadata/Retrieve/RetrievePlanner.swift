import Foundation

/// Determines the result of a retrieve call.
struct RetrievePlanner {
    var registry: MetadataRegistry
    var repository: MetadataRepository
    var settings: MetadataServiceSettings
    /// Determines the part of an ErrorId that differs from call to call.
    var seed: UInt64 = 0

    func outcome(of request: RetrieveRequest, for caller: MetadataCaller, now: Date) async -> RetrieveOutcome {
        if let name = request.packageNames.first {
            return Self.failure("UNKNOWN_EXCEPTION", "INVALID_CROSS_REFERENCE_KEY: No package named '\(name)' found")
        }
        if let argument = request.unsupported.first {
            return Self.failure("UNKNOWN_EXCEPTION", "UNKNOWN_EXCEPTION: the org simulator does not serve \(argument)")
        }
        let conditions = caller.conditions.retrieve
        var selection = RetrieveSelection(request.manifest, registry: registry, repository: repository)
        if let failure = refusal(of: selection, caller) { return failure }
        let rotten = await rotten(in: selection, caller)
        if let failure = failure(rotten, selection, conditions) { return failure }
        selection.leaveOut(rotten)
        let scope = ComponentScope(selection, request.manifest, conditions)
        let origin = FileProperties.Origin(settings, caller.conditions.listing)
        let content = content(of: selection, scope, request, origin)
        if let failure = limitFailure(content, conditions) { return failure }
        let package = package(content, request, selection, caller, now)
        return compressedFailure(package, conditions) ?? .succeeded(package)
    }

    /// The files of a retrieve without `package.xml`.
    private struct Content {
        var files: [ServedFile] = []
        var properties: [FileProperties] = []
        var childCount = 0
    }

    private func content(
        of selection: RetrieveSelection, _ scope: ComponentScope, _ request: RetrieveRequest,
        _ origin: FileProperties.Origin
    ) -> Content {
        var content = Content()
        for item in selection.items {
            content.childCount += item.isWhole ? item.component.parts.count : item.parts.count
            for var file in served(item, scope) {
                file.path = request.root + file.path
                content.files.append(file)
                guard !file.isCompanion || item.component.isFolder else { continue }
                content.properties.append(
                    FileProperties(
                        of: item.component, fileName: file.path, type: item.component.type.xmlName, origin: origin))
            }
        }
        return content
    }

    private func package(
        _ content: Content, _ request: RetrieveRequest, _ selection: RetrieveSelection, _ caller: MetadataCaller,
        _ now: Date
    ) -> RetrievedPackage {
        let manifest = RetrieveManifest(
            types: selection.manifestMembers.map { .init(name: $0.key, members: Array($0.value)) },
            version: request.manifest.version)
        let manifestPath = "\(request.root)package.xml"
        let all = content.files + [ServedFile(path: manifestPath, bytes: manifest.document())]
        return RetrievedPackage(
            files: all.sorted { $0.path < $1.path },
            properties: (content.properties + [.manifest(fileName: manifestPath, caller: caller, now: now)])
                .sorted { $0.fileName < $1.fileName },
            messages: selection.problems.map { (manifestPath, $0) })
    }

    private func served(_ item: RetrieveSelection.Item, _ scope: ComponentScope) -> [ServedFile] {
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
            file.bytes = scope.served(file.bytes, type: item.component.type.xmlName)
            return file
        }
    }
}

// MARK: Failures

extension RetrievePlanner {
    /// Returns the failure if the caller may not read a component. One type is named, even if several are refused.
    private func refusal(of selection: RetrieveSelection, _ caller: MetadataCaller) -> RetrieveOutcome? {
        let refusals = caller.conditions.retrieve.refusals
        guard !refusals.isEmpty else { return nil }
        let refused = selection.items.first { item in
            refusals.contains {
                $0.applies(to: item.component.type.xmlName, item.component.fullName, caller.permissions)
            }
        }
        return refused.map {
            let fault = SOAPFault.insufficientAccess(to: $0.component.type.xmlName)
            // The status code is not confirmed on a real org.
            return Self.failure(ErrorID.code, fault.text)
        }
    }

    /// Returns the rotten components of the selection. Each counts as hit.
    private func rotten(in selection: RetrieveSelection, _ caller: MetadataCaller) async -> [RottenComponent] {
        let rotten = caller.conditions.retrieve.rotten.filter { selection.contains($0.type, $0.fullName) }
        guard !rotten.isEmpty else { return [] }
        return await caller.faults.rotten(rotten)
    }

    private func failure(
        _ rotten: [RottenComponent], _ selection: RetrieveSelection, _ conditions: RetrieveConditions
    ) -> RetrieveOutcome? {
        if let component = rotten.first(where: { $0.answer == .unknownException }) {
            return Self.failure(component.errorID(seed: seed))
        }
        // Which error a real org gives is not known; hardisgroupcom/sfdx-hardis retrieves these objects separately.
        let isDataCloud = selection.items.map(\.component.isDataCloudObject)
        if conditions.dataCloudObjectsFailWithOthers, Set(isDataCloud).count == 2 {
            return Self.failure(ErrorID(nil, of: "Data Cloud", seed: seed))
        }
        return nil
    }

    private func limitFailure(_ content: Content, _ conditions: RetrieveConditions) -> RetrieveOutcome? {
        let countsChildren = settings.countsChildrenAsFiles || conditions.countsChildrenAsFiles
        let count = content.files.count + (countsChildren ? content.childCount : 0)
        let fileLimit = conditions.fileLimit ?? settings.fileLimit
        if count > fileLimit {
            return Self.limitFailure("Too many files in retrieve call, limit is: \(fileLimit)")
        }
        let limit = conditions.uncompressedLimit ?? settings.uncompressedLimit
        let size = content.files.reduce(0) { $0 + $1.bytes.count }
        return size > limit ? Self.sizeFailure(size, limit) : nil
    }

    private func compressedFailure(_ package: RetrievedPackage, _ conditions: RetrieveConditions) -> RetrieveOutcome? {
        guard let limit = conditions.compressedLimit, let archive = try? package.archive(date: .distantPast) else {
            return nil
        }
        // Only the limit is documented; the text is that of the limit for uncompressed files.
        return archive.count > limit ? Self.sizeFailure(archive.count, limit) : nil
    }

    /// The text is in gavinhughpalmer/sfdx-git `README.md`, and without its second sentence in
    /// alan-morey/force-meta-backup#34.
    private static func sizeFailure(_ size: Int, _ limit: Int) -> RetrieveOutcome {
        limitFailure("The retrieved zip file exceeded the limit of \(limit) bytes. Total bytes retrieved: \(size)")
    }

    private static func limitFailure(_ text: String) -> RetrieveOutcome {
        failure(RetrieveOutcome.limitExceeded, "\(RetrieveOutcome.limitExceeded): \(text)")
    }

    private static func failure(_ id: ErrorID) -> RetrieveOutcome {
        failure(ErrorID.code, "\(ErrorID.code): \(id.text)")
    }

    private static func failure(_ statusCode: String, _ message: String) -> RetrieveOutcome {
        .failed(.init(statusCode: statusCode, message: message))
    }
}

extension MetadataComponent {
    fileprivate var isDataCloudObject: Bool {
        type.xmlName == "CustomObject" && (fullName.hasSuffix("__dlm") || fullName.hasSuffix("__dll"))
    }
}

extension RetrieveRequest {
    /// The root folder of the archive with a slash at its end, or an empty text.
    fileprivate var root: String { isSinglePackage ? "" : "unpackaged/" }
}
