internal import Foundation
internal import JWTBearer
internal import MetadataAPI

/// Asks one org questions that the documentation leaves open. Signs in and reads, and changes nothing in the org.
struct RealityCheck {
    let target: Target
    let signIn: SignIn
    let surroundings: Surroundings
    let tokens: TokenSource

    /// The result of one question.
    struct Found {
        /// The result in a few words; if the org refused, its text. It may contain names, which the caller masks.
        var answer: String
        /// The HTTP status of the response that is the answer; `nil` if the answer is not one response.
        var status: Int?
        /// Values for the simulator's switches, by name; empty if the answer determines none.
        var switches: [String: RealityView.Value] = [:]
    }

    /// Asks a question.
    ///
    /// - Throws: ``ConnectedAppError`` or `TransportFailure` if it could not be asked.
    func ask(_ question: RealityQuestion) async throws -> Found {
        switch question {
        case .unknownConsumerKey: try await refusal(of: .nonsenseConsumerKey, deciding: Self.unknownKey)
        case .wrongSignature: try await refusal(of: .brokenSignature, deciding: Self.wrongSignature)
        case .unknownUsername: try await refusal(of: .nonsenseUsername) { _ in [:] }
        case .expiryAsText:
            try await acceptance(of: claims { ["exp": .text(String($0 + 150))] }) { ["acceptStringExp": .flag($0)] }
        case .expiryFarAhead:
            try await acceptance(of: claims { ["exp": .number($0 + 3600)] }) {
                ["maximumLifetimeSeconds": $0 ? .null : .number(300)]
            }
        case .expiryJustPassed:
            try await acceptance(of: claims { ["exp": .number($0 - 30)] }) { ["leewaySeconds": .number($0 ? 60 : 0)] }
        case .principalClaim:
            try await acceptance(of: claims { _ in ["sub": .null, "prn": .text(target.username.description)] }) {
                ["acceptPrn": .flag($0)]
            }
        case .audienceWithSlash:
            try await acceptance(
                of: claims { [audience = try target.audience().url] _ in ["aud": .text(audience + "/")] }
            ) {
                _ in [:]
            }
        case .otherAudience: try await otherAudience()
        case .sameAssertionTwice: try await sameAssertionTwice()
        case .sameToken: try await sameToken()
        case .grantedScope: try await grantedScope()
        case .loginHistory: try await loginHistory()
        case .appCertificate: try await appCertificate()
        case .consumerSecret: try await consumerSecret()
        case .accessEntries: try await accessEntries()
        }
    }

    // MARK: Error texts

    /// Makes a sign-in that the org should refuse.
    ///
    /// - Parameter deciding: Returns the simulator's switches that an OAuth error code determines.
    private func refusal(
        of control: SignInControl, deciding: (_ error: String) -> [String: RealityView.Value]
    ) async throws -> Found {
        let identity = try control.identity(from: try target.identity(), otherSigner: nil, surroundings: surroundings)
        let attempt = try await signIn.attempt(identity, purpose: .diagnosis)
        var found = Self.found(attempt)
        if case .refused(let refusal) = attempt.reply { found.switches = deciding(refusal.error) }
        return found
    }

    private static func unknownKey(_ error: String) -> [String: RealityView.Value] {
        switch error {
        case "invalid_client_id": ["unknownConsumerKey": .text("clientIdentifierInvalid")]
        case "app_not_found": ["unknownConsumerKey": .text("appNotFound")]
        default: [:]
        }
    }

    private static func wrongSignature(_ error: String) -> [String: RealityView.Value] {
        switch error {
        case "invalid_client": ["signatureMismatch": .text("invalidClient")]
        case "invalid_grant": ["signatureMismatch": .text("invalidAssertion")]
        default: [:]
        }
    }

    private static func found(_ attempt: SignInAttempt) -> Found {
        switch attempt.reply {
        case .granted: Found(answer: "granted", status: attempt.status)
        case .refused(let refusal): Found(answer: ControlAnswer(refusal).words, status: attempt.status)
        case .unintelligible: Found(answer: "no OAuth answer", status: attempt.status)
        }
    }

    // MARK: Accepted claims

    private typealias Claims = [String: RealityView.Value]

    /// Creates claims that replace the usual ones. `null` omits a claim.
    ///
    /// - Parameter differing: Gets the present time in whole seconds since 1970.
    private func claims(_ differing: (_ now: Double) -> Claims) -> Claims {
        differing(surroundings.now().timeIntervalSince1970.rounded(.down))
    }

    /// Signs in with changed claims.
    ///
    /// - Parameter deciding: Returns the simulator's switches that follow from the org's acceptance or refusal.
    private func acceptance(
        of differing: Claims, deciding: (_ isAccepted: Bool) -> [String: RealityView.Value]
    ) async throws -> Found {
        let attempt = try await attempt(differing)
        var found = Self.found(attempt)
        switch attempt.reply {
        case .granted: found.switches = deciding(true)
        case .refused: found.switches = deciding(false)
        case .unintelligible: break
        }
        return found
    }

    private func attempt(_ differing: Claims) async throws -> SignInAttempt {
        let assertion = try await assertion(differing)
        return try await signIn.attempt(try target.identity(), purpose: .diagnosis) { _ in assertion }
    }

    /// Signs an assertion whose claims need not be valid. ``Assertion`` could not create it.
    private func assertion(_ differing: Claims) async throws -> SignedAssertion {
        let now = surroundings.now().timeIntervalSince1970.rounded(.down)
        var claims: Claims = [
            "iss": .text(try target.identity().consumerKey.description), "sub": .text(target.username.description),
            "aud": .text(try target.audience().url), "exp": .number(now + 150), "iat": .number(now),
            "jti": .text(surroundings.randomHex(bytes: 16)),
        ]
        for (name, value) in differing { claims[name] = value == .null ? nil : value }
        let json = try JSONSerialization.data(
            withJSONObject: claims.mapValues(Self.json), options: .withoutEscapingSlashes)
        let input = Base64URL.encode(#"{"alg":"RS256","typ":"JWT"}"#.utf8) + "." + Base64URL.encode(json)
        let signature = try await target.signer.signature(over: Array(input.utf8))
        return SignedAssertion(compact: input + "." + Base64URL.encode(signature))
    }

    private static func json(_ value: RealityView.Value) -> Any {
        switch value {
        case .text(let text): text
        case .flag(let flag): flag
        case .number(let number): Int(number)
        case .null: NSNull()
        }
    }

    private func otherAudience() async throws -> Found {
        let usual = try target.audience().url
        switch target.appKind {
        case .externalClientApp:
            let isSandbox = [LoginHost.Form.sandbox, .scratch, .test].contains(target.loginHost.form)
            let other = isSandbox ? "https://test.salesforce.com" : "https://login.salesforce.com"
            return try await acceptance(of: ["aud": .text(other)]) { ["legacyAudienceForExternalClientApp": .flag($0)] }
        case .connectedApp:
            guard target.loginHost.namesOneOrg, usual != target.loginHost.description else {
                return Found(answer: "not asked: the login host is not a My Domain")
            }
            return try await acceptance(of: ["aud": .text(target.loginHost.description)]) {
                ["myDomainAudienceForConnectedApp": .flag($0)]
            }
        }
    }

    private func sameAssertionTwice() async throws -> Found {
        let assertion = try await assertion([:])
        let identity = try target.identity()
        _ = try await signIn.attempt(identity, purpose: .diagnosis) { _ in assertion }
        let second = try await signIn.attempt(identity, purpose: .diagnosis) { _ in assertion }
        var found = Self.found(second)
        if case .granted = second.reply { found.switches = ["enforceReplay": .flag(false)] }
        if case .refused = second.reply { found.switches = ["enforceReplay": .flag(true)] }
        return found
    }

    // MARK: Granted tokens

    private func sameToken() async throws -> Found {
        let identity = try target.identity()
        let first = try await signIn.attempt(identity, purpose: .diagnosis)
        let second = try await signIn.attempt(identity, purpose: .diagnosis)
        guard case .granted(let one) = first.reply, case .granted(let other) = second.reply else {
            return Self.found(second)
        }
        let isSame = one.secret == other.secret
        return Found(
            answer: isSame ? "the same token" : "another token", status: second.status,
            switches: ["reuseToken": .flag(isSame)])
    }

    private func grantedScope() async throws -> Found {
        let attempt = try await signIn.attempt(try target.identity(), purpose: .diagnosis)
        guard case .granted(let token) = attempt.reply else { return Self.found(attempt) }
        return Found(answer: token.scope ?? "none named", status: attempt.status)
    }

    // MARK: Shown data

    private func org() async throws -> OrgSetup {
        let api = OrgAPI(transport: target.transport, tokens: tokens)
        let granted = try await tokens.token()
        let version = try await OrgAPI.highestVersion(at: granted.instance, transport: target.transport)
        return OrgSetup(api: api, version: version)
    }

    private func app() async throws -> AppReading {
        try await org().app(of: target, consumerKey: try target.identity().consumerKey)
    }

    private func loginHistory() async throws -> Found {
        _ = try await signIn.attempt(try target.identity(), purpose: .diagnosis)
        let org = try await org()
        guard let user = try await tokens.token().token.userID else {
            return Found(answer: "the user's id is not known")
        }
        let rows = try await org.rows(
            """
            SELECT LoginType, LoginSubType, Status FROM LoginHistory WHERE UserId = \(OrgAPI.literal(user)) \
            ORDER BY LoginTime DESC LIMIT 1
            """)
        guard let row = rows.first else { return Found(answer: "no row") }
        let parts = ["LoginType", "LoginSubType", "Status"].map { "\($0)=\(row.text($0) ?? "null")" }
        return Found(answer: parts.joined(separator: "; "))
    }

    private func appCertificate() async throws -> Found {
        let app = try await app().app()
        switch app[.certificate] {
        case .value(let sha256):
            let isOurs = sha256.description == target.certificate?.sha256
            return Found(
                answer: isOurs ? "yes, this connection's" : "yes, but another one",
                switches: target.appKind == .externalClientApp ? ["retrieveReturnsCertificate": .flag(true)] : [:])
        case .unknown:
            // If the org returned the rest of the metadata, it withheld the certificate. If it returned nothing,
            // nothing is known.
            guard app[.consumerKey].value != nil else {
                return Found(answer: "the app's metadata is not shown to this user")
            }
            return Found(answer: "no", switches: ["retrieveReturnsCertificate": .flag(false)])
        }
    }

    private func consumerSecret() async throws -> Found {
        guard let carries = try await app().metadataCarriesSecret() else {
            return Found(answer: "the app's metadata is not shown to this user")
        }
        return Found(answer: carries ? "yes" : "no", switches: ["retrieveReturnsConsumerSecret": .flag(carries)])
    }

    private func accessEntries() async throws -> Found {
        let org = try await org()
        var counts: [String] = []
        for type in ["ConnectedApplication", "ExternalClientApplication"] {
            let count = try await org.count(
                "SELECT COUNT() FROM SetupEntityAccess WHERE SetupEntityType = '\(type)'")
            counts.append("\(type): \(count == 0 ? "none" : "some")")
        }
        return Found(answer: counts.joined(separator: "; "))
    }
}
