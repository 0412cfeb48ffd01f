internal import Foundation
internal import JWTBearer

/// Where an org answers. The list of versions and the token endpoint know nothing of a token.
enum OrgPlace: CaseIterable {
    case versions, tokenEndpoint, rest, soap

    var label: String {
        switch self {
        case .versions: "the list of versions"
        case .tokenEndpoint: "the token endpoint"
        case .rest: "REST"
        case .soap: "SOAP"
        }
    }
}

extension ConnectionTest.Findings {
    /// Whether each place was available; a place that showed nothing is missing.
    var availability: [OrgPlace: Bool] {
        var seen: [OrgPlace: Bool] = [:]
        seen[.versions] = versionsFailure == .orgUnavailable ? false : isVersionListAvailable
        seen[.tokenEndpoint] = token != nil || conclusion != nil ? true : isAvailable(after: failures[.signIn])
        // Without the list of versions neither of the two was asked.
        guard versionsFailure == nil else { return seen }
        seen[.rest] = apiWorks ? true : isAvailable(after: failures[.api])
        seen[.soap] = metadataWorks ? true : isAvailable(after: failures[.metadata])
        return seen
    }

    private var isVersionListAvailable: Bool? {
        guard case .success(let probe)? = way?.outcome else { return nil }
        if probe.version != nil { return true }
        return ForeignAnswer(status: probe.status, beginning: "").cause == .orgUnavailable ? false : nil
    }

    /// An org that refuses is available.
    private func isAvailable(after failure: Cause?) -> Bool? {
        guard let failure else { return nil }
        if failure == .orgUnavailable { return false }
        return failure.entry.chapter == .granted ? true : nil
    }
}

extension ConnectionTest {
    /// What the steps show for a failure into which no inquiry was made.
    func conclusion(
        on failure: ConnectedAppError, at step: TestStep?, _ findings: Findings
    ) -> RefusalInquiry.Conclusion {
        let others = Self.alternatives(to: failure)
        return RefusalInquiry.Conclusion(
            cause: failure.cause, among: others.isAmong ? [failure.cause] + others.causes : [],
            notRuledOut: others.isAmong ? [] : others.causes,
            isCertain: others.causes.isEmpty && Self.isProven(failure, at: step),
            reasons: reasons(for: failure, at: step, findings),
            separatedBy: failure.cause == .apiDisabled ? Self.separationOfAPI : nil)
    }

    private static let separationOfAPI =
        "Look whether the user's permission sets or profile have API Enabled, and in Setup > Company Information which "
        + "edition the org is."

    /// Other causes that the same answer can have.
    ///
    /// - Returns: `isAmong` if the answer speaks for them as much.
    private static func alternatives(to failure: ConnectedAppError) -> (causes: [Cause], isAmong: Bool) {
        switch failure.cause {
        case .apiDisabled: ([.editionWithoutAPI], true)
        // Such an answer may come from a proxy or another device in front of the org.
        case .orgUnavailable, .signInRateExceeded: ([.answerUnintelligible], false)
        case .orgTransient: failure.hasOrgCode ? ([], false) : ([.answerUnintelligible], false)
        default: ([], false)
        }
    }

    private static func isProven(_ failure: ConnectedAppError, at step: TestStep?) -> Bool {
        switch failure.cause {
        case .answerUnintelligible: false
        // The sign-in worked all the same.
        case .userNotAdminApproved: step != .preauthorization
        case .connectionLost: failure.circumstance != .exchangeFailed(.other)
        default: true
        }
    }

    private func reasons(for failure: ConnectedAppError, at step: TestStep?, _ findings: Findings) -> [String] {
        switch failure.cause {
        case .orgUnavailable: return [Self.sentence(on: findings.availability), Self.deviceInBetween]
        case .signInRateExceeded: return [Self.deviceInBetween]
        case .orgTransient where !failure.hasOrgCode: return [Self.deviceInBetween]
        case .userNotAdminApproved where step == .preauthorization:
            return ["The app's permission sets and profiles were read and do not name this user; the sign-in worked."]
        default: break
        }
        let entry = failure.cause.entry
        switch entry.chapter {
        case .typed, .files, .store, .ownRules:
            return findings.signInsUsed == 0 ? [entry.against, "No sign-in was sent."] : [entry.against]
        case .reaching, .refused, .granted, .app, .everywhere: return [entry.against]
        }
    }

    private static let deviceInBetween =
        "Nothing in the answer shows that it is Salesforce's: a proxy or another network device can answer so too."

    /// Which places were available and which were not.
    private static func sentence(on availability: [OrgPlace: Bool]) -> String {
        let missing = OrgPlace.allCases.filter { availability[$0] == false }
        let working = OrgPlace.allCases.filter { availability[$0] == true }
        let verb = missing.count == 1 ? "was" : "were"
        let first = list(missing) + " \(verb) not available"
        guard working.isEmpty else {
            return sentence(first + "; \(list(working)) \(working.count == 1 ? "was" : "were").")
        }
        return sentence(first + "; nothing else was asked.")
            + (missing.count > 1 ? " So it is not about this app." : "")
    }

    private static func list(_ places: [OrgPlace]) -> String {
        let labels = places.map(\.label)
        guard let last = labels.last, labels.count > 1 else { return labels.first ?? "what was asked" }
        return labels.dropLast().joined(separator: ", ") + " and " + last
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

extension ConnectedAppError {
    fileprivate var hasOrgCode: Bool { circumstance?.hasOrgCode ?? false }
}
