internal import Foundation
internal import JWTBearer

/// A part of an org that answers separately. The list of versions and the token endpoint need no access token.
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
    /// Whether each place answered without an outage. Places about which nothing is known are missing.
    var availability: [OrgPlace: Bool] {
        var seen: [OrgPlace: Bool] = [:]
        seen[.versions] = versionsFailure == .orgUnavailable ? false : isVersionListAvailable
        seen[.tokenEndpoint] = token != nil || conclusion != nil ? true : isAvailable(after: failures[.signIn])
        // Without the list of versions, REST and SOAP were not asked.
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

    /// Returns whether a place was available, judging by the failure of a step that asked it.
    ///
    /// - Returns: `false` if the failure is an outage, `true` if the org answered and refused, `nil` if neither is known.
    private func isAvailable(after failure: Cause?) -> Bool? {
        guard let failure else { return nil }
        if failure == .orgUnavailable { return false }
        return failure.entry.chapter == .granted ? true : nil
    }
}

extension ConnectionTest {
    /// Returns what the steps show about a failure for which no controls (``SignInControl``) were sent.
    ///
    /// - Parameter step: The step that failed first.
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
        "Check whether the user's permission sets or profile have API Enabled, and which edition the org has (Setup > "
        + "Company Information)."

    /// Returns other causes that the same answer can have; `isAmong` is `true` if they are as likely as the failure's own
    /// cause.
    private static func alternatives(to failure: ConnectedAppError) -> (causes: [Cause], isAmong: Bool) {
        if failure.cause == .apiDisabled { return ([.editionWithoutAPI], true) }
        return mayComeFromDevice(failure) ? ([.answerUnintelligible], false) : ([], false)
    }

    /// Whether a proxy or another device in front of the org may have sent the answer.
    private static func mayComeFromDevice(_ failure: ConnectedAppError) -> Bool {
        [.orgUnavailable, .signInRateExceeded].contains(failure.cause)
            || (failure.cause == .orgTransient && !failure.hasOrgCode)
    }

    /// Whether evidence other than the words of an answer proves the cause.
    private static func isProven(_ failure: ConnectedAppError, at step: TestStep?) -> Bool {
        if failure.cause == .answerUnintelligible { return false }
        // The sign-in worked although the user is not listed.
        if failure.cause == .userNotAdminApproved { return step != .preauthorization }
        return failure.cause != .connectionLost || failure.circumstance != .exchangeFailed(.other)
    }

    private func reasons(for failure: ConnectedAppError, at step: TestStep?, _ findings: Findings) -> [String] {
        if Self.mayComeFromDevice(failure) {
            let availability = failure.cause == .orgUnavailable ? [Self.sentence(on: findings.availability)] : []
            return availability + [Self.deviceInBetween]
        }
        if failure.cause == .userNotAdminApproved, step == .preauthorization {
            return ["The app's permission sets and profiles were read and do not name this user; the sign-in worked."]
        }
        let entry = failure.cause.entry
        switch entry.chapter {
        case .typed, .files, .store, .ownRules, .access:
            return findings.signInsUsed == 0 ? [entry.against, "No sign-in was sent."] : [entry.against]
        case .reaching, .refused, .granted, .app, .everywhere: return [entry.against]
        }
    }

    private static let deviceInBetween =
        "Nothing in the answer shows that it comes from Salesforce: a proxy or another network device can send it too."

    /// Returns a sentence about which places were available and which were not.
    private static func sentence(on availability: [OrgPlace: Bool]) -> String {
        let missing = OrgPlace.allCases.filter { availability[$0] == false }
        let working = OrgPlace.allCases.filter { availability[$0] == true }
        let verb = missing.count == 1 ? "was" : "were"
        let first = list(missing) + " \(verb) not available"
        guard working.isEmpty else {
            return sentence(first + "; \(list(working)) \(working.count == 1 ? "was" : "were").")
        }
        return sentence(first + "; nothing else was asked.")
            + (missing.count > 1 ? " So this app is not the reason." : "")
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
