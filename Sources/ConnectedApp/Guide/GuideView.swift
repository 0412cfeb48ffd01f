/// The steps of one task, for output. A JSON document; the property names must not change.
package struct GuideView: Codable, Sendable, Equatable {
    package let connection: String
    package let appKind: AppKind
    package let task: SetupTask
    package let title: String
    /// The texts of the steps, in order.
    package let steps: [String]
    /// Whether the steps are confirmed on a real org. Always `false` in this version.
    let isConfirmedOnRealOrg: Bool

    init(_ guide: SetupGuide) {
        connection = guide.subject.alias
        appKind = guide.subject.kind
        task = guide.task
        title = guide.task.title
        steps = guide.steps
        isConfirmedOnRealOrg = false
    }
}

extension FoundConnection {
    /// Returns the names for the steps of a guide.
    ///
    /// - Parameters:
    ///   - other: The app that the steps are for; `nil` for the connection's current app.
    ///   - reader: Where the steps are shown.
    func setupSubject(of other: AppRecord? = nil, reader: GuideMedium = .commandLine) -> GuidedApp {
        let app = other ?? self.app.value
        var subject = GuidedApp(
            kind: app.kind, alias: connection.value.alias.description,
            username: connection.value.username.description, appName: app.nameInSetup, isBlocked: app.isBlocked,
            certificateSHA256: credential.value.certificateSHA256,
            nextCertificateSHA256: nextCredential?.certificateSHA256)
        subject.reader = reader
        subject.isRolledBack = rotation?.rotation.isRolledBack ?? false
        subject.isCertificateBeingReplaced = isCertificateBeingReplaced
        return subject
    }
}
