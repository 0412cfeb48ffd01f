internal import Foundation
internal import JWTBearer
internal import MetadataAPI

extension MetadataReader {
    /// Pulls metadata into a folder, which appears complete or not at all.
    ///
    /// If the folder has a former pull of the same types, only what has changed in the org is retrieved; see ``PullPlan``.
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
        let scope = request.scope ?? package.map(PullListing.Scope.init(package:))
        // First, so that a target that cannot be written is reported before the org does any work.
        let folder = try Self.wrapping(request.target) {
            try MetadataFolder(
                target: request.target, replacing: request.replacing, scope: scope, resumes: !request.restarts,
                suffix: surroundings.randomHex(bytes: 8))
        }
        do {
            return try await pull(request, package, into: folder, started: start, progress)
        } catch {
            folder.suspend()
            if folder.isSuspended { progress(.suspended(hours: Int(request.resumableSeconds / 3_600))) }
            throw error
        }
    }

    private func pull(
        _ request: PullRequest, _ package: PackageManifest?, into folder: MetadataFolder, started start: Date,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> PullView {
        try await limitCalls(to: request.maxAPICalls)
        try await collect(folder, request, started: start, progress)
        let order = try await order(for: request, package, progress)
        let base = try base(of: folder, order, request)
        let retrieved = try await retrieve(order, request, onto: base, into: folder, started: start, progress)
        try Task.checkCancellation()
        folder.forget(Set(retrieved.leftOut.compactMap { row in row.fullName.map { ComponentID(row.type, $0) } }))
        let present = folder.resumed.union(folder.kept.components.map { ComponentID($0.type, $0.fullName) })
        var account = PullAccount(
            order.listing?.components, order.leftOut + retrieved.leftOut, retrieved.delivery, present: present)
        account.add(package, missing: try await missing(in: retrieved.delivery, of: package, order.version))
        if folder.isEmpty, let error = account.failure { throw error }
        var found: (changes: [ComponentChange], notes: [String]) = ([], [])
        if let base {
            found = try await namingRemovers(base.comparison.changes, since: base.startedAt, order.version)
        }
        let report = PullReport(
            request, order, account, retrieved, base, found, started: start, calls: calls.value,
            formerlyLeftOut: folder.formerSummary?.leftOut ?? [])
        guard !folder.isEmpty, account.missing.isEmpty || !folder.isReplacement else {
            folder.discard()
            return report.view(.kept, nil, notes: folder.leftovers.map(Self.note), now: surroundings.now())
        }
        var written = report
        let outcome = try Self.wrapping(request.target) {
            try folder.commit(order.record(unknown: retrieved.unknown)) { rewritten in
                written.addRewritten(rewritten)
                return written.summary
            }
        }
        return written.view(
            .init(outcome.change), outcome, notes: outcome.leftovers.map(Self.note), now: surroundings.now())
    }

    private static func note(_ leftover: FolderLeftover) -> String {
        guard let error = leftover.error else {
            return "Some of your entries are still in \(leftover.path), because other entries have their names. Move "
                + "what you need by hand."
        }
        return "\(leftover.path) could not be removed (\(error)). It has what is left of the former pull, and may have "
            + "entries of yours. Move what you need, then remove it."
    }

    private func order(
        for request: PullRequest, _ package: PackageManifest?, _ progress: @Sendable (PullProgress) -> Void
    ) async throws -> PullOrder {
        let granted = try await api.tokens.token()
        guard let package else {
            let options = Inventory.Options(
                types: request.types, includesInstalled: request.includesInstalled, listsParts: true)
            let components = try await components(options, parallel: request.parallel, progress: progress)
            return PullOrder(
                components, request.scope, organizationID: granted.organizationID.description)
        }
        let highest = try await OrgAPI.highestVersion(at: granted.instance, transport: api.transport)
        guard package.version <= highest else {
            throw ConnectedAppError(
                .inputMalformed, subject: request.package?.path,
                detail: "The org supports API versions up to \(highest), but the package requests \(package.version).",
                remedy: "Set the element version to \(highest).")
        }
        return PullOrder(package, organizationID: granted.organizationID.description)
    }

    /// Returns the former pull to compare with; `nil` if there is none.
    ///
    /// - Throws: ``ConnectedAppError`` with `.outputExists` if it is that of another org, and is not to be replaced.
    private func base(of folder: MetadataFolder, _ order: PullOrder, _ request: PullRequest) throws -> PullBase? {
        guard let former = folder.former, let summary = folder.formerSummary, let listing = order.listing else {
            return nil
        }
        guard former.listing.organizationID == order.organizationID else {
            guard !request.replace else { return nil }
            throw ConnectedAppError(
                .outputExists,
                detail: "\(request.target) has a pull of another org, \(former.listing.organizationID).",
                remedy: "Name a new folder with --out, or replace the former pull with --replace.",
                evidence: ["path": request.target])
        }
        return PullBase(
            former, startedAt: summary.startedAt, inventory: listing.inventory,
            // The format of files can differ between API versions.
            isKept: !request.isFull && APIVersion(summary.apiVersion) == order.version)
    }

    /// Retrieves what the order needs in addition to what is there.
    private func retrieve(
        _ order: PullOrder, _ request: PullRequest, onto base: PullBase?, into folder: MetadataFolder, started: Date,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> PullRetrieved {
        var retrieved = PullRetrieved()
        var manifest = order.manifest
        var remembered: [PullSummary.LeftOutRow] = []
        if order.listing != nil {
            (remembered, retrieved.doubtful) = self.remembered(
                base, folder.interrupted, folder.formerSummary, started, request)
            retrieved.leftOut = remembered.map { LeftOut($0.type, $0.fullName, .remembered($0)) }
            manifest = manifest.without(Set(remembered.compactMap(Self.name)))
        }
        retrieved.limit = folder.interrupted?.limit
        let plan = try Self.wrapping(request.target) { try self.plan(manifest, order, base, folder) }
        folder.kept = plan?.kept ?? folder.kept
        retrieved.unknown = plan?.unknown ?? []
        let resumedSince = plan?.resumed == nil ? nil : folder.interrupted?.startedAt
        try Self.wrapping(request.target) {
            try folder.begin(
                order.beginning, apiVersion: order.version.description,
                startedAt: resumedSince ?? started.ISO8601Format(), resuming: plan?.resumed)
            for row in remembered { try folder.note(row) }
            if let limit = retrieved.limit { try folder.note(limit: limit) }
        }
        if let plan {
            if let resumedSince {
                progress(.resumed(folder.resumed.count, of: order.count, since: resumedSince))
            }
            if base?.isKept ?? false {
                progress(.unchanged(min(plan.kept.components.count, order.count), of: order.count))
            }
            try await retrieve(plan, order, request, into: folder, &retrieved, progress)
        } else {
            try await retrieve(manifest, order, request, into: folder, &retrieved, progress)
        }
        retrieved.delivery.add(folder.manifest)
        return retrieved
    }

    private func retrieve(
        _ plan: PullPlan, _ order: PullOrder, _ request: PullRequest, into folder: MetadataFolder,
        _ retrieved: inout PullRetrieved, _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws {
        try await retrieve(plan.first, order, request, into: folder, &retrieved, progress)
        try await retrieve(plan.settings, order, request, into: folder, &retrieved, isRepetition: true, progress)
        let last = plan.last { [delivery = retrieved.delivery] in delivery.hasFile(of: $0, named: $1) }
        try await retrieve(last, order, request, into: folder, &retrieved, isRepetition: true, progress)
    }

    /// - Returns: `nil` if everything has to be retrieved.
    private func plan(
        _ manifest: PackageManifest, _ order: PullOrder, _ base: PullBase?, _ folder: MetadataFolder
    ) throws -> PullPlan? {
        let interrupted = try folder.interrupted.flatMap { interrupted -> PullPlan.Interrupted? in
            guard interrupted.organizationID == order.organizationID,
                APIVersion(interrupted.apiVersion) == order.version
            else { return nil }
            let content = try interrupted.content()
            return order.listing.map {
                .init(ListingComparison(interrupted.components, $0.inventory), content)
            } ?? .init(ofPackage: content)
        }
        let former = try base.flatMap { base in
            base.isKept
                ? PullPlan.Former(
                    base.former.listing, base.comparison, base.inventory, intact: try base.former.intactComponents())
                : nil
        }
        guard interrupted != nil || former != nil else { return nil }
        return PullPlan(manifest, former: former, interrupted: interrupted)
    }

    /// Runs the retrieves of a schedule, several at the same time, and unpacks their archives.
    ///
    /// - Parameter isRepetition: Whether files that are in the folder already are left as they are.
    private func retrieve(
        _ manifest: PackageManifest, _ order: PullOrder, _ request: PullRequest, into folder: MetadataFolder,
        _ result: inout PullRetrieved, isRepetition: Bool = false,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws {
        var schedule = RetrieveSchedule(
            manifest,
            order.scheduleOptions(
                request, doubtful: result.doubtful, limit: result.limit, learningFrom: folder.former?.listing))
        var noted = 0
        result.allEntries += manifest.memberCount
        var begun: Set<Int> = []
        var numbers: [Int: Int] = [:]
        try await withThrowingTaskGroup(of: RunningRetrieve.self) { group in
            while true {
                // A retrieve that has begun has at least its archive to fetch.
                calls.expect((schedule.outstanding.count - begun.count) * Self.callsOfRetrieve + begun.count)
                for attempt in schedule.outstanding where !begun.contains(attempt.id) {
                    guard begun.count < request.parallel else { break }
                    begun.insert(attempt.id)
                    result.count += 1
                    numbers[attempt.id] = result.count
                    progress(
                        .retrieving(result.count, entries: attempt.manifest.memberCount, .init(attempt.purpose)))
                    group.addTask {
                        if attempt.purpose == .repetition { try await surroundings.sleep(Self.pauseBeforeRepetition) }
                        return RunningRetrieve(attempt)
                    }
                }
                guard var running = try await group.next() else { break }
                guard let attempt = running.attempt,
                    let outcome = try await advance(&running, order.version, into: folder, request.target, progress)
                else {
                    group.addTask { [running] in try await polled(running, order.version, progress) }
                    continue
                }
                begun.remove(attempt.id)
                switch outcome {
                case .archive(let file, let delivered):
                    progress(.unpacking)
                    result.leftOut += try Self.wrapping(request.target) {
                        let archive = try ZipArchive(fileDescriptor: file.descriptor)
                        let unstorable = delivered.unstorable(in: archive)
                        try folder.add(
                            archive, owners: delivered.owners,
                            without: delivered.undelivered + unstorable.compactMap(\.undelivered),
                            isRepetition: isRepetition)
                        return unstorable
                    }
                    result.delivery.add(delivered)
                    result.messages += delivered.messages.filter { order.listing == nil || !$0.isAboutComponent }
                        .map { OrgWords().clean($0.problem) }
                    try schedule.record(.delivered(delivered.messages), of: attempt)
                    result.entries += attempt.manifest.memberCount
                    progress(
                        .delivered(
                            entries: min(result.entries, result.allEntries), of: result.allEntries,
                            bytes: folder.byteCount))
                case .failed(let code, let message):
                    progress(
                        .failed(
                            numbers[attempt.id] ?? 0, message: ShownNotes.shortened(message, to: ShownNotes.longest)))
                    let outcome = try await self.outcome(
                        code: code, message: message, of: attempt.manifest, order.version)
                    try schedule.record(outcome, of: attempt)
                    // The other retrieves are cancelled.
                    if let (code, message) = schedule.failure { throw Self.error(code: code, message: message) }
                }
                for row in schedule.leftOut.dropFirst(noted) where row.isRemembered {
                    let time = surroundings.now().ISO8601Format()
                    try Self.wrapping(request.target) { try folder.note(row.row(at: time)) }
                }
                noted = schedule.leftOut.count
                if let limit = schedule.learntLimit, limit < result.limit ?? .max {
                    result.limit = limit
                    try Self.wrapping(request.target) { try folder.note(limit: limit) }
                }
                if let job = running.job { try Self.wrapping(request.target) { try folder.end(job) } }
            }
        }
        result.leftOut += schedule.leftOut
        result.hasPartialSettings = result.hasPartialSettings || schedule.hasPartialSettings
    }

    /// A retrieve needs at least three calls: one starts it, one asks for its status, and one fetches the archive.
    private static let callsOfRetrieve = 3

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
