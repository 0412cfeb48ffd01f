internal import Foundation
internal import MetadataAPI

/// Pulls the metadata of connections into folders of aprity's own, at intervals and on demand.
///
/// Every method with an alias throws ``ConnectedAppError`` with `.unknownAlias`, and the causes of a failing store.
package struct ScheduledPulls: ConnectionService {
    let targets: Targets
    let reading: MetadataReading
    let folders: PullFolders
    private let queue = PullQueue()

    init(targets: Targets, reading: MetadataReading, folders: PullFolders) {
        self.targets = targets
        self.reading = reading
        self.folders = folders
    }

    /// How many pulls run at the same time in a process. Each has several retrieves.
    private static let mostAtOnce = 4

    /// Sets how often the org's metadata is pulled.
    ///
    /// - Parameter interval: `nil` for never. What was pulled stays.
    package func schedule(
        _ alias: String, every interval: PullInterval?, as principal: Principal
    ) async throws -> PullStatusView {
        let now = surroundings.now()
        try await records.write { writing in
            var connection = try FoundConnection(alias, writing).connection.value
            guard connection.pullInterval != interval else { return }
            connection.pullInterval = interval
            connection.changedAt = now
            try writing.save(connection)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .connectionChanged, connection: alias,
                    facts: ["fields": "pullEvery", "pullEvery": interval?.description ?? "off"]))
        }
        return try await status(of: alias, as: principal)
    }

    package func status(of alias: String, as principal: Principal) async throws -> PullStatusView {
        try await records.read { try view(of: FoundConnection(alias, $0), $0) }
    }

    func view(of found: FoundConnection, _ reading: some CheckedRecords) throws -> PullStatusView {
        let alias = found.connection.value.alias.description
        let interval = found.connection.value.pullInterval
        let target = target(of: alias)
        let place = queue.place(of: alias)
        var state = place?.state ?? (interval == nil ? .off : .scheduled)
        // Into a folder that cannot be read, no process of this user pulls.
        if place == nil, (try? isPulled(target)) ?? false { state = .running }
        return PullStatusView(
            found, state, folder: target, try reading.intactOrNone(LastPull.self, alias), place?.progress)
    }

    /// Pulls now, in a process in which ``run(onEnd:)`` runs. Does nothing if the pull waits or runs already.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blocked`, so that no pull is recorded that cannot succeed.
    package func start(_ alias: String, as principal: Principal) async throws -> PullStatusView {
        let app = try await records.read { try FoundConnection(alias, $0).app.value }
        guard !app.isBlocked else { throw ConnectedAppError(.blocked, connection: alias) }
        queue.add(.init(alias: alias, principal: principal))
        return try await status(of: alias, as: principal)
    }

    /// Returns the record of the latest complete pull, a JSON document.
    ///
    /// - Throws: ``ConnectedAppError`` with `.notPulled` if there is none.
    package func record(of alias: String, as principal: Principal) async throws -> [UInt8] {
        _ = try await records.read { try FoundConnection(alias, $0) }
        let target = target(of: alias)
        guard let record = try MetadataReader.wrapping(target, { try PulledFolder.record(in: target) }) else {
            throw ConnectedAppError(.notPulled, connection: alias)
        }
        return record
    }

    /// Lists what has changed in the org since the latest complete pull, as ``MetadataReading/changes(of:since:as:progress:)``
    /// does.
    ///
    /// - Throws: ``ConnectedAppError`` with `.notPulled` if there is none.
    package func changes(of alias: String, as principal: Principal) async throws -> MetadataChangesView {
        _ = try await record(of: alias, as: principal)
        return try await reading.changes(
            of: alias, since: .folder(target(of: alias)), as: principal, progress: { _ in })
    }

    /// The path of a connection's folder. It need not exist.
    func target(of alias: String) -> String { folders.target(of: alias) }

    /// Pulls what is due or wanted, until the task is cancelled. A pull that is cancelled goes on the next time.
    ///
    /// - Parameter onEnd: Called after each pull, also after one that failed.
    package func run(onEnd: @escaping @Sendable (PullStatusView) -> Void) async {
        await restoreFolders()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Wait first, so that a server that restarts repeatedly does not sign in repeatedly.
                await Schedule(place: .pull, pause: .seconds(60), surroundings: surroundings).run(after: .seconds(60)) {
                    for alias in try await due() { queue.add(.init(alias: alias, principal: Self.schedule)) }
                }
            }
            var running = 0
            for await order in queue.orders {
                if running == Self.mostAtOnce {
                    await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { await perform(order, onEnd) }
            }
        }
    }

    /// Puts back what an earlier process has moved aside when it was killed, so that the folders are complete before the next
    /// pulls.
    private func restoreFolders() async {
        await surroundings.tolerating(.pull) {
            for alias in try await records.read({ try $0.ids(of: ConnectionRecord.self) }) {
                surroundings.tolerating(.pull, ["connection": alias]) { try folders.restore(alias) }
            }
        }
    }

    static let schedule = Principal(.schedule, name: "pull")

    /// The connections whose next pull is due. Those that pause are skipped; see ``PullStatusView/Pause``.
    func due() async throws -> [String] {
        let now = surroundings.now()
        return try await records.read { reading in
            try reading.intact(ConnectionRecord.self).map(\.value).compactMap { connection in
                let alias = connection.alias.description
                guard let interval = connection.pullInterval,
                    let found = surroundings.tolerating(
                        .pull, ["connection": alias],
                        {
                            (
                                app: try reading.find(AppRecord.self, connection.appID)?.value,
                                last: try reading.intactOrNone(LastPull.self, alias)
                            )
                        }),
                    let app = found.app, PullStatusView.Pause(connection, app) == nil,
                    found.last.map({ $0.next(every: interval) <= now }) ?? true
                else { return nil }
                return alias
            }
        }
    }

    /// Pulls, and saves what came of it.
    func perform(_ order: PullQueue.Order, _ onEnd: @Sendable (PullStatusView) -> Void) async {
        let (alias, started) = (order.alias, surroundings.now())
        let result: Result<PullResult, ConnectedAppError>
        do {
            try folders.create()
            guard try !isPulled(target(of: alias)) else { return queue.end(alias) }
            await save(alias) { LastPull(of: alias, startedAt: started, after: $0) }
            queue.begin(alias)
            result = .success(try await pull(alias, as: order.principal))
        } catch let error as ConnectedAppError {
            result = .failure(error)
        } catch {
            // A cancelled pull goes on when the process runs again.
            guard !Task.isCancelled else { return queue.end(alias) }
            result = .failure(ConnectedAppError(.internalError, evidence: ["error": "\(type(of: error))"]))
        }
        let ended = surroundings.now()
        await save(alias) { present in
            var last = present ?? LastPull(of: alias, startedAt: started, after: nil)
            switch result {
            case .success(let result): last.end(result, at: ended)
            case .failure(let error): last.fail(error, at: ended)
            }
            return last
        }
        queue.end(alias)
        await surroundings.tolerating(.pull, ["connection": alias]) {
            onEnd(try await status(of: alias, as: order.principal))
        }
    }

    /// Whether this process or another one is pulling into a folder.
    private func isPulled(_ target: String) throws -> Bool {
        try MetadataReader.wrapping(target) { try MetadataFolder.hasRunningPull(into: target) }
    }

    /// Pulls into the connection's folder. If its record cannot be read, the folder is moved aside, and a new one is made.
    private func pull(_ alias: String, as principal: Principal) async throws -> PullResult {
        let started = surroundings.now()
        do { return PullResult(try await update(alias, as: principal), startedAt: started) } catch let error
            as ConnectedAppError where error.cause == .outputExists
        {
            guard let aside = try folders.setAsideUnreadable(alias, suffix: surroundings.randomHex(bytes: 8)) else {
                throw error
            }
            return PullResult(try await update(alias, as: principal), startedAt: started, keptAside: [aside])
        }
    }

    private func update(_ alias: String, as principal: Principal) async throws -> PullView {
        // The folder is aprity's own, so a pull of another org, or of another kind, is replaced.
        let request = PullRequest(target: target(of: alias), replace: true)
        let view = try await reading.pull(of: alias, request, as: principal) { progress in
            guard case .delivered(let entries, let all, let bytes) = progress else { return }
            queue.note(.init(entries: entries, of: all, bytes: bytes), of: alias)
        }
        guard view.folder != .kept else {
            throw ConnectedAppError(.retrieveFailed, connection: alias, detail: "The org delivered nothing.")
        }
        return view
    }

    /// Saves what is known of a connection's pulls. If the connection was removed meanwhile, removes what was pulled.
    private func save(_ alias: String, _ change: @escaping @Sendable (LastPull?) -> LastPull) async {
        let now = surroundings.now()
        await surroundings.tolerating(.pull, ["connection": alias]) {
            let isThere = try await records.write { writing in
                guard try writing.find(ConnectionRecord.self, alias) != nil else { return false }
                let present = try writing.findOrDrop(LastPull.self, of: alias, as: Self.schedule, at: now)
                try writing.save(change(present))
                return true
            }
            if !isThere { try folders.remove(alias) }
        }
    }
}
