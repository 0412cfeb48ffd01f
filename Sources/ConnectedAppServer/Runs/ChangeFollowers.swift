internal import ConnectedApp
internal import Foundation

/// Follows reported changes in Salesforce in background tasks, until the org's answers agree. Their progress is in the
/// store, not here.
actor ChangeFollowers {
    private let service: AppService
    private let surroundings: Surroundings
    /// The running tasks, by alias.
    private var tasks: [String: Task<Void, Never>] = [:]

    init(service: AppService, surroundings: Surroundings) {
        self.service = service
        self.surroundings = surroundings
    }

    /// Follows the connection's change, unless this process already follows it. A failure ends the task; it is logged
    /// and counted as a trouble.
    func follow(_ alias: String, as principal: Principal) {
        guard tasks[alias] == nil else { return }
        let (service, surroundings) = (service, surroundings)
        tasks[alias] = Task {
            await surroundings.tolerating(.changeFollower, ["connection": alias]) {
                _ = try await service.diagnosis.followChange(of: alias, as: principal)
            }
            self.ended(alias)
        }
    }

    /// Follows every change under way in the store, for example those that a server followed before it was restarted.
    func resume(as principal: Principal) async {
        let (service, surroundings) = (service, surroundings)
        let aliases = await surroundings.tolerating(.changeFollower) {
            try await service.diagnosis.changesUnderWay(as: principal)
        }
        for alias in aliases ?? [] { follow(alias, as: principal) }
    }

    /// Cancels all tasks and waits until they have ended.
    func stop() async {
        let tasks = Array(tasks.values)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func ended(_ alias: String) { tasks[alias] = nil }
}
