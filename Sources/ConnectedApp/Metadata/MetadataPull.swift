internal import Foundation
internal import JWTBearer
internal import MetadataAPI

extension MetadataReader {
    /// Pulls metadata into a folder, which appears complete or not at all.
    ///
    /// The target does not change if the pull fails or is cancelled, if the org delivers nothing, or if a former pull
    /// is there and the org does not deliver everything that the package names. In the last two cases, the view's
    /// ``PullView/folder`` is `kept`, and nothing is thrown.
    ///
    /// - Throws: ``ConnectedAppError``: `.inputMalformed` if the package has problems or requests an API version that
    ///   the org lacks; `.typeUnknown`; `.outputExists`, `.outputCannotBeCreated`, `.diskFull` or `.inputOutput` for
    ///   the target; `.archiveRefused`; `.retrieveFailed` or `.retrieveTimedOut`; and the causes of calls.
    ///   `CancellationError` if the task is cancelled.
    func pull(_ request: PullRequest, progress: @Sendable (PullProgress) -> Void) async throws -> PullView {
        let start = surroundings.now()
        let package = try request.package?.manifest()
        // First, so that a target that cannot be written is reported before the org does any work.
        let folder = try Self.wrapping(request.target) {
            try MetadataFolder(
                target: request.target, replace: request.replace, suffix: surroundings.randomHex(bytes: 8))
        }
        var (version, manifest, findings) = try await manifest(for: request, package, progress)
        manifest.version = version
        var messages: [String] = []
        var plan = RetrievePlan(manifest)
        var delivery = PackageDelivery()
        var index = 0
        while index < plan.parts.count {
            let part = plan.parts[index]
            progress(.retrieving(part: index + 1, of: plan.parts.count, entries: part.memberCount))
            switch try await retrieve(part, version, beside: request.target, progress) {
            case .tooLarge(let error):
                guard plan.halve(index) else { throw error }
            case .archive(let file, let result):
                progress(.unpacking(part: index + 1, of: plan.parts.count))
                try Self.wrapping(request.target) {
                    try folder.add(
                        ZipArchive(fileDescriptor: file.descriptor), without: result.undelivered)
                }
                delivery.add(result)
                messages += result.messages.filter { package != nil || !Self.isExpected($0) }
                    .map { OrgWords().clean($0.problem) }
                index += 1
            }
        }
        findings += plan.findings.map(\.description)
        try Task.checkCancellation()
        let elapsed = { (surroundings.now().timeIntervalSince(start) * 1000).rounded() / 1000 }
        delivery.add(folder.manifest)
        let missing = try await missing(in: delivery, of: package, version)
        let refusedWildcards = package.map { delivery.refusedWildcards(of: $0) } ?? []
        let notes = ShownNotes.cut(findings) + ShownNotes.cut(messages)
        guard folder.fileCount > 0, missing.isEmpty || !folder.isReplacement else {
            folder.discard()
            return PullView(
                folder: .kept, path: request.target, apiVersion: version.description, files: 0, bytes: 0, components: 0,
                types: 0, retrieves: plan.parts.count, consumerSecretsBlanked: 0, missing: missing,
                refusedWildcards: refusedWildcards, notes: notes + folder.leftovers.map(Self.note),
                elapsedSeconds: elapsed())
        }
        let outcome = try Self.wrapping(request.target) { try folder.commit() }
        return PullView(
            folder: .init(outcome.change), path: request.target, apiVersion: version.description,
            files: outcome.fileCount, bytes: outcome.byteCount, components: outcome.manifest.memberCount,
            types: outcome.manifest.types.count, retrieves: plan.parts.count,
            consumerSecretsBlanked: outcome.blankedSecrets, missing: missing, refusedWildcards: refusedWildcards,
            notes: notes + outcome.leftovers.map(Self.note),
            elapsedSeconds: elapsed())
    }

    private static func note(_ leftover: FolderLeftover) -> String {
        let reason = leftover.error.map { " (\($0))" } ?? ""
        return """
            Some of your entries are still in \(leftover.path), because other entries have their names, or because they could \
            not be moved back\(reason). Move what you need by hand.
            """
    }

    /// - Returns: The API version, what to retrieve, and notes about what the org lists but a pull omits.
    private func manifest(
        for request: PullRequest, _ package: PackageManifest?, _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> (APIVersion, PackageManifest, notes: [String]) {
        if let package {
            let granted = try await api.tokens.token()
            let highest = try await OrgAPI.highestVersion(at: granted.instance, transport: api.transport)
            guard package.version <= highest else {
                throw ConnectedAppError(
                    .inputMalformed, subject: request.package?.path,
                    detail:
                        "The org supports API versions up to \(highest), but the package requests \(package.version).",
                    remedy: "Set the element version to \(highest).")
            }
            return (package.version, package, [])
        }
        let options = Inventory.Options(types: request.types, includesInstalled: request.includesInstalled)
        let components = try await components(options, progress: progress)
        return (components.version, components.manifest, components.findings.map(\.description))
    }

    /// Returns what the package names and the org did not deliver. An org sends a message for each such component, so
    /// without a message nothing is missing.
    ///
    /// - Parameter package: `nil` if everything that the org lists was requested; then nothing is missing.
    private func missing(
        in delivery: PackageDelivery, of package: PackageManifest?, _ version: APIVersion
    ) async throws -> [PullView.Missing] {
        guard let package, delivery.hasMessages else { return [] }
        let missing = delivery.missing(of: package)
        guard missing.contains(where: { $0.name == nil }) else { return missing }
        // A type that the org knows may have no components. Then nothing is missing.
        let described = try await description(asOf: version)
        let known = Set(described.types.flatMap { [$0.name] + $0.childTypes })
        return missing.filter { $0.name != nil || !known.contains($0.type) }
    }

    /// Returns whether a message can be ignored in a pull without a package. Standard value sets cannot be listed, so
    /// the pull requests all known ones, and no org has all of them.
    private static func isExpected(_ message: RetrieveResult.Message) -> Bool {
        message.quoted?.type == StandardValueSetNames.type
    }

    private enum PartOutcome {
        case archive(ArchiveFile, RetrieveResult)
        /// The part exceeds the org's limits. Halve it, or throw the error if it cannot be halved.
        case tooLarge(ConnectedAppError)
    }

    /// Runs one retrieve, from the request to the archive. ``Retrieval`` decides each step.
    private func retrieve(
        _ manifest: PackageManifest, _ version: APIVersion, beside target: String,
        _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> PartOutcome {
        var retrieval = Retrieval()
        var file: ArchiveFile?
        var delivered: RetrieveResult?
        while true {
            switch retrieval.step {
            case .sendRetrieve:
                try retrieval.apply(
                    try await event {
                        .accepted(
                            try await api.soapAtHost(.retrieve(manifest), version: version, within: .answer) {
                                .retrieve()
                            })
                    })
            case .poll(let id, let seconds):
                progress(.waiting(seconds: seconds))
                try await surroundings.sleep(.seconds(seconds))
                try retrieval.apply(
                    try await event {
                        let result = try await api.soapAtHost(
                            .checkRetrieveStatus(id, includeZip: false), version: version, within: Self.listing
                        ) { .checkRetrieveStatus() }
                        return Retrieval.Event(result, askedForArchive: false)
                    })
            case .fetchArchive(let id):
                progress(.receiving)
                // Recorded before the call is sent, because the org delivers an archive only once.
                try retrieval.apply(.deliveryBegan)
                let received = try ArchiveFile(beside: target)
                try retrieval.apply(
                    try await event {
                        let result = try await fetch(id, version, into: received)
                        delivered = result
                        return Retrieval.Event(result, askedForArchive: true)
                    })
                file = received
            case .awaitArchive:
                try retrieval.apply(.connectionLost)
            case .finished:
                guard let file, let delivered else { throw ConnectedAppError(.internalError) }
                return .archive(file, delivered)
            case .failed(let failure):
                let error = Self.error(failure)
                if failure.isLimitExceeded { return .tooLarge(error) }
                throw error
            }
        }
    }

    /// Fetches the archive of a finished retrieve and writes it to the file.
    private func fetch(_ id: RetrieveID, _ version: APIVersion, into file: ArchiveFile) async throws -> RetrieveResult {
        let spool = ZipSpool(fileDescriptor: file.descriptor)
        do {
            return try await api.soapAtHost(
                .checkRetrieveStatus(id, includeZip: true), version: version, within: Self.archive
            ) { .checkRetrieveStatus { try spool.write($0) } }
        } catch let error as MetadataFolderError {
            throw Self.error(error, file.folder)
        }
    }

    /// Makes a call of the retrieve and returns its event. A lost connection and a timeout are events too, because the
    /// job in the org may go on. Every other failure is thrown.
    private func event(_ call: () async throws -> Retrieval.Event) async throws -> Retrieval.Event {
        do { return try await call() } catch let error as OrgAPI.OrgTransportFailure {
            switch error.failure.kind {
            case .connectionLost, .timedOut: return .connectionLost
            case .nameNotResolved, .connectionRefused, .proxyFailed, .serverNotTrusted, .tlsFailed, .bodyTooLarge,
                .answerMalformed, .clearTextRefused, .hostNotAllowed, .addressMalformed, .other:
                throw ConnectedAppError(error.failure, host: error.host)
            }
        }
    }

    private static func error(_ failure: Retrieval.Failure) -> ConnectedAppError {
        switch failure {
        case .refused(let code, let message), .jobFailed(let code, let message):
            ConnectedAppError(
                .retrieveFailed,
                evidence: [
                    "errorStatusCode": OrgWords().clean(code, atMost: OrgWords.longestName),
                    "errorMessage": OrgWords().clean(message),
                ])
        case .replyUnreadable(let reason): ConnectedAppError(.answerUnintelligible, evidence: ["soap": reason])
        case .tookTooLong(let seconds):
            ConnectedAppError(.retrieveTimedOut, evidence: ["waitedSeconds": String(seconds)])
        case .connectionLost: ConnectedAppError(.connectionLost, detail: failure.description)
        }
    }

    /// Runs a step on the target folder, and turns the errors of `MetadataAPI` into ``ConnectedAppError``.
    private static func wrapping<T>(_ target: String, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as MetadataFolderError {
            throw Self.error(error, target)
        } catch let refusal as ZipError {
            throw ConnectedAppError(
                .archiveRefused, detail: "\(Cause.archiveRefused.entry.summary) \(refusal.description)",
                evidence: ["archive": refusal.description])
        }
    }

    private static func error(_ error: MetadataFolderError, _ path: String) -> ConnectedAppError {
        let cause: Cause =
            switch error {
            case .targetExists, .targetIsSymbolicLink, .targetIsNotFolder, .targetIsNotMetadata, .foreignEntries,
                .recordUnreadable:
                .outputExists
            case .targetName, .targetOwnedByOther, .targetInUse, .movedAside: .outputCannotBeCreated
            case .diskFull: .diskFull
            case .io(_, _, let number): number == EIO ? .inputOutput : .outputCannotBeCreated
            case .archiveWithoutManifest, .manifest, .differentContents, .fileAndDirectory, .fileTooLarge, .secretFile:
                .archiveRefused
            case .stagingLost: .inputOutput
            case .malformedSuffix, .ended: .internalError
            }
        var evidence = ["path": path]
        if case .foreignEntries(_, let names) = error { evidence["entries"] = names.joined(separator: "\n") }
        return ConnectedAppError(cause, detail: error.description, remedy: remedy(error, path), evidence: evidence)
    }

    /// The absolute path of an existing folder's parent folder, and the name in it, also if the path is `.` or `..`; `nil`
    /// if there is no folder, or it is the root.
    private static func realPath(of path: String) -> (parent: String, name: String)? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let parts = String(cString: resolved).split(separator: "/")
        return parts.last.map { ("/" + parts.dropLast().joined(separator: "/"), String($0)) }
    }

    /// - Returns: What to do about an error; `nil` if the remedy of its cause applies.
    private static func remedy(_ error: MetadataFolderError, _ path: String) -> String? {
        switch error {
        case .targetExists: "Replace this former pull with --replace, or name a new folder with --out."
        case .targetIsNotMetadata:
            "Name a new or an empty folder with --out. In a repository, name a folder inside it: --out \(ShellWord(path: path + "/metadata"))."
        case .targetIsSymbolicLink: "Name the folder itself with --out, or a new one."
        case .targetIsNotFolder, .targetOwnedByOther: "Name a new or an empty folder with --out."
        case .targetName:
            realPath(of: path).map {
                "A pull replaces the folder itself. Run the command in \(ShellWord(path: $0.parent)), which contains the "
                    + "folder, with --out \(ShellWord(path: $0.name))."
            } ?? "Name a new or an empty folder with --out."
        case .foreignEntries:
            "Move the named entries to another place, then run the command again; or pull into a new folder with --out."
        case .recordUnreadable:
            "Put the file back as the pull wrote it, or pull into a new folder with --out."
        case .targetInUse: "Run the command again when the other pull has ended."
        case .movedAside: "Run the command again. It moves the entries back first."
        case .malformedSuffix, .stagingLost, .archiveWithoutManifest, .manifest, .differentContents, .fileAndDirectory,
            .fileTooLarge, .secretFile, .ended, .diskFull, .io:
            nil
        }
    }
}
