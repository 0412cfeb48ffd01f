/// Work that a running process repeats until its task is cancelled. No failure ends it; each is counted, and logged if the
/// time before did not fail for the same cause.
struct Schedule: Sendable {
    let place: Troubles.Place
    let pause: Duration
    let surroundings: Surroundings

    /// - Parameter first: How long to wait before the first time.
    func run(after first: Duration = .zero, _ work: () async throws -> Void) async {
        var last: String?
        var wait = first
        while await sleeps(wait) {
            wait = pause
            do {
                try await work()
                last = nil
            } catch {
                guard !Task.isCancelled else { return }
                let name = Troubles.name(of: error)
                surroundings.note(error, at: place, isNews: name != last)
                last = name
            }
        }
    }

    /// - Returns: `false` if the task was cancelled.
    private func sleeps(_ duration: Duration) async -> Bool {
        if duration > .zero {
            // It throws in a cancelled task, and only there.
            do { try await surroundings.sleep(duration) } catch { return false }
        }
        return !Task.isCancelled
    }
}

/// Runs a server beside the schedules of its process, and ends the schedules when the server has ended.
///
/// - Throws: What the server throws, and ``ConnectedAppError`` with `.internalError` if a schedule ended on its own.
package func serving(
    _ server: @escaping @Sendable () async throws -> Void, beside schedules: [@Sendable () async -> Void]
) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            try await server()
            return true
        }
        for schedule in schedules {
            group.addTask {
                await schedule()
                return false
            }
        }
        defer { group.cancelAll() }
        while let isServer = try await group.next() {
            if isServer { return }
            guard !Task.isCancelled else { continue }
            throw ConnectedAppError(
                .internalError, detail: "A part of the server's regular work ended. Start the server again.")
        }
    }
}
