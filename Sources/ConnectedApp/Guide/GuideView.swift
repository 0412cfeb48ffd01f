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

extension Found {
    /// - Parameter other: The app that the clicks are for; `nil`: the app in force.
    func setupSubject(of other: AppRecord? = nil, reader: GuideReader = .commandLine) -> SetupSubject {
        let app = other ?? self.app.value
        var subject = SetupSubject(
            kind: app.kind, alias: connection.value.alias.description,
            username: connection.value.username.description, appName: app.nameInSetup, isBlocked: app.isBlocked,
            certificateSHA256: credential.value.certificateSHA256,
            nextCertificateSHA256: nextCredential?.certificateSHA256)
        subject.reader = reader
        return subject
    }
}
