internal import Foundation

/// Evidence about a refusal that was read with another token for the same org: an earlier token, or one of another
/// connection.
///
/// Settings read from the org are proof. A status in Login History is only a hint, because Salesforce does not document
/// which status a JWT Bearer sign-in leaves.
struct OrgWitness: Equatable {
    /// Where the token is from, as part of a sentence.
    let source: String
    var userExists: Bool?
    var userIsActive: Bool?
    var permittedUsers: PermittedUsers?
    var isPreauthorized: Bool?
    /// Metadata names, sorted.
    var scopes: [String]?
    /// Whether the app has this connection's certificate.
    var certificateFits: Bool?
    var sessionLevel: SessionLevel?
    /// The user's newest status in Login History.
    var loginStatus: String?

    /// Returns the causes that the evidence shows, with a sentence for each.
    ///
    /// - Parameter afterSignature: Whether the org accepted the signature.
    /// - Returns: `nil` if the evidence shows no cause.
    func causes(afterSignature: Bool) -> (causes: [Cause], isProven: Bool, reasons: [String])? {
        let proofs = afterSignature ? laterProofs : signatureProofs
        if !proofs.isEmpty {
            return (proofs.map(\.0), true, proofs.map { "\($0.1) (read with the token of \(source))." })
        }
        guard afterSignature, let status = loginStatus, let hint = Self.statuses[status] else { return nil }
        let reason = "Login History shows \"\(status)\" (read with the token of \(source))."
        return ([hint], false, [reason])
    }

    private var signatureProofs: [(Cause, String)] {
        certificateFits == false ? [(.signatureRefused, "The org holds another certificate, or none")] : []
    }

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

    /// "EventLogFile Login Event" (Object Reference for the Salesforce Platform).
    private static let statuses: [String: Cause] = [
        "User is frozen": .userFrozen, "User is inactive": .userInactive, "Restricted IP": .addressOrHoursRestricted,
        "Restricted time": .addressOrHoursRestricted, "Login rate exceeded": .signInRateExceeded,
        "Organization is inactive": .organizationInactive,
    ]
}
