internal import Foundation
internal import JWTBearer

extension ConnectionTest {
    /// Gathers evidence about a refusal: controls within the budget, and what a token at hand can see.
    func inquire(
        into refusal: TokenRefusal, _ identity: SignInIdentity, _ findings: inout Findings
    ) async -> RefusalInquiry.Conclusion {
        let now = surroundings.now()
        var inquiry = RefusalInquiry(
            refusal, appKind: target.appKind, hostForm: target.loginHost.form,
            certificateHasExpired: target.certificate.map { $0.notAfter <= now } ?? false,
            audienceIsUnusual: identity.audience.isUnusual(at: target.loginHost, for: target.appKind),
            clockIsOff: findings.way?.skew(now: now).map { !Self.isTolerable($0) } ?? false,
            mayBeSpreading: target.appChange.map { now < $0.deadline } ?? false,
            otherKeys: otherKeys.map(\.name),
            neighbours: neighbours)
        while let control = inquiry.next {
            guard let answer = await ask(control, identity) else { break }
            findings.signInsUsed += 1
            inquiry.record(answer, to: control)
            findings.probes.append(
                TestView.Probe(
                    id: control.id, asks: control.asks, answer: answer.words, shows: inquiry.whatShows(control)))
        }
        let used = findings.probes.count
        if let atHand = await tokenAtHand(used < RefusalInquiry.budget) {
            findings.signInsUsed += atHand.signInsUsed
            inquiry.witness = await witness(atHand)
        }
        return inquiry.conclusion
    }

    /// - Returns: `nil` where the control could not be sent: then none after it is either.
    private func ask(_ control: SignInControl, _ identity: SignInIdentity) async -> ControlAnswer? {
        var other: (any AssertionSigner)?
        if case .otherKey(let name) = control {
            guard let key = otherKeys.first(where: { $0.name == name }) else { return nil }
            other = key.signer
        }
        guard
            let changed = try? control.identity(from: identity, otherSigner: other, surroundings: surroundings),
            let attempt = try? await signIn.attempt(changed, purpose: .diagnosis)
        else { return nil }
        return ControlAnswer(attempt.reply)
    }

    /// What the token sees of user and app. What it does not see stays unknown.
    private func witness(_ atHand: TokenAtHand) async -> OrgWitness? {
        guard let consumerKey = target.consumerKey,
            let granted = try? await atHand.api.tokens.token(),
            let version = try? await OrgAPI.highestVersion(at: granted.instance, transport: target.transport)
        else { return nil }
        let reading = AppReading(
            api: atHand.api, version: version, kind: target.appKind, consumerKey: consumerKey, username: target.username
        )
        var witness = OrgWitness(source: atHand.source)
        if let user = try? await reading.user() {
            witness.userExists = true
            witness.userIsActive = user.isActive
            witness.loginStatus = try? await reading.loginStatuses(of: user.id).first
        } else if (try? await reading.user()) == .some(nil) {
            witness.userExists = false
        }
        if let app = try? await reading.app() {
            witness.permittedUsers = app[.permittedUsers].value
            witness.scopes = app[.scopes].value
            witness.sessionLevel = app[.sessionLevel].value
            if let held = app[.certificate].value, let own = target.certificate {
                witness.certificateFits = held == own.sha256
            }
            if case .users(let users, _)? = try? await reading.reach(of: app) {
                let own = target.username.description.lowercased()
                witness.isPreauthorized = users.contains { $0.lowercased() == own }
            }
        }
        return witness
    }
}
