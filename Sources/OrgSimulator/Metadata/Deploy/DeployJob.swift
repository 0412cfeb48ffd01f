import Foundation

/// An asynchronous deployment: first Pending, then InProgress, then the status of its ``DeployOutcome``.
struct DeployJob: Sendable {
    /// 18 characters, beginning with `0Af`.
    let id: String
    /// The user who started the job. Other users cannot read its status.
    let userID: String
    let userName: String
    /// Org time.
    let created: Date
    let request: DeployRequest.Options
    let outcome: DeployOutcome
    /// The duration in seconds of org time. The job is Pending for the first half.
    let seconds: Double

    func isDone(at now: Date) -> Bool { now.timeIntervalSince(created) >= seconds }

    private func isHalfway(at now: Date) -> Bool { now.timeIntervalSince(created) * 2 >= seconds }

    /// Returns the state of an `AsyncResult`.
    func state(at now: Date) -> String {
        guard isDone(at: now) else { return isHalfway(at: now) ? "InProgress" : "Queued" }
        return outcome.status == .succeeded ? "Completed" : "Error"
    }

    /// Returns a `DeployResult`. Its elements are in the order of the schema, which is alphabetical.
    ///
    /// - Parameters:
    ///   - now: Org time.
    ///   - withDetails: Whether to include the rows of the components.
    func result(at now: Date, withDetails: Bool) -> XMLTree {
        let isDone = isDone(at: now)
        let isHalfway = isHalfway(at: now)
        var elements = [XMLTree("checkOnly", flag: request.checkOnly)]
        if isDone { elements.append(XMLTree("completedDate", text: Self.text(created + seconds))) }
        elements += [
            XMLTree("createdBy", text: String(userID.prefix(15))), XMLTree("createdByName", text: userName),
            XMLTree("createdDate", text: Self.text(created)),
        ]
        if withDetails { elements.append(XMLTree("details", (isDone ? rows : []) + [Self.noTests])) }
        elements.append(XMLTree("done", flag: isDone))
        if isDone, let error = outcome.error {
            elements.append(XMLTree("errorMessage", text: error.message))
            elements.append(XMLTree("errorStatusCode", text: error.statusCode))
        }
        elements += [
            XMLTree("id", text: id), XMLTree("ignoreWarnings", flag: request.ignoresWarnings),
            XMLTree("lastModifiedDate", text: Self.text(min(now, created + seconds))),
        ]
        elements += counts(isDone)
        elements += [
            XMLTree("rollbackOnError", flag: request.rollsBackOnError), XMLTree("runTestsEnabled", flag: false),
        ]
        if isHalfway { elements.append(XMLTree("startDate", text: Self.text(created + seconds / 2))) }
        let status = isDone ? outcome.status.rawValue : isHalfway ? "InProgress" : "Pending"
        elements.append(XMLTree("status", text: status))
        elements.append(XMLTree("success", flag: isDone && outcome.status == .succeeded))
        return XMLTree("result", elements)
    }

    private func counts(_ isDone: Bool) -> [XMLTree] {
        let failed = isDone ? outcome.failures.count(where: \.isCounted) : 0
        let succeeded = isDone ? outcome.successes.count : 0
        return [
            ("numberComponentErrors", failed), ("numberComponentsDeployed", succeeded),
            ("numberComponentsTotal", failed + succeeded), ("numberTestErrors", 0), ("numberTestsCompleted", 0),
            ("numberTestsTotal", 0),
        ].map { XMLTree($0.0, text: "\($0.1)") }
    }

    /// The rows of the components, and that of `package.xml`, which the counts leave out.
    private var rows: [XMLTree] {
        let successes = outcome.successes + (outcome.manifestPath.map { [DeployMessage.package(at: $0)] } ?? [])
        return outcome.failures.map { XMLTree("componentFailures", elements(of: $0)) }
            + successes.map { XMLTree("componentSuccesses", elements(of: $0)) }
    }

    private static let noTests = XMLTree(
        "runTestResult",
        [XMLTree("numFailures", text: "0"), XMLTree("numTestsRun", text: "0"), XMLTree("totalTime", text: "0.0")])

    private func elements(of message: DeployMessage) -> [XMLTree] {
        var elements = [
            XMLTree("changed", flag: message.changed), XMLTree("componentType", text: message.componentType),
            XMLTree("created", flag: message.created), XMLTree("createdDate", text: Self.text(created + seconds)),
            XMLTree("deleted", flag: false), XMLTree("fileName", text: message.fileName),
            XMLTree("fullName", text: message.fullName),
        ]
        if let id = message.id { elements.append(XMLTree("id", text: id)) }
        if let problem = message.problem {
            elements.append(XMLTree("problem", text: problem.text))
            elements.append(XMLTree("problemType", text: "Error"))
        }
        elements.append(XMLTree("success", flag: message.problem == nil))
        return elements
    }

    /// Formats a date in RFC 3339, rounded down to whole seconds and ending in `.000Z`.
    private static func text(_ date: Date) -> String {
        Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down)).formatted(.iso8601.withMilliseconds)
    }
}
