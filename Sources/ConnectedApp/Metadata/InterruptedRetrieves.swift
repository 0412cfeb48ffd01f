internal import Foundation
internal import JWTBearer
internal import MetadataAPI

extension MetadataReader {
    /// After this time, a component that could not be retrieved is tried again.
    private static let rememberedSeconds: TimeInterval = 7 * 86_400

    /// Finds the components that earlier pulls could not retrieve, and that have not changed since.
    ///
    /// - Returns: The rows of those that are not tried again yet, and the names of the others.
    func remembered(
        _ base: PullBase?, _ interrupted: InterruptedPull?, _ former: PullSummary?, _ now: Date, _ request: PullRequest
    ) -> (rows: [PullSummary.LeftOutRow], doubtful: Set<ComponentID>) {
        guard !request.isFull else { return ([], []) }
        let changed = Set(base?.comparison.changes.map { ComponentID($0.type, $0.fullName) } ?? [])
        let fromFormer = base == nil ? [] : former?.leftOut ?? []
        var rows: [ComponentID: PullSummary.LeftOutRow] = [:]
        for row in fromFormer + (interrupted?.leftOut ?? []) where row.triedAt != nil {
            if let name = Self.name(row), !changed.contains(name) { rows[name] = row }
        }
        func isRecent(_ row: PullSummary.LeftOutRow) -> Bool {
            // A time that cannot be read is long ago.
            let tried = row.triedAt.flatMap { try? Date($0, strategy: .iso8601) } ?? .distantPast
            return now.timeIntervalSince(tried) < Self.rememberedSeconds
        }
        return (rows.values.filter(isRecent), Set(rows.filter { !isRecent($0.value) }.keys))
    }

    static func name(_ row: PullSummary.LeftOutRow) -> ComponentID? {
        row.fullName.map { ComponentID(row.type, $0) }
    }

    /// Adds the archives of jobs that an interrupted pull has started, as far as the org still has them.
    func collect(
        _ folder: MetadataFolder, _ request: PullRequest, started: Date,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws {
        guard let interrupted = folder.interrupted else { return }
        let begun = try? Date(interrupted.startedAt, strategy: .iso8601)
        guard let begun, started.timeIntervalSince(begun) < request.resumableSeconds,
            let version = APIVersion(interrupted.apiVersion),
            try await api.tokens.token().organizationID.description == interrupted.organizationID
        else { return folder.dropInterrupted() }
        guard !interrupted.jobs.isEmpty else { return }
        progress(.collecting(interrupted.jobs.count))
        try Self.wrapping(request.target) { try folder.continueInterrupted() }
        for job in interrupted.jobs {
            var running = RunningRetrieve(job)
            guard let outcome = try await collected(&running, version, folder, request.target, progress) else {
                continue
            }
            try Self.wrapping(request.target) {
                let archive = try ZipArchive(fileDescriptor: outcome.file.descriptor)
                let unstorable = outcome.result.unstorable(in: archive).compactMap(\.undelivered)
                try folder.add(
                    archive, owners: outcome.result.owners, without: outcome.result.undelivered + unstorable,
                    isRepetition: true)
                try folder.end(job.id)
            }
        }
        folder.rereadInterrupted()
    }

    /// - Returns: `nil` if the org does not deliver the job's archive, for whatever reason. Its components are then retrieved
    ///   again.
    private func collected(
        _ running: inout RunningRetrieve, _ version: APIVersion, _ folder: MetadataFolder, _ target: String,
        _ progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> (file: ArchiveFile, result: RetrieveResult)? {
        do {
            running = try await polled(running, version, progress)
            guard case .fetchArchive = running.retrieval.step,
                case .archive(let file, let result) = try await advance(
                    &running, version, into: folder, target, progress)
            else { return nil }
            return (file, result)
        } catch let error as ConnectedAppError where error.circumstance?.isSOAPFault ?? false {
            return nil
        }
    }
}

extension PullRequest {
    /// After this time, what an interrupted pull has is not used any more. For a package, nothing is listed, so nobody knows what has
    /// changed meanwhile.
    var resumableSeconds: TimeInterval { package == nil ? 86_400 : 3_600 }
}
