internal import Foundation
internal import JWTBearer

/// What an operator decides about a new trust policy.
package struct NewTrustPolicy: Sendable {
    /// The most further claims.
    private static let mostClaims = 20
    /// Names of clients begin with that of their policy.
    private static let longestName = 40

    var name: String
    var issuer: String
    var audience: String
    var subject: String
    var claims: [String: String]
    var certificateAuthoritiesPEM: String?
    var rights: ClientRights

    /// - Parameters:
    ///   - issuer: The issuer's URL, as its tokens have it in `iss`.
    ///   - audience: What the tokens have in `aud`.
    ///   - subject: What they have in `sub`; `*` stands for any characters.
    ///   - claims: Patterns by the names of further claims.
    ///   - certificateAuthoritiesPEM: Certificate authorities to trust in addition to the system's; `nil`: none.
    package init(
        name: String, issuer: String, audience: String, subject: String, claims: [String: String] = [:],
        certificateAuthoritiesPEM: String? = nil, rights: ClientRights = ClientRights()
    ) {
        self.name = name
        self.issuer = issuer
        self.audience = audience
        self.subject = subject
        self.claims = claims
        self.certificateAuthoritiesPEM = certificateAuthoritiesPEM
        self.rights = rights
    }

    /// Removes what pasting adds, and checks the values.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    func checked() throws(ConnectedAppError) -> NewTrustPolicy {
        var policy = self
        policy.name = name.trimmingPasteArtifacts
        policy.issuer = issuer.trimmingPasteArtifacts
        policy.audience = audience.trimmingPasteArtifacts
        policy.subject = subject.trimmingPasteArtifacts
        guard AliasSyntax.isValid(policy.name), policy.name.utf8.count <= Self.longestName else {
            throw .usage(
                name,
                "A trust policy's name has 1 to 40 letters, digits, `-`, `_` or `.`, and begins with a letter or digit."
            )
        }
        let issuer = try Issuer(policy.issuer)
        guard (1...500).contains(policy.audience.utf8.count), !policy.audience.contains("*") else {
            throw .usage(policy.audience, "The audience is the exact text that the tokens have in `aud`.")
        }
        try policy.checkPatterns(of: issuer)
        try rights.check()
        return policy
    }

    private func checkPatterns(of issuer: Issuer) throws(ConnectedAppError) {
        guard claims.count <= Self.mostClaims else { throw .usage(name, "A trust policy has at most 20 claims.") }
        for (name, pattern) in claims where name.isEmpty || name.utf8.count > 100 || ClaimPattern(pattern) == nil {
            throw .usage(name, "A claim has a name and a pattern of 1 to 500 characters, as in ref=refs/heads/main.")
        }
        guard let pattern = ClaimPattern(subject), !pattern.beginning.isEmpty else {
            throw .usage(subject, "The subject has 1 to 500 characters and does not begin with `*`.")
        }
        guard issuer.isShared,
            !claims.contains(where: { Issuer.ownerClaims.contains($0.key) && !$0.value.contains("*") })
        else { return }
        // GitHub's newer subjects have the owner's id after its name: `repo:acme@123/site@456:…`.
        guard pattern.beginning.contains(where: { "/@".contains($0) }) else {
            throw .usage(
                subject,
                "Everybody can get tokens of \(issuer.url). So the subject names the owner before the first `*`, as in repo:acme/site:* or project_path:acme/site:*."
            )
        }
    }
}
