internal import Foundation
internal import HTTPTypes
internal import JWTBearer

/// The requests with which aprity completes a sign-in with Salesforce. They all go to the login host that was set up,
/// whatever addresses the org's answers contain.
struct OrgLogin: Sendable {
    let host: LoginHost
    let transport: any HTTPTransport

    /// What the token endpoint answered.
    struct Grant: Sendable, CustomStringConvertible, CustomReflectable {
        /// Every token in the answer. Secrets. They must be revoked, whatever else the answer contains.
        let secrets: [String]
        /// `nil` if the answer has none.
        let accessToken: String?
        /// The path of the identity URL, `/id/ORGID/USERID`; `nil` if the answer has none or it is malformed.
        let identityPath: String?
        /// The org ids in the identity URL and in an opaque token.
        let organizationIDs: Set<OrganizationID>
        /// The error of an answer without an access token.
        let failure: ConnectedAppError?

        /// The id of the user in the identity URL, with 15 characters; `nil` if there is none.
        var userID: String? {
            identityPath?.split(separator: "/").last.map { String($0.prefix(15)) }
        }

        var description: String { "Grant(hidden)" }
        var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// A complete answer.
    private struct Answer {
        let status: Int
        let body: [UInt8]
    }

    // MARK: The code

    /// Exchanges the code for a token.
    ///
    /// - Returns: What the org answered, even if it is no grant: a token in it must be revoked.
    /// - Throws: ``ConnectedAppError`` if there was no answer.
    func redeem(_ code: String, of begun: BegunSignIn) async throws -> Grant {
        var head = head(.post, TokenRequest.path)
        head.headerFields[.contentType] = TokenRequest.contentType
        let answer = try await send(OutgoingRequest(head, body: begun.exchangeBody(code: code)))
        return grant(answer, words: OrgWords(hiding: [code, begun.verifier, begun.state]))
    }

    private func grant(_ answer: Answer, words: OrgWords) -> Grant {
        let members = (try? JSONSerialization.jsonObject(with: Data(answer.body))) as? [String: Any] ?? [:]
        let secrets = ["access_token", "refresh_token"].compactMap { members[$0] as? String }
            .filter { !$0.isEmpty }
        let access = (members["access_token"] as? String).flatMap { Self.isToken($0) ? $0 : nil }
        let path = (members["id"] as? String).flatMap(Self.identityPath)
        var ids: Set<OrganizationID> = []
        if let path {
            ids.formUnion(path.split(separator: "/").dropFirst().prefix(1).compactMap { OrganizationID(String($0)) })
        }
        if let access, let mark = access.firstIndex(of: "!"), let id = OrganizationID(String(access[..<mark])) {
            ids.insert(id)
        }
        let isGranted = answer.status == 200 && access != nil
        return Grant(
            secrets: secrets, accessToken: isGranted ? access : nil, identityPath: path, organizationIDs: ids,
            failure: isGranted ? nil : failure(answer, members, words))
    }

    /// Whether the text can be sent in an `Authorization` header.
    private static func isToken(_ text: String) -> Bool {
        (1...8192).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Only the path counts: older orgs name a shared login host here, and the token must not leave for another host.
    private static func identityPath(_ url: String) -> String? {
        guard let match = url.firstMatch(of: /\/id\/([A-Za-z0-9]{15,18})\/([A-Za-z0-9]{15,18})$/) else { return nil }
        return "/id/\(match.output.1)/\(match.output.2)"
    }

    private func failure(_ answer: Answer, _ members: [String: Any], _ words: OrgWords) -> ConnectedAppError {
        guard let code = members["error"] as? String else {
            // An answer with status 200 may contain a token in a form that aprity does not know, so it is not quoted.
            let body = answer.status == 200 ? [] : answer.body
            return ForeignAnswer(status: answer.status, body: body, words).error(at: host)
        }
        return Self.refusal(
            code, members["error_description"] as? String, at: host, words: words, status: answer.status)
    }

    /// The error for an OAuth error of the login page or of the token endpoint.
    ///
    /// - Parameter status: The HTTP status of the token endpoint; `nil` for the login page.
    static func refusal(
        _ code: String, _ description: String?, at host: LoginHost, words: OrgWords = OrgWords(), status: Int? = nil
    ) -> ConnectedAppError {
        var evidence = ["error": words.clean(code, atMost: OrgWords.longestName), "host": host.host]
        evidence["errorDescription"] = description.map { words.clean($0) }
        evidence["status"] = status.map(String.init)
        guard code == "access_denied" else {
            return ConnectedAppError(.signInRefusedByOrg, subject: host.host, evidence: evidence)
        }
        return ConnectedAppError(
            .signInRefusedByOrg, subject: host.host,
            detail:
                "Access was denied on Salesforce's page that asks to allow it, usually with the button Deny. Nobody was signed in.",
            remedy:
                "Begin again, and choose Allow on that page. If nobody chose Deny, the app's settings or the user's permissions in Salesforce are the reason.",
            evidence: evidence)
    }

    // MARK: The person

    /// Asks the userinfo endpoint who the token was issued to.
    ///
    /// - Throws: ``ConnectedAppError``: `.signInIdentityUnread`, and the causes of a missing answer.
    func userInfo(_ token: String) async throws -> OrgIdentity {
        try await person("/services/oauth2/userinfo", token)
    }

    /// Asks the identity URL for the custom permissions of a person, unless they are known. Which of the two endpoints
    /// lists them for these scopes is not confirmed on a real org.
    ///
    /// - Throws: As ``userInfo(_:)``.
    func completed(_ person: OrgIdentity, _ token: String, _ grant: Grant) async throws -> OrgIdentity {
        guard person.permissions == nil, let path = grant.identityPath else { return person }
        let second = try await self.person(path + "?version=latest", token)
        guard second.userID == person.userID, second.organizationID == person.organizationID else {
            throw ConnectedAppError(
                .signInIdentityUnread, subject: host.host, detail: "The org's answers name two different people.",
                evidence: ["userinfo": person.userID, "identity": second.userID])
        }
        return person.adding(second.permissions)
    }

    private func person(_ path: String, _ token: String) async throws -> OrgIdentity {
        var head = head(.get, path)
        head.headerFields[.authorization] = "Bearer " + token
        let answer = try await send(OutgoingRequest(head, isRead: true))
        if answer.status == 200, let person = OrgIdentity(answer.body) { return person }
        let words = OrgWords(hiding: [token])
        var evidence = ForeignAnswer(status: answer.status, body: answer.body, words).evidence
        evidence["path"] = String(path.prefix { $0 != "?" })
        throw ConnectedAppError(.signInIdentityUnread, subject: host.host, evidence: evidence)
    }

    // MARK: The end of the token

    /// Revokes a token (RFC 7009).
    ///
    /// - Throws: ``ConnectedAppError`` if the org did not confirm that the token is invalid.
    func revoke(_ token: String) async throws {
        struct Refusal: Decodable { let error: String }
        var head = head(.post, RevocationRequest.path)
        head.headerFields[.contentType] = RevocationRequest.contentType
        let answer = try await send(
            OutgoingRequest(head, body: RevocationRequest(token: token).body), within: Self.revocation)
        if answer.status == 200 { return }
        // "Revoking OAuth Tokens" (Mobile SDK Development Guide): the token was invalid already.
        if (try? JSONDecoder().decode(Refusal.self, from: Data(answer.body)))?.error == "invalid_token" { return }
        throw ForeignAnswer(status: answer.status, body: answer.body, OrgWords(hiding: [token])).error(at: host)
    }

    // MARK: Parts

    private func head(_ method: HTTPRequest.Method, _ path: String) -> HTTPRequest {
        var head = HTTPRequest(method: method, scheme: host.scheme, authority: host.authority, path: path)
        head.headerFields[.accept] = "application/json"
        return head
    }

    /// Shorter than the deadline of the browser's request, because somebody waits for the page.
    private static let revocation = ExchangeLimits(bodyBytes: 65_536, total: .seconds(10))

    private func send(_ request: OutgoingRequest, within limits: ExchangeLimits = .answer) async throws -> Answer {
        do {
            let response = try await transport.send(request, within: limits)
            return Answer(status: response.head.status.code, body: try await response.collect())
        } catch let failure as TransportFailure {
            throw ConnectedAppError(failure, host: host)
        }
    }
}
