internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Asks a real org what no reference says for certain.
public struct RealityChecks: ConnectionService {
    let targets: Targets
    let sources: TokenSources

    /// Asks the org of a connection what the references leave open. Nothing in the org is changed.
    ///
    /// - Parameters:
    ///   - questions: In the order in which they are asked.
    ///   - mayAsk: Asked before each; `false` leaves it out.
    ///   - onAnswer: Called after each.
    public func check(
        of alias: String, _ questions: [RealityQuestion], as principal: Principal,
        mayAsk: @Sendable (RealityQuestion) async throws -> Bool,
        onAnswer: @Sendable (RealityView.Answer) -> Void = { _ in }
    ) async throws -> RealityView {
        let target = try await targets.likeliest(alias)
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
        // If it cannot be read, the view has no version; the questions say what they met.
        let version = try? await OrgAPI.highestVersion(at: target.loginHost, transport: target.transport)
        return RealityView(
            version: 1, madeAt: surroundings.now(), appKind: target.appKind, hostForm: "\(target.loginHost.form)",
            apiVersion: version?.description, answers: answers, signInsUsed: signIns,
            simulator: .init(switches: switches))
    }

    /// A question that cannot be asked loses no other's answer; only a gate that says no ends the check.
    private static func found(_ question: RealityQuestion, _ check: RealityCheck) async throws -> RealityCheck.Found {
        do { return try await check.ask(question) } catch let error as ConnectedAppError {
            guard error.cause.entry.chapter != .ownRules else { throw error }
            return RealityCheck.Found(answer: "could not be asked: \(error.cause.rawValue)")
        } catch let failure as TransportFailure {
            return RealityCheck.Found(answer: "could not be asked: \(failure.kind.rawValue)")
        }
    }

    /// Whatever an org's words may quote back.
    private static func masking(_ target: Target) -> Masking {
        var names = [(target.username.description, "USERNAME"), (target.loginHost.host, "HOST")]
        if let key = target.consumerKey { names.append((key.description, "CONSUMER-KEY")) }
        if let id = target.pinnedOrganizationID { names.append((id.description, "ORG")) }
        return Masking(names)
    }
}
