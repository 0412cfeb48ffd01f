internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Asks a real org the questions that the documentation leaves open.
package struct RealityChecks: ConnectionService {
    let targets: Targets
    let sources: TokenSources

    /// Asks the org of a connection. Changes nothing in the org, and adds one event to the audit record.
    ///
    /// A question that could not be asked has an answer that says so. Only aprity's own rules, such as a block or a
    /// used-up budget, end the check.
    ///
    /// - Parameters:
    ///   - questions: The questions, in the order in which to ask them.
    ///   - mayAsk: Called before each question. `false` skips it. If it throws, the check ends.
    ///   - onAnswer: Called after each answer.
    /// - Throws: ``ConnectedAppError``: `.unknownAlias`, or the rule that ended the check; what `mayAsk` throws. All
    ///   answers are lost then, except those that `onAnswer` got.
    package func check(
        of alias: String, _ questions: [RealityQuestion], as principal: Principal,
        mayAsk: @Sendable (RealityQuestion) async throws -> Bool,
        onAnswer: @Sendable (RealityView.Answer) -> Void = { _ in }
    ) async throws -> RealityView {
        let target = try await targets.preferred(alias)
        let check = RealityCheck(
            target: target, signIn: targets.signIn(as: principal), surroundings: surroundings,
            tokens: try await sources.source(for: target, as: principal))
        var answers: [RealityView.Answer] = []
        var switches: [String: RealityView.Value] = [:]
        var signIns = 0
        let masking = Self.masking(target)
        for question in questions where try await mayAsk(question) {
            let found = try await Self.found(question, check)
            signIns += question.signIns
            switches.merge(found.switches) { $1 }
            let answer = RealityView.Answer(
                question: question, asks: question.asks, answer: masking.apply(found.answer), status: found.status,
                changes: question.changes)
            answers.append(answer)
            onAnswer(answer)
        }
        try await record(.realityChecked, alias, principal, facts: ["questions": String(answers.count)])
        // If the version cannot be read, the view has none, and the answers show what failed.
        let version = try? await OrgAPI.highestVersion(at: target.loginHost, transport: target.transport)
        return RealityView(
            version: 1, madeAt: surroundings.now(), appKind: target.appKind, hostForm: "\(target.loginHost.form)",
            apiVersion: version?.description, answers: answers, signInsUsed: signIns,
            simulator: .init(switches: switches))
    }

    /// Returns the answer to a question, or the reason why it could not be asked.
    ///
    /// - Throws: ``ConnectedAppError`` if one of aprity's own rules does not allow the question.
    private static func found(_ question: RealityQuestion, _ check: RealityCheck) async throws -> RealityCheck.Found {
        do { return try await check.ask(question) } catch let error as ConnectedAppError {
            guard error.cause.entry.chapter != .ownRules else { throw error }
            return RealityCheck.Found(answer: "could not be asked: \(error.cause.rawValue)")
        } catch let failure as TransportFailure {
            return RealityCheck.Found(answer: "could not be asked: \(failure.kind.rawValue)")
        }
    }

    /// Replaces the names of user, host, app and org, which an org's texts may quote.
    private static func masking(_ target: Target) -> Masking {
        var names = [(target.username.description, "USERNAME"), (target.loginHost.host, "HOST")]
        if let key = target.consumerKey { names.append((key.description, "CONSUMER-KEY")) }
        if let id = target.pinnedOrganizationID { names.append((id.description, "ORG")) }
        return Masking(names)
    }
}
