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
    func pull(_ request: PullRequest, progress: @escaping @Sendable (PullProgress) -> Void) async throws -> PullView {
        let start = surroundings.now()
        let package = try request.package?.manifest()
        // First, so that a target that cannot be written is reported before the org does any work.
        let folder = try Self.wrapping(request.target) {
            try MetadataFolder(
                target: request.target, replace: request.replace, suffix: surroundings.randomHex(bytes: 8))
        }
        let scope = try await scope(of: request, package, progress)
        let retrieved = try await retrieve(scope, request, into: folder, progress)
        try Task.checkCancellation()
        var account = PullAccount(scope.listed, scope.leftOut + retrieved.leftOut, retrieved.delivery)
        account.add(package, missing: try await missing(in: retrieved.delivery, of: package, scope.version))
        if folder.fileCount == 0, let error = account.failure { throw error }
        let missing = account.missing
        let refusedWildcards = package.map { retrieved.delivery.refusedWildcards(of: $0) } ?? []
        let notes = ShownNotes.cut(retrieved.findings + scope.notes(request)) + ShownNotes.cut(retrieved.messages)
        let summary = PullSummary(
            connection: request.connection, apiVersion: scope.version.description, startedAt: start.ISO8601Format(),
            listed: account.listed, delivered: account.delivered, leftOut: account.rows, retrieves: retrieved.count)
        let known = Set(folder.formerSummary?.leftOut.map(\.key) ?? [])
        func view(_ folderState: PullView.Folder, _ outcome: MetadataFolder.Outcome?) -> PullView {
            PullView(
                folder: folderState, path: request.target, summary,
                newlyLeftOut: account.rows.count { !known.contains($0.key) },
                outcome, missing: missing, refusedWildcards: refusedWildcards,
                notes: notes + (outcome?.leftovers ?? folder.leftovers).map(Self.note),
                elapsedSeconds: (surroundings.now().timeIntervalSince(start) * 1000).rounded() / 1000)
        }
        guard folder.fileCount > 0, missing.isEmpty || !folder.isReplacement else {
            folder.discard()
            return view(.kept, nil)
        }
        let outcome = try Self.wrapping(request.target) { try folder.commit(summary) }
        return view(.init(outcome.change), outcome)
    }

    private static func note(_ leftover: FolderLeftover) -> String {
        let reason = leftover.error.map { " (\($0))" } ?? ""
        return """
            Some of your entries are still in \(leftover.path), because other entries have their names, or because they could \
            not be moved back\(reason). Move what you need by hand.
            """
    }

    /// What to retrieve.
    private struct Scope {
        let version: APIVersion
        let manifest: PackageManifest
        /// The components that the org lists; `nil` if a package says what to retrieve.
        let listed: [ListedComponent]?
        let leftOut: [LeftOut]

        /// A note about profiles that are incomplete because of the requested types.
        func notes(_ request: PullRequest) -> [String] {
            guard request.types != nil, manifest.types.contains("Profile") else { return [] }
            return [
                "The profiles contain only settings for components of the types of this pull, and user permissions."
            ]
        }
    }

    private func scope(
        of request: PullRequest, _ package: PackageManifest?, _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> Scope {
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
            return Scope(version: package.version, manifest: package, listed: nil, leftOut: [])
        }
        let options = Inventory.Options(types: request.types, includesInstalled: request.includesInstalled)
        let components = try await components(options, progress: progress)
        var manifest = components.manifest
        manifest.version = components.version
        return Scope(
            version: components.version, manifest: manifest, listed: components.listed, leftOut: components.leftOut)
    }

    /// The result of all retrieves of a pull.
    private struct Retrieved {
        var delivery = PackageDelivery()
        var leftOut: [LeftOut] = []
        /// What is incomplete because of the split.
        var findings: [String] = []
        /// The org's messages that are not about a listed component.
        var messages: [String] = []
        /// How many retrieves were made.
        var count = 0
    }

    /// Runs the retrieves of a schedule, several at the same time, and unpacks their archives.
    private func retrieve(
        _ scope: Scope, _ request: PullRequest, into folder: MetadataFolder,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Retrieved {
        var options = RetrieveSchedule.Options(repeatsMissing: scope.listed != nil)
        if scope.listed != nil { options.optionalTypes = [StandardValueSetNames.type] }
        var schedule = RetrieveSchedule(scope.manifest, options)
        var result = Retrieved()
        var running: Set<Int> = []
        var numbers: [Int: Int] = [:]
        try await withThrowingTaskGroup(of: (RetrieveSchedule.Attempt, PartOutcome).self) { group in
            while true {
                for attempt in schedule.outstanding where !running.contains(attempt.id) {
                    guard running.count < request.parallel else { break }
                    running.insert(attempt.id)
                    result.count += 1
                    numbers[attempt.id] = result.count
                    progress(
                        .retrieving(result.count, entries: attempt.manifest.memberCount, .init(attempt.purpose)))
                    group.addTask {
                        if attempt.purpose == .repetition { try await surroundings.sleep(Self.pauseBeforeRepetition) }
                        return (
                            attempt,
                            try await retrieve(attempt.manifest, scope.version, beside: request.target, progress)
                        )
                    }
                }
                guard let (attempt, outcome) = try await group.next() else { break }
                running.remove(attempt.id)
                switch outcome {
                case .archive(let file, let delivered):
                    progress(.unpacking)
                    result.leftOut += try Self.wrapping(request.target) {
                        let archive = try ZipArchive(fileDescriptor: file.descriptor)
                        let unstorable = delivered.unstorable(in: archive)
                        try folder.add(archive, without: delivered.undelivered + unstorable.compactMap(\.undelivered))
                        return unstorable
                    }
                    result.delivery.add(delivered)
                    result.messages += delivered.messages.filter { scope.listed == nil || !$0.isAboutComponent }
                        .map { OrgWords().clean($0.problem) }
                    try schedule.record(.delivered(delivered.messages), of: attempt)
                case .failed(let code, let message):
                    progress(
                        .failed(
                            numbers[attempt.id] ?? 0, message: ShownNotes.shortened(message, to: ShownNotes.longest)))
                    let outcome = try await self.outcome(
                        code: code, message: message, of: attempt.manifest, scope.version)
                    try schedule.record(outcome, of: attempt)
                    // The other retrieves are cancelled.
                    if let (code, message) = schedule.failure { throw Self.error(code: code, message: message) }
                }
            }
        }
        result.delivery.add(folder.manifest)
        result.leftOut += schedule.leftOut
        if schedule.hasPartialSettings {
            result.findings.append(
                "Some profiles or permission sets may lack settings, because the org did not deliver them together with every component."
            )
        }
        return result
    }

    private static let pauseBeforeRepetition = Duration.seconds(5)

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
}
