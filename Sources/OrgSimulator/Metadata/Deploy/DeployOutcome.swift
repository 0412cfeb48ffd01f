/// Why a component is not deployed.
struct DeployProblem: Error, Sendable, Equatable {
    var text: String
    /// No real org is known to have worded it so.
    var isSynthetic: Bool

    /// The words are those of a real org.
    static func confirmed(_ text: String) -> DeployProblem { DeployProblem(text: text, isSynthetic: false) }

    /// The words are the simulator's own, or not confirmed for this case.
    static func synthetic(_ text: String) -> DeployProblem { DeployProblem(text: text, isSynthetic: true) }
}

/// What became of one component, or of `package.xml`.
struct DeployMessage: Sendable, Equatable {
    /// Empty for `package.xml`.
    var componentType: String
    /// The path in the archive.
    var fileName: String
    var fullName: String
    /// Nil: it succeeded.
    var problem: DeployProblem?
    var id: String?
    var created = false
    var changed = false
    /// Part of the numbers of components.
    var isCounted = true

    /// An archive without a `package.xml` has no components, so its one row is not counted.
    static let packageMissing: DeployMessage = {
        var message = package(.confirmed("No package.xml found"))
        message.isCounted = false
        return message
    }()

    /// The row of a `package.xml` that was read.
    static func package(at path: String) -> DeployMessage {
        DeployMessage(componentType: "", fileName: path, fullName: "package.xml", changed: true)
    }

    static func package(_ problem: DeployProblem) -> DeployMessage {
        DeployMessage(componentType: "", fileName: "package.xml", fullName: "package.xml", problem: problem)
    }
}

/// How a deployment ends.
struct DeployOutcome: Sendable {
    enum Status: String, Sendable {
        case succeeded = "Succeeded"
        case succeededPartial = "SucceededPartial"
        case failed = "Failed"
    }

    var status: Status
    /// Of the components, and of `package.xml` if it has a problem.
    var messages: [DeployMessage] = []
    /// Where `package.xml` is in the archive; nil if there is none, or none that can be read.
    var manifestPath: String?
    /// Why there was nothing to look at; the words are the simulator's own.
    var error: MetadataServiceSettings.Failure?

    var failures: [DeployMessage] { messages.filter { $0.problem != nil } }
    var successes: [DeployMessage] { messages.filter { $0.problem == nil } }
    var isSynthetic: Bool { error != nil || failures.contains { $0.problem?.isSynthetic == true } }

    static func failed(_ text: String) -> DeployOutcome {
        DeployOutcome(
            status: .failed, error: .init(statusCode: "UNKNOWN_EXCEPTION", message: "UNKNOWN_EXCEPTION: \(text)"))
    }
}
