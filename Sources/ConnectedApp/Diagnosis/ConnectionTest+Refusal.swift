internal import Foundation
internal import JWTBearer

extension ConnectionTest {
    /// Gathers evidence about a refusal: sends at most ``RefusalInquiry/maxControls`` controls (``SignInControl``), and reads
    /// the user and the app with another token (``OrgWitness``).
    ///
    /// - Throws: Only `CancellationError`.
    func inquire(
        into refusal: TokenRefusal, _ identity: SignInIdentity, _ findings: inout Findings
    ) async throws -> RefusalInquiry.Conclusion {
        let now = surroundings.now()
        var inquiry = RefusalInquiry(
            refusal, appKind: target.appKind, hostForm: target.loginHost.form,
            certificateHasExpired: target.certificate.map { $0.notAfter <= now } ?? false,
            audienceIsUnusual: identity.audience.isUnusual(at: target.loginHost, for: target.appKind),
            clockIsOff: findings.way?.skew(now: now).map { !Self.isTolerable($0) } ?? false,
            spreading: target.appChange.flatMap { now < $0.deadline ? $0.kind : nil },
            otherKeys: otherKeys.map(\.name), neighbours: neighbours,
            connectionsWithSameConsumerKey: connectionsWithSameConsumerKey,
            echoes: [identity.consumerKey.description, identity.username.description])
        var asked: [(control: SignInControl, answer: ControlAnswer)] = []
        var sent = 0
        while let control = inquiry.next {
            let answer = try await ask(control, identity)
            if answer.isSent { sent += 1 }
            // A control that could not be sent, or got no answer: the next ones would probably fail in the same way.
            guard let answer = answer.answer else { break }
            inquiry.record(answer, to: control)
            asked.append((control, answer))
        }
        findings.probes = asked.map { control, answer in
            TestView.Probe(
                id: control.id, asks: control.asks, answer: answer.words, shows: inquiry.whatShows(control))
        }
        findings.signInsUsed += sent
        if let otherToken = await findOtherToken(sent < RefusalInquiry.maxControls) {
            findings.signInsUsed += otherToken.signInsUsed
            inquiry.witness = await witness(otherToken)
        }
        return inquiry.conclusion
    }

    /// Sends a control.
    ///
    /// - Returns: The org's answer, `nil` if none came; and whether the control may have been sent, so that the org may
    ///   have counted it.
    /// - Throws: Only `CancellationError`.
    private func ask(
        _ control: SignInControl, _ identity: SignInIdentity
    ) async throws -> (answer: ControlAnswer?, isSent: Bool) {
        var other: (any AssertionSigner)?
        if case .otherKey(let name) = control {
            guard let key = otherKeys.first(where: { $0.name == name }) else { return (nil, false) }
            other = key.signer
        }
        do {
            let changed = try control.identity(from: identity, otherSigner: other, surroundings: surroundings)
            return (ControlAnswer(try await signIn.attempt(changed, purpose: .diagnosis).reply), true)
        } catch is TransportFailure {
            return (nil, true)
        } catch let error as CancellationError {
            throw error
        } catch {
            // The gate or the key prevented the sign-in. The conclusion then relies on fewer controls.
            return (nil, false)
        }
    }

    /// Returns what another token can read about the user and the app. What cannot be read stays `nil` and counts as unknown.
    ///
    /// - Returns: `nil` if the token cannot be used.
    private func witness(_ otherToken: AvailableToken) async -> OrgWitness? {
        guard let consumerKey = target.consumerKey,
            // Without the other connection's token, there is no witness; that connection's own use reports the error.
            let granted = try? await otherToken.api.tokens.token(),
            // The same if the host does not list its versions.
            let version = try? await OrgAPI.highestVersion(at: granted.instance, transport: target.transport)
        else { return nil }
        let org = OrgSetup(api: otherToken.api, version: version)
        let userReading = org.user(of: target)
        var witness = OrgWitness(source: otherToken.source)
        // What the witness cannot read stays unknown, and the conclusion does not rely on it.
        switch try? await userReading.shownUser() {
        case .found(let user):
            witness.userExists = true
            witness.userIsActive = user.isActive
            // Unknown if it cannot be read.
            witness.loginStatus = try? await userReading.loginStatuses(of: user.id).first
        case .noSuchUser: witness.userExists = false
        case .hidden, nil: break
        }
        // Unknown if it cannot be read.
        if let app = try? await org.app(of: target, consumerKey: consumerKey).app() {
            witness.permittedUsers = app.permittedUsers
            witness.scopes = app[.scopes].names
            witness.sessionLevel = app.sessionLevel
            if let held = app[.certificate].value, let own = target.certificate {
                witness.certificateFits = held == own.sha256
            }
            // Unknown if it cannot be read.
            if case .users(let users, _)? = try? await org.reach.reach(of: app) {
                let own = target.username.description.lowercased()
                witness.isPreauthorized = users.contains { $0.lowercased() == own }
            }
        }
        return witness
    }
}
