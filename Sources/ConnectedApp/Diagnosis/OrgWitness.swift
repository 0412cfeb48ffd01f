internal import Foundation

/// What another token of the same org tells about a refusal: one that was granted before, or that of another connection.
///
/// Facts read from the org are proof; the words of Login History are a hint, since which of them a JWT Bearer sign-in
/// leaves is not documented.
struct OrgWitness: Equatable {
    /// Whose token it was, for a person.
    let source: String
    var userExists: Bool?
    var userIsActive: Bool?
    var permittedUsers: PermittedUsers?
    var isPreauthorized: Bool?
    /// By their names in metadata; sorted.
    var scopes: [String]?
    /// SHA-256, empty where there is none; and whether it is ours.
    var certificateFits: Bool?
    var sessionLevel: SessionLevel?
    /// The newest status in Login History of the user.
    var loginStatus: String?

    /// - Returns: `nil` where nothing that it saw is a cause.
    func causes(afterSignature: Bool) -> (causes: [Cause], isProven: Bool, reasons: [String])? {
        let proofs = afterSignature ? laterProofs : signatureProofs
        if !proofs.isEmpty {
            return (proofs.map(\.0), true, proofs.map { "\($0.1) (seen with the token of \(source))." })
        }
        guard afterSignature, let status = loginStatus, let hint = Self.statuses[status] else { return nil }
        let reason = "Login History notes \"\(status)\" (seen with the token of \(source))."
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
            found.append((.userNotAdminApproved, "The user has no permission set or profile that the app lists"))
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
