internal import Foundation
internal import JWTBearer

/// Provides tokens for other tools, and manages sign-in budgets.
package struct Tokens: ConnectionService {
    let targets: Targets
    let sources: TokenSources

    /// Hands out an access token to a tool that cannot read through aprity. No other operation of ``AppService``
    /// returns a secret.
    ///
    /// The audit record has the token's fingerprint before the token is returned. No token is returned while the app is
    /// blocked.
    ///
    /// - Throws: ``ConnectedAppError``: `.blocked`; the cause of a failed sign-in; the causes of a failing store.
    package func accessToken(for alias: String, as principal: Principal) async throws -> TokenView {
        let target = try await targets.preferred(alias)
        let granted = try await sources.source(for: target, as: principal).validatedToken()
        let view = TokenView(granted)
        let event = AuditEvent(
            time: surroundings.now(), principal: principal, act: .tokenHandedOut, connection: alias,
            facts: ["tokenSHA256": view.accessTokenSHA256])
        let (_, admission) = try await gate.admit(target.appID, alias: alias) { try $0.append(event) }
        _ = try await gate.confirm(admission, alias: alias)
        return view
    }

    /// Makes sure that the connection has a token: signs in if there is none, and checks one that was idle for long
    /// with a small read. Does nothing if the app is blocked or has no Consumer Key. A failure is only logged.
    func refreshIdleToken(of alias: String, as principal: Principal) async {
        // If this fails, the next use signs in.
        await surroundings.tolerating(.tokenKeepAlive, ["connection": alias]) {
            let target = try await targets.preferred(alias)
            guard target.block == nil, target.consumerKey != nil else { return }
            _ = try await sources.source(for: target, as: principal).validatedToken()
        }
    }

    /// Cancels sign-ins in flight, because this process exits, and waits until their outcomes are in the ledger.
    package func cancelSignIns() async { await sources.cancelSignIns() }
}
