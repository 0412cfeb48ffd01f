/// Why a component is not deployed.
struct DeployProblem: Error, Sendable, Equatable {
    /// The value of `problem` in the result.
    var text: String
    /// Whether no real org is known to use this text.
    var isSynthetic: Bool

    /// A problem with the text of a real org.
    static func confirmed(_ text: String) -> DeployProblem { DeployProblem(text: text, isSynthetic: false) }

    /// A problem with a text of the simulator, or with one that is not confirmed for this case.
    static func synthetic(_ text: String) -> DeployProblem { DeployProblem(text: text, isSynthetic: true) }
}

/// The result of one component, or of `package.xml`.
struct DeployMessage: Sendable, Equatable {
    /// Empty for `package.xml`.
    var componentType: String
    /// The path in the archive.
    var fileName: String
    var fullName: String
    /// `nil` if it succeeded.
    var problem: DeployProblem?
    /// The id of the created or changed record; `nil` for a failure, and for components that are not records.
    var id: String?
    /// Whether the component did not exist before.
    var created = false
    /// Whether the component differs from before.
    var changed = false
    /// Whether it counts in the numbers of components.
    var isCounted = true

    /// The row for a missing `package.xml`. It is not counted, because such an archive has no components.
    static let packageMissing: DeployMessage = {
        var message = package(.confirmed("No package.xml found"))
        message.isCounted = false
        return message
    }()

    /// The row of a `package.xml` that was read successfully.
    static func package(at path: String) -> DeployMessage {
        DeployMessage(componentType: "", fileName: path, fullName: "package.xml", changed: true)
    }

    /// A row for a problem of `package.xml`.
    static func package(_ problem: DeployProblem) -> DeployMessage {
        DeployMessage(componentType: "", fileName: "package.xml", fullName: "package.xml", problem: problem)
    }
}

/// The result of a deployment.
struct DeployOutcome: Sendable {
    /// The raw values are those of `DeployStatus` in the Metadata API.
    enum Status: String, Sendable {
        case succeeded = "Succeeded"
        case succeededPartial = "SucceededPartial"
        case failed = "Failed"
    }

    var status: Status
    /// The rows of the components, and of `package.xml` if it has a problem.
    var messages: [DeployMessage] = []
    /// The path of `package.xml` in the archive; `nil` if there is none, or if it cannot be read.
    var manifestPath: String?
    /// Why the archive could not be processed, in the simulator's words.
    var error: MetadataServiceSettings.Failure?

    var failures: [DeployMessage] { messages.filter { $0.problem != nil } }
    var successes: [DeployMessage] { messages.filter { $0.problem == nil } }
    /// Whether the result has a text that no real org is known to use.
    var isSynthetic: Bool { error != nil || failures.contains { $0.problem?.isSynthetic == true } }

    /// An outcome for an archive that cannot be processed at all.
    static func failed(_ text: String) -> DeployOutcome {
        DeployOutcome(
            status: .failed, error: .init(statusCode: "UNKNOWN_EXCEPTION", message: "UNKNOWN_EXCEPTION: \(text)"))
    }
}
