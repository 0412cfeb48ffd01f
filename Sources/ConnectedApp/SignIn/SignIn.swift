internal import Crypto
internal import Foundation
internal import HTTPTypes
package import JWTBearer
internal import Synchronization

/// The claims of an assertion and its signer; see ``Target/identity()``. Each control of the connection test changes
/// one of them, to compare the org's answers.
package struct SignInIdentity: Sendable {
    /// The connection for which the sign-in is made.
    let target: Target
    /// The issuer (`iss`).
    package var consumerKey: ConsumerKey
    /// The subject (`sub`).
    package var username: Username
    /// The audience (`aud`).
    let audience: Audience
    var signer: any AssertionSigner
}

/// The answer to one POST to the token endpoint, without an interpretation. It contains no secret except a granted token.
package struct SignInAttempt: Sendable {
    let reply: TokenReply
    /// The HTTP status.
    let status: Int
    /// This machine's clock minus the org's, in seconds, from the `Date` header; `nil` without one.
    let clockSkew: TimeInterval?
    /// The seconds to wait according to the org; `nil` if it does not say.
    let retryAfter: Int?
    /// The `Location` header of a redirect, without secrets; `nil` without one.
    let location: String?
}

/// A token that passed all checks that are possible without sending it.
struct GrantedToken: Sendable, Equatable {
    let token: AccessToken
    /// The host for API calls.
    let instance: LoginHost
    let organizationID: OrganizationID
}

/// The gate that a sign-in passes, and the principal for whom it is made.
package struct SignInContext: Sendable {
    let gate: any SignInGate
    let principal: Principal
    /// An unblocking pass, with which a blocked app may sign in once.
    let pass: String?

    package init(gate: any SignInGate, principal: Principal, pass: String? = nil) {
        self.gate = gate
        self.principal = principal
        self.pass = pass
    }
}

/// Signs in to an org. Each attempt sends one assertion in one POST. If there is a gate, each attempt needs its
/// permission.
package struct SignIn: Sendable {
    /// `nil` for the target's own transport.
    let transport: (any HTTPTransport)?
    /// `nil` without a store, in which case sign-ins are not counted.
    let context: SignInContext?
    let surroundings: Surroundings

    package init(over transport: (any HTTPTransport)? = nil, context: SignInContext?, surroundings: Surroundings) {
        self.transport = transport
        self.context = context
        self.surroundings = surroundings
    }

    /// Signs in and returns a checked token. Makes up to ``RetryPolicy/attempts`` attempts, with pauses: it retries
    /// after the HTTP statuses 420, 429 and 503, a lost connection and the org's words "retry your request", but after
    /// no other refusal.
    ///
    /// - Throws: ``ConnectedAppError`` about the connection: the cause of the last attempt's failure; the errors of
    ///   ``SignInGate``, of signing, and of ``checked(_:for:)``. `CancellationError` if the task is cancelled.
    func token(for identity: SignInIdentity, purpose: SignInPurpose) async throws -> GrantedToken {
        do { return try await tokenOfAttempts(identity, purpose) } catch let error as ConnectedAppError {
            // The subject is often the host or the user, but the remedy needs the connection's name.
            throw error.concerning(identity.target.name)
        }
    }

    private func tokenOfAttempts(_ identity: SignInIdentity, _ purpose: SignInPurpose) async throws -> GrantedToken {
        var number = 1
        while true {
            let failure: ConnectedAppError
            let outcome: RetryPolicy.Outcome?
            do {
                let attempt = try await attempt(identity, purpose: purpose)
                switch Self.conclusion(attempt, at: identity.target.loginHost) {
                case .success(let token): return try Self.checked(token, for: identity.target)
                case .failure(let error):
                    failure = error
                    outcome = Self.outcome(of: attempt, error)
                }
            } catch let error as TransportFailure {
                failure = ConnectedAppError(error, host: identity.target.loginHost)
                outcome = error.kind == .connectionLost ? .connectionLost : nil
            }
            guard let outcome, let pause = RetryPolicy.signIns.pause(after: outcome, attempt: number, surroundings)
            else {
                throw failure
            }
            try await surroundings.sleep(pause)
            number += 1
        }
    }

    /// Sends one POST and returns its answer, whatever it is.
    ///
    /// With a gate, the outcome is saved in the ledger before this returns or throws, unless saving it fails. A sign-in
    /// that was not sent is removed from the ledger.
    ///
    /// - Parameter making: Creates the assertion to send instead of the usual one, for the controls of the connection
    ///   test.
    /// - Throws: `TransportFailure`; ``ConnectedAppError`` if signing fails, the gate rejects the sign-in, or its
    ///   outcome cannot be saved; `CancellationError`.
    package func attempt(
        _ identity: SignInIdentity, purpose: SignInPurpose,
        making: (@Sendable (SignInIdentity) async throws -> SignedAssertion)? = nil
    ) async throws -> SignInAttempt {
        let signed = making ?? { try await self.signed($0) }
        guard let context else { return try await post(try await signed(identity), for: identity) }
        let gate = context.gate
        let permit = try await gate.begin(
            SignInRequest(identity, for: purpose, as: context.principal, pass: context.pass))
        let wasSent = Mutex(false)
        do {
            let assertion = try await signed(identity)
            let attempt = try await post(assertion, for: identity) {
                try await gate.confirm(permit)
                wasSent.withLock { $0 = true }
            }
            try await gate.finish(permit, Self.outcome(of: attempt.reply), token: attempt.reply.grantedToken)
            return attempt
        } catch let failure as TransportFailure where wasSent.withLock({ $0 }) {
            try await gate.finish(permit, SignInOutcome(.unanswered, code: failure.kind.rawValue), token: nil)
            throw failure
        } catch let error as CancellationError {
            // This task is cancelled, so the ledger is corrected in a new one.
            try await Task { [wasSent = wasSent.withLock { $0 }] in
                guard wasSent else { return await gate.withdraw(permit) }
                try await gate.finish(permit, SignInOutcome(.unanswered, code: "interrupted"), token: nil)
            }.value
            throw error
        } catch {
            if !wasSent.withLock({ $0 }) { await gate.withdraw(permit) }
            throw error
        }
    }

    private func signed(_ identity: SignInIdentity) async throws -> SignedAssertion {
        let assertion = try Assertion(
            issuer: identity.consumerKey.description, subject: identity.username.description,
            audience: identity.audience.url, now: surroundings.now(), identifier: surroundings.randomHex(bytes: 16))
        return try await assertion.signed(by: identity.signer)
    }

    private func post(
        _ assertion: SignedAssertion, for identity: SignInIdentity,
        beforeSending: (@Sendable () async throws -> Void)? = nil
    ) async throws -> SignInAttempt {
        let host = identity.target.loginHost
        let transport = transport ?? identity.target.transport
        let request = TokenRequest(assertion: assertion)
        var head = HTTPRequest(method: .post, scheme: host.scheme, authority: host.authority, path: TokenRequest.path)
        head.headerFields[.contentType] = TokenRequest.contentType
        head.headerFields[.accept] = "application/json"
        let response = try await transport.send(
            OutgoingRequest(head, body: request.body, beforeSending: beforeSending), within: .answer)
        let body = try await response.collect()
        let fields = response.head.headerFields
        let reply = TokenReply(status: response.head.status.code, contentType: fields[.contentType], body: body)
        let words = OrgWords(hiding: [assertion.compact, reply.grantedToken?.secret].compactMap(\.self))
        return SignInAttempt(
            reply: reply.cleaned(words),
            status: response.head.status.code,
            clockSkew: fields[.date].flatMap(HTTPDate.parse).map { surroundings.now().timeIntervalSince($0) },
            retryAfter: response.retryAfter,
            location: fields[.location].map { words.clean($0) })
    }

    private static func outcome(of reply: TokenReply) -> SignInOutcome {
        switch reply {
        case .granted: SignInOutcome(.granted, code: "granted")
        case .refused(let refusal): SignInOutcome(.refused, code: RefusalReading(refusal).cause.rawValue)
        case .unintelligible(let status, _, let beginning):
            SignInOutcome(.unanswered, code: ForeignAnswer(status: status, beginning: beginning).cause.rawValue)
        }
    }

    /// Returns the token of an attempt, or the error that its answer means. Does not check the token's content; see
    /// ``checked(_:for:)``.
    package static func conclusion(_ attempt: SignInAttempt, at host: LoginHost) -> Result<
        AccessToken, ConnectedAppError
    > {
        switch attempt.reply {
        case .granted(let token): return .success(token)
        case .refused(let refusal): return .failure(ConnectedAppError(refusal, host: host))
        case .unintelligible(let status, let contentType, let beginning):
            let answer = ForeignAnswer(status: status, beginning: beginning, contentType: contentType)
            var evidence = answer.evidence
            evidence["location"] = attempt.location
            evidence["retryAfterSeconds"] = attempt.retryAfter.map(String.init)
            let cause = status == 429 ? .signInRateExceeded : answer.cause
            return .failure(
                ConnectedAppError(
                    cause, subject: host.host, detail: answer.detail, evidence: evidence))
        }
    }

    /// - Returns: `nil` if another attempt would not help.
    private static func outcome(of attempt: SignInAttempt, _ error: ConnectedAppError) -> RetryPolicy.Outcome? {
        let isPutOff = RetryPolicy.asksToRetryLater(status: attempt.status) || error.cause == .orgTransient
        return isPutOff ? .retryLater(retryAfter: attempt.retryAfter) : nil
    }

    /// Checks which org issued a token and whether the token may be sent to the API address in the answer.
    ///
    /// - Throws: ``ConnectedAppError``: `.organizationContradictory` if the answer names no org or several,
    ///   `.organizationChanged` if it names an org other than the pinned one, or `.instanceRefused` if the address is
    ///   not allowed.
    static func checked(
        _ token: AccessToken, for target: Target
    ) throws(ConnectedAppError) -> GrantedToken {
        let ids = token.organizationIDs
        guard let id = ids.first, ids.count == 1 else {
            throw ConnectedAppError(
                .organizationContradictory, subject: target.loginHost.host,
                detail: ids.isEmpty
                    ? "The answer does not name an org; aprity discarded its token unused." : nil,
                evidence: ["organizationIDs": ids.map(\.description).sorted().joined(separator: ",")])
        }
        if let pinned = target.pinnedOrganizationID, pinned != id {
            throw ConnectedAppError(organization: id, insteadOf: pinned, of: target.name)
        }
        return GrantedToken(token: token, instance: try instance(of: token, target), organizationID: id)
    }

    private static func instance(
        of token: AccessToken, _ target: Target
    ) throws(ConnectedAppError) -> LoginHost {
        let instance: LoginHost
        do { instance = try LoginHost(token.instanceURL, allowing: target.allowedHosts) } catch {
            throw ConnectedAppError(
                instanceOf: token, at: target.loginHost, error.detail ?? error.cause.entry.summary)
        }
        // Without this check, an org could make aprity send a token, unencrypted, to a service on this machine.
        guard instance.form != .loopback || target.loginHost.form == .loopback else {
            throw ConnectedAppError(instanceOf: token, at: target.loginHost, "The address is this machine.")
        }
        return instance
    }
}

extension TokenReply {
    fileprivate var grantedToken: AccessToken? {
        if case .granted(let token) = self { token } else { nil }
    }

    /// Returns the reply with secrets removed from all texts except the token, and with long texts cut.
    fileprivate func cleaned(_ words: OrgWords) -> TokenReply {
        switch self {
        case .granted(let token):
            .granted(
                AccessToken(
                    secret: token.secret, scope: token.scope.map { words.clean($0) },
                    instanceURL: words.clean(token.instanceURL), identityURL: token.identityURL.map { words.clean($0) },
                    tokenType: token.tokenType.map { words.clean($0, atMost: OrgWords.longestName) }))
        case .refused(let refusal):
            .refused(
                TokenRefusal(
                    status: refusal.status, error: words.clean(refusal.error, atMost: OrgWords.longestName),
                    description: refusal.description.map { words.clean($0) }))
        case .unintelligible(let status, let contentType, let beginning):
            .unintelligible(
                status: status, contentType: contentType.map { words.clean($0, atMost: OrgWords.longestName) },
                beginning: words.clean(beginning, atMost: ForeignAnswer.beginningBytes))
        }
    }
}

extension ConnectedAppError {
    /// The error `.organizationChanged`: the org that answered is not the one that the connection is pinned to.
    init(organization answered: OrganizationID, insteadOf pinned: OrganizationID, of alias: String? = nil) {
        self.init(
            .organizationChanged, connection: alias,
            detail:
                "Org \(answered) answered, but this connection is pinned to \(pinned); aprity discarded the token unused.",
            evidence: ["pinned": pinned.description, "answered": answered.description])
    }
}

extension ConnectedAppError {
    /// The maximum length of a quoted address, in characters.
    private static let quotedAddressLimit = 100

    /// The error `.instanceRefused`: the answer names an API address to which aprity sends no token.
    ///
    /// - Parameter reason: What is wrong with the address, as a sentence.
    fileprivate init(instanceOf token: AccessToken, at host: LoginHost, _ reason: String) {
        let shown = OrgWords(hiding: [token.secret]).clean(token.instanceURL, atMost: Self.quotedAddressLimit)
        self.init(
            .instanceRefused, subject: host.host,
            evidence: ["instanceURL": shown.isEmpty ? "(empty)" : shown, "reason": reason])
    }
}

/// Parses the `Date` header in the form that servers send: `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110
/// §5.6.7).
enum HTTPDate {
    /// - Returns: `nil` if the text has another form. The day of the week is not checked.
    static func parse(_ text: String) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), (1...31).contains(day),
            let year = Int(words[3]), (1...9999).contains(year), let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (CInt(year - 1900), CInt(month), CInt(day))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (CInt(time[0]), CInt(time[1]), CInt(time[2]))
        return Date(timeIntervalSince1970: TimeInterval(timegm(&parts)))
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
