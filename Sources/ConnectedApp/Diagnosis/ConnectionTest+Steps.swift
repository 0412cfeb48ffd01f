internal import Foundation
internal import JWTBearer
internal import MetadataAPI

extension ConnectionTest {
    // MARK: The way

    func name(_ findings: inout Findings) async throws -> Verdict {
        let outcome: Result<OrgAPI.Probe, ConnectedAppError>
        do { outcome = .success(try await OrgAPI.probe(target.loginHost, transport: target.transport)) } catch let error
            as ConnectedAppError
        {
            outcome = .failure(error)
        } catch let failure as TransportFailure {
            outcome = .failure(ConnectedAppError(failure, host: target.loginHost))
        }
        let way = WayToTheOrg(host: target.loginHost, egress: target.egress, outcome: outcome)
        findings.way = way
        if case .success(let probe) = outcome { findings.version = probe.version }
        return way.name
    }

    static func isTolerable(_ skew: TimeInterval) -> Bool { abs(skew) <= tolerableSkew }

    func clock(_ findings: Findings) -> Verdict {
        guard let skew = findings.way?.skew(now: surroundings.now()) else {
            return .unknown("No answer carried a Date header.")
        }
        let seconds = Int(bounding: skew.rounded())
        let evidence = ["skewSeconds": String(seconds)]
        guard Self.isTolerable(skew) else {
            // Whether the org minds, only the sign-in shows.
            return .passes(
                "This machine's clock is \(abs(seconds)) seconds \(seconds > 0 ? "ahead of" : "behind") the org's.",
                evidence,
                notice: "Set the clock: an org may refuse sign-ins whose times are more than two minutes off.")
        }
        return .passes("The clocks agree within two minutes.", evidence)
    }

    // MARK: This side

    func key(_ findings: inout Findings) async throws -> Verdict {
        let publicKey = try await target.publicKey()
        let evidence = ["publicKeySHA256": publicKey.fingerprint, "keyBits": String(publicKey.bits)]
        guard let certificate = target.certificate else {
            findings.hasKey = true
            return .passes("The key file opens.", evidence)
        }
        guard certificate.belongs(to: publicKey) else { throw ConnectedAppError(.certificateKeyMismatch) }
        findings.hasKey = true
        return .passes("The private key opens and fits the certificate.", evidence)
    }

    func certificate() -> Verdict {
        guard let certificate = target.certificate else {
            return .unknown("No certificate is at hand, only a key file.")
        }
        let now = surroundings.now()
        let evidence = [
            "sha256": certificate.sha256, "notAfter": certificate.notAfter.ISO8601Format(),
            "daysLeft": String(certificate.daysLeft(at: now)),
        ]
        // Salesforce is reported to go on accepting an expired certificate; so it is said, and no reason to stop.
        guard certificate.notAfter > now else {
            return .unknown(
                "The certificate has expired; whether this org still accepts it, the sign-in tells.", evidence)
        }
        guard certificate.notBefore <= now else { return .unknown("The certificate is not valid yet.", evidence) }
        let daysLeft = certificate.daysLeft(at: now)
        return .passes(
            "The certificate is valid until \(certificate.notAfter.ISO8601Format()).", evidence,
            notice: daysLeft < AppCertificate.soon ? "It ends in \(daysLeft) days." : nil)
    }

    func consumerKey() throws -> Verdict {
        guard let key = target.consumerKey else { throw ConnectedAppError(.consumerKeyMissing, subject: target.name) }
        let notices = [
            key.hasUsualPrefix ? nil : "It does not begin with 3MVG9 as keys made by Salesforce do.",
            SameKey.warning(connectionsOfSameKey),
        ].compactMap(\.self)
        return .passes(
            "A Consumer Key is set.", ["consumerKey": key.masked],
            notice: notices.isEmpty ? nil : notices.joined(separator: " "))
    }

    func audience() throws -> Verdict {
        let audience = try target.audience()
        return .passes(audience.reason, ["audience": audience.url])
    }

    // MARK: The sign-in

    func signIn(_ findings: inout Findings) async throws -> Verdict {
        guard target.consumerKey != nil, (try? target.audience()) != nil else {
            return .unknown("A sign-in needs a Consumer Key and an audience.")
        }
        guard findings.hasKey else { return .unknown("Without a key that can sign, no sign-in was spent.") }
        guard findings.way?.isReached == true else {
            return .unknown("The first request to the org failed, so no sign-in was spent.")
        }
        let identity = try target.identity()
        if let pinned = target.pinnedOrganizationID, let told = await advertisedOrganizationID(), told != pinned {
            findings.otherOrganization = told
            return .unknown("No sign-in was spent: the login host says that it is another org than the pinned one.")
        }
        let attempt: SignInAttempt
        do { attempt = try await signIn.attempt(identity, purpose: .diagnosis) } catch let failure as TransportFailure {
            // It may have been sent, and then the org counts it.
            findings.signInsUsed += 1
            throw failure
        }
        findings.signInsUsed += 1
        switch SignIn.conclusion(attempt, at: target.loginHost) {
        case .failure(let error):
            guard case .refused(let refusal) = attempt.reply else { return .fails(error) }
            let conclusion = try await inquire(into: refusal, identity, &findings)
            findings.conclusion = conclusion
            return .fails(
                ConnectedAppError(
                    conclusion.cause, detail: conclusion.isAppKnown ? conclusion.cause.summaryForKnownApp : nil,
                    evidence: evidence(error, conclusion), circumstance: error.circumstance))
        case .success(let token):
            findings.token = token
            return .passes(
                "The org granted a token.", ["host": target.loginHost.host, "audience": identity.audience.url])
        }
    }

    private func evidence(_ error: ConnectedAppError, _ conclusion: RefusalInquiry.Conclusion) -> [String: String] {
        var evidence = error.evidence
        evidence["among"] = conclusion.among.isEmpty ? nil : conclusion.among.map(\.rawValue).joined(separator: ",")
        return evidence
    }

    /// `nil` if the host does not tell, or serves many orgs.
    private func advertisedOrganizationID() async -> OrganizationID? {
        guard target.loginHost.namesOneOrg else { return nil }
        // A host that does not tell is no fault: then the token tells.
        return try? await OrgAPI.advertisedOrganizationID(at: target.loginHost, transport: target.transport)
    }

    func organization(_ findings: inout Findings) async throws -> Verdict {
        if let pinned = target.pinnedOrganizationID, let other = findings.otherOrganization {
            throw ConnectedAppError(
                .organizationChanged, subject: target.name,
                detail:
                    "The login host says that it is org \(other), and this connection is pinned to \(pinned). Nothing was "
                    + "signed for it.",
                evidence: ["pinned": pinned.description, "advertised": other.description])
        }
        guard let token = findings.token else { return Self.needsToken }
        let granted = try SignIn.checked(token, for: target)
        try await pin(granted.organizationID)
        findings.granted = granted
        let isPinned = target.pinnedOrganizationID != nil
        return .passes(
            isPinned ? "It is the org that the connection is pinned to." : "It is known which org answered.",
            ["organizationID": granted.organizationID.description, "instance": granted.instance.description])
    }

    func scopes(_ findings: Findings) -> Verdict {
        guard let token = findings.token else { return Self.needsToken }
        guard let granted = token.scope else { return .unknown("The org's answer named no scopes.") }
        let evidence = ["granted": granted, "required": "api; refresh_token, offline_access"]
        let extra = token.scopes.subtracting(["api", "refresh_token", "offline_access"]).sorted()
        var problems: [String] = []
        if !token.scopes.contains("api") { problems.append("api is missing") }
        if !extra.isEmpty { problems.append("not needed: \(extra.joined(separator: ", "))") }
        guard problems.isEmpty else {
            return .fails(
                ConnectedAppError(
                    .scopesDiffer,
                    detail: "The app's scopes are not exactly the two: \(problems.joined(separator: "; ")).",
                    evidence: evidence))
        }
        return .passes(
            "Exactly the two: api was granted, and a sign-in works only where the app has refresh_token too.", evidence)
    }

    // MARK: What the token may do

    /// Why a step that needs the org's API could not be taken.
    func notRead(_ findings: Findings) -> Verdict {
        guard findings.granted != nil else { return .skipped(findings.token == nil ? .needsToken : .tokenUnused) }
        guard !findings.apiWorks else { return .skipped(.appUnread) }
        switch findings.failures[.api] {
        case .tokenUseless, .apiAccessRestricted: return .skipped(.tokenRefused)
        case let cause?: return .skipped(cause.entry.chapter == .granted ? .apiRefused : .apiUnanswered)
        case nil: return .skipped(.apiUnanswered)
        }
    }

    func api(_ findings: inout Findings) async throws -> Verdict {
        guard let granted = findings.granted else { return notRead(findings) }
        let api = api(for: granted)
        let version = try await version(&findings, granted)
        do {
            findings.requests = try await api.dailyAPIRequests(version)
        } catch let error as ConnectedAppError where error.cause == .tokenUseless {
            throw Self.whyUseless(error, granted)
        }
        findings.apiWorks = true
        return .passes("The org's API accepts the token.", ["apiVersion": version.description])
    }

    /// The scope is there, so it is not what these words mostly mean.
    private static func whyUseless(_ refused: ConnectedAppError, _ granted: GrantedToken) -> ConnectedAppError {
        guard case .restError(_, "This session is not valid for use with the REST API") = refused.circumstance,
            granted.token.scopes.contains("api")
        else { return refused }
        return ConnectedAppError(
            .apiAccessRestricted, evidence: refused.evidence, circumstance: refused.circumstance)
    }

    func metadata(_ findings: inout Findings) async throws -> Verdict {
        guard let granted = findings.granted else { return notRead(findings) }
        let api = api(for: granted)
        let version = try await version(&findings, granted)
        do {
            let description = try await api.soap(.describeMetadata(asOf: version), version: version, within: .answer) {
                .describeMetadata()
            }
            findings.metadataWorks = true
            return .passes(
                "The user may read metadata: \(description.types.count) types.",
                ["types": String(description.types.count)])
        } catch let error as ConnectedAppError
            where error.cause == .tokenUseless && findings.apiWorks && granted.token.isJWT
        {
            throw ConnectedAppError(.jwtFormatToken, evidence: error.evidence, circumstance: error.circumstance)
        }
    }

    func requests(_ findings: Findings) -> Verdict {
        guard let requests = findings.requests else { return notRead(findings) }
        let evidence = ["remaining": String(requests.remaining), "limit": String(requests.limit)]
        guard requests.remaining > 0 else { return .fails(ConnectedAppError(.apiLimitReached, evidence: evidence)) }
        return .passes(
            "\(requests.remaining) of \(requests.limit) API requests are left today.", evidence,
            notice: requests.remaining * 10 < requests.limit ? "Less than a tenth is left." : nil)
    }

    private func version(_ findings: inout Findings, _ granted: GrantedToken) async throws -> APIVersion {
        if let version = findings.version, granted.instance == target.loginHost { return version }
        do {
            let version = try await OrgAPI.highestVersion(at: granted.instance, transport: target.transport)
            findings.version = version
            findings.versionsFailure = nil
            return version
        } catch let error as ConnectedAppError {
            findings.versionsFailure = error.cause
            throw error
        }
    }

    /// With this very token and no other: a test spends no second sign-in.
    func api(for granted: GrantedToken) -> OrgAPI {
        var actions = TokenSource.Actions(only: granted)
        actions.admit = permit
        return OrgAPI(transport: target.transport, tokens: TokenSource(actions))
    }
}

extension AccessToken {
    /// Three parts of base64url: a JWT-based token. An opaque one begins with the org's id and an exclamation mark.
    var isJWT: Bool { secret.hasPrefix("eyJ") && secret.split(separator: ".").count == 3 }
}
