internal import Foundation

/// Evidence about a refusal that was read from the org with another token (the witness): a token of an earlier sign-in, or of
/// another connection to the same org. `nil` in a property means that the org does not show the fact.
///
/// Settings read from the org are proof. A status in Login History is only a hint, because Salesforce does not document
/// which status it shows for a JWT Bearer sign-in.
struct OrgWitness: Equatable {
    /// Where the token is from: the rest of a phrase that begins with "the token of".
    let source: String
    var userExists: Bool?
    var userIsActive: Bool?
    /// The app's policy Permitted Users.
    var permittedUsers: PermittedUsers?
    /// Whether the app's permission sets and profiles include the user.
    var isPreauthorized: Bool?
    /// The app's scopes by their names in the Metadata API, such as `RefreshToken`, sorted.
    var scopes: [String]?
    /// Whether the app has this connection's certificate.
    var certificateFits: Bool?
    var sessionLevel: SessionLevel?
    /// The status in the user's newest row of Login History.
    var loginStatus: String?

    /// Returns the causes that the evidence shows, with a sentence for each.
    ///
    /// - Parameter afterSignature: Whether the org accepted the signature of the refused sign-in.
    /// - Returns: `nil` if the evidence shows no cause. `isProven` is `true` if settings show the causes, and `false` if only
    ///   Login History does.
    func causes(afterSignature: Bool) -> (causes: [Cause], isProven: Bool, reasons: [String])? {
        let proofs = afterSignature ? laterProofs : signatureProofs
        if !proofs.isEmpty {
            return (proofs.map(\.0), true, proofs.map { "\($0.1) (read with the token of \(source))." })
        }
        guard afterSignature, let status = loginStatus, let hint = Self.statuses[status] else { return nil }
        let reason = "Login History shows \"\(status)\" (read with the token of \(source))."
        return ([hint], false, [reason])
    }

    /// Proofs of causes for which an org refuses at the signature. Each sentence is incomplete: the source of the token
    /// follows.
    private var signatureProofs: [(Cause, String)] {
        certificateFits == false ? [(.signatureRefused, "The org holds another certificate, or none")] : []
    }

    /// Proofs of causes for which an org refuses after it accepted the signature.
    private var laterProofs: [(Cause, String)] {
        var found: [(Cause, String)] = []
        if userExists == false { found.append((.usernameUnknown, "The org has no user of this name")) }
        if userIsActive == false { found.append((.userInactive, "The user is not active")) }
        if permittedUsers == .selfAuthorized {
            found.append((.userNotApproved, "Permitted Users is \"All users may self-authorize\""))
        } else if userExists != false, isPreauthorized == false {
            found.append((.userNotAdminApproved, "The user has none of the app's permission sets and profiles"))
        }
        if let scopes, !scopes.contains("RefreshToken") {
            found.append(
                (
                    .refreshTokenScopeMissing,
                    "The app's scopes are \(scopes.isEmpty ? "none" : scopes.joined(separator: ", "))"
                ))
        } else if scopes == ["RefreshToken"] {
            found.append((.noValidScopes, "The app's only scope is RefreshToken"))
        }
        if sessionLevel == .highAssurance {
            found.append((.sessionLevelUnmet, "The app requires a high assurance session"))
        }
        return found
    }

    /// The causes of statuses in Login History. Source: "EventLogFile Login Event" (Object Reference for the Salesforce
    /// Platform).
    private static let statuses: [String: Cause] = [
        "User is frozen": .userFrozen, "User is inactive": .userInactive, "Restricted IP": .addressOrHoursRestricted,
        "Restricted time": .addressOrHoursRestricted, "Login rate exceeded": .signInRateExceeded,
        "Organization is inactive": .organizationInactive,
    ]
}
