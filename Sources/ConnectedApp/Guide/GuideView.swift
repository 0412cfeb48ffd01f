/// The clicks of one task, as they are shown.
public struct GuideView: Codable, Sendable, Equatable {
    public let connection: String
    public let appKind: AppKind
    public let task: SetupTask
    public let title: String
    /// In order, a sentence each.
    public let steps: [String]
    /// Labels and ways differ between releases; these are not confirmed on a real org.
    public let isConfirmedOnRealOrg: Bool

    init(_ guide: SetupGuide) {
        connection = guide.subject.alias
        appKind = guide.subject.kind
        task = guide.task
        title = guide.task.title
        steps = guide.steps
        isConfirmedOnRealOrg = false
    }
}

extension AppService {
    /// The clicks of a task for a connection's app, with its own names.
    public func guide(_ task: SetupTask, for alias: String, as principal: Principal) async throws -> GuideView {
        let (kind, username) = try await records.read { reading in
            let found = try Self.found(alias, reading)
            return (found.app.value.kind, found.connection.value.username.description)
        }
        return GuideView(SetupGuide(task, for: SetupSubject(kind: kind, alias: alias, username: username)))
    }
}
