/// Repeats work until the task is cancelled. A failure does not end the repetition. Each failure is counted. It is
/// logged unless the previous run failed for the same cause; see also ``Troubles/pause``.
struct Schedule: Sendable {
    /// The name under which failures are counted and logged.
    let place: Troubles.Place
    /// From the end of one run to the start of the next.
    let pause: Duration
    let surroundings: Surroundings

    /// - Parameter first: How long to wait before the first run.
    func run(after first: Duration = .zero, _ work: () async throws -> Void) async {
        var last: String?
        var wait = first
        while await waits(wait) {
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

    /// - Returns: `false` if the task was cancelled while it waited.
    private func waits(_ duration: Duration) async -> Bool {
        if duration > .zero {
            // It throws only if the task is cancelled.
            do { try await surroundings.sleep(duration) } catch { return false }
        }
        return !Task.isCancelled
    }
}

/// Runs a server together with the schedules of its process. When the server or a schedule ends, cancels the others.
///
/// - Throws: What the server throws, and ``ConnectedAppError`` with `.internalError` if a schedule ended before the
///   server although the task was not cancelled.
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
                .internalError, detail: "A background task of the server ended unexpectedly. Restart the server.")
        }
    }
}
