/// What an admin does in Salesforce to set an app up: the steps of three tasks, without those in aprity and without waiting.
package struct SetUpClicks: Sendable, Equatable {
    package let create: [String]
    package let consumerKey: [String]
    package let preauthorize: [String]

    init(_ subject: GuidedApp) {
        func steps(_ task: SetupTask) -> [String] {
            SetupGuide(task, for: subject).sequence.filter(\.isInSalesforce).map(\.text)
        }
        create = steps(.create)
        consumerKey = steps(.consumerKey)
        preauthorize = steps(.preauthorize)
    }
}
