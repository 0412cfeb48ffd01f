internal import Foundation
internal import JWTBearer
internal import MetadataAPI

extension ConnectionTest {
    // MARK: Reaching the host

    /// Sends the request whose result the steps `name`, `proxy`, `connection`, `tls` and `clock` show.
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
            // Only the sign-in shows whether the org objects.
            return .passes(
                "This machine's clock is \(abs(seconds)) seconds \(seconds > 0 ? "ahead of" : "behind") the org's.",
                evidence,
                notice: "Set the clock: an org may refuse sign-ins if the times differ by more than two minutes.")
        }
        return .passes("The clocks agree within two minutes.", evidence)
    }

    // MARK: This machine

    func key(_ findings: inout Findings) async throws -> Verdict {
        let publicKey = try await target.publicKey()
        let evidence = ["publicKeySHA256": publicKey.fingerprint, "keyBits": String(publicKey.bits)]
        guard let certificate = target.certificate else {
            findings.hasKey = true
            return .passes("The key file can be read.", evidence)
        }
        guard certificate.belongs(to: publicKey) else { throw ConnectedAppError(.certificateKeyMismatch) }
        findings.hasKey = true
        return .passes("The private key can be read and matches the certificate.", evidence)
    }

    func certificate() -> Verdict {
        guard let certificate = target.certificate else {
            return .unknown("Only a key file was given, no certificate.")
        }
        let now = surroundings.now()
        let evidence = [
            "sha256": certificate.sha256, "notAfter": certificate.notAfter.ISO8601Format(),
            "daysLeft": String(certificate.daysLeft(at: now)),
        ]
        // Salesforce is reported to accept expired certificates, so this is not a reason to stop.
        guard certificate.notAfter > now else {
            return .unknown(
                "The certificate has expired; the sign-in shows whether this org still accepts it.", evidence)
        }
        guard certificate.notBefore <= now else { return .unknown("The certificate is not valid yet.", evidence) }
        let daysLeft = certificate.daysLeft(at: now)
        return .passes(
            "The certificate is valid until \(certificate.notAfter.ISO8601Format()).", evidence,
            notice: daysLeft < AppCertificate.soon
                ? "It expires \(daysLeft < 1 ? "within a day" : daysLeft == 1 ? "in 1 day" : "in \(daysLeft) days")."
                : nil)
    }

    func consumerKey() throws -> Verdict {
        guard let key = target.consumerKey else {
            throw ConnectedAppError(.consumerKeyMissing, connection: target.name)
        }
        let notices = [
            key.hasUsualPrefix ? nil : "It does not begin with 3MVG9 as Salesforce's own keys do.",
            SameKey.warning(connectionsWithSameConsumerKey),
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
        guard findings.hasKey else { return .unknown("No sign-in was sent, because there is no key that can sign.") }
        guard findings.way?.isReached == true else {
            return .unknown("No sign-in was sent, because the first request to the org failed.")
        }
        let identity = try target.identity()
        if let pinned = target.pinnedOrganizationID, let advertised = await advertisedOrganizationID(),
            advertised != pinned
        {
            findings.otherOrganization = advertised
            return .unknown("No sign-in was sent: the login host belongs to an org other than the pinned one.")
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
                    conclusion.cause,
                    detail: conclusion.isConsumerKeyKnown ? conclusion.cause.summaryForKnownConsumerKey : nil,
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

    /// Returns the org that the login host says it belongs to; `nil` if it does not say, or serves many orgs.
    private func advertisedOrganizationID() async -> OrganizationID? {
        guard target.loginHost.namesOneOrg else { return nil }
        // If the host does not say, the token does.
        return try? await OrgAPI.advertisedOrganizationID(at: target.loginHost, transport: target.transport)
    }

    func organization(_ findings: inout Findings) async throws -> Verdict {
        if let pinned = target.pinnedOrganizationID, let other = findings.otherOrganization {
            throw ConnectedAppError(
                .organizationChanged, connection: target.name,
                detail:
                    "The login host belongs to org \(other), and this connection is pinned to \(pinned). aprity signed "
                    + "nothing for the other org.",
                evidence: ["pinned": pinned.description, "advertised": other.description])
        }
        guard let token = findings.token else { return Self.needsToken }
        let granted = try SignIn.checked(token, for: target)
        try await pin(granted.organizationID)
        findings.granted = granted
        let isPinned = target.pinnedOrganizationID != nil
        return .passes(
            isPinned
                ? "It is the org that the connection is pinned to."
                : "The token belongs to org \(granted.organizationID).",
            ["organizationID": granted.organizationID.description, "instance": granted.instance.description])
    }

    func scopes(_ findings: Findings) -> Verdict {
        guard let token = findings.token else { return Self.needsToken }
        guard let granted = token.scope else { return .unknown("The org's answer contained no scopes.") }
        let evidence = ["granted": granted, "required": "api; refresh_token, offline_access"]
        let extra = token.scopes.subtracting(["api", "refresh_token", "offline_access"]).sorted()
        var problems: [String] = []
        if !token.scopes.contains("api") { problems.append("api is missing") }
        if !extra.isEmpty { problems.append("not needed: \(extra.joined(separator: ", "))") }
        guard problems.isEmpty else {
            return .fails(
                ConnectedAppError(
                    .scopesDiffer,
                    detail:
                        "The app does not have exactly the two required scopes: \(problems.joined(separator: "; ")).",
                    evidence: evidence))
        }
        return .passes(
            "Exactly the two: api was granted, and the org refuses the sign-in of an app without refresh_token.",
            evidence)
    }

    // MARK: What the token may do

    /// Returns the verdict on a step that is skipped because the org's API did not return what the step needs.
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

    /// Returns the error for a refused token. The words "This session is not valid for use with the REST API" usually mean that
    /// the token lacks the scope `api`. If it has the scope, they mean that API Access Control excludes the app.
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
                "The user may read metadata; number of types: \(description.types.count).",
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
            "\(requests.remaining) of the \(requests.limit) API requests within 24 hours are left.", evidence,
            notice: requests.remaining * 10 < requests.limit ? "Less than a tenth is left." : nil)
    }

    /// Returns the highest API version that the org's API host offers. Asks that host, unless it is the login host and the first
    /// step has read its version.
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

    /// Returns an API that uses only this token: if the token is refused, the test does not sign in again.
    func api(for granted: GrantedToken) -> OrgAPI {
        var actions = TokenSource.Actions(only: granted)
        actions.sendCheck = permit
        return OrgAPI(transport: target.transport, tokens: TokenSource(actions))
    }
}

extension AccessToken {
    /// Whether it is a JWT-based token: three parts of base64url. An opaque token begins with the org's id and an
    /// exclamation mark.
    var isJWT: Bool { secret.hasPrefix("eyJ") && secret.split(separator: ".").count == 3 }
}
