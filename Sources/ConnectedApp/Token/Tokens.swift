internal import Foundation
internal import JWTBearer

/// Provides tokens for other tools, and manages sign-in budgets.
package struct Tokens: ConnectionService {
    let targets: Targets
    let sources: TokenSources
    let handOuts: HandOuts

    /// Hands out an access token to a tool that cannot read through aprity. No other operation of ``AppService``
    /// returns a secret.
    ///
    /// The audit record has the token's fingerprint before the token is returned. No token is returned while the app is
    /// blocked, or if the connection does not allow it.
    ///
    /// - Throws: ``ConnectedAppError``: `.tokensNotAllowed`; `.blocked`; the cause of a failed sign-in; `.recordChanged` if the connection or its
    ///   app was changed during each of four attempts; the causes of a failing store.
    package func accessToken(for alias: String, as principal: Principal) async throws -> TokenView {
        var last = sources.lastUse(of: alias)
        var attempts = 0
        while true {
            do {
                if let last { return try await accessToken(by: last, as: principal) }
                let target = try await targets.preferred(alias)
                let use = TokenSources.LastUse(
                    target: target, source: try await sources.source(for: target, as: principal))
                let view = try await accessToken(by: use, as: principal)
                await sources.remember(use)
                return view
            } catch let error as ConnectedAppError where error.cause == .recordChanged && attempts < Self.attemptLimit {
                // The first sign-in pins the connection, and others may change it or its app at any time.
                last = nil
                attempts += 1
            }
        }
    }

    /// How often a connection that was changed meanwhile is read again.
    private static let attemptLimit = 3

    /// - Throws: ``ConnectedAppError`` with `.recordChanged` if the connection or its app was changed since the target was
    ///   read.
    private func accessToken(by use: TokenSources.LastUse, as principal: Principal) async throws -> TokenView {
        let target = use.target
        guard target.allowsTokens else { throw ConnectedAppError(.tokensNotAllowed, connection: target.name) }
        let granted = try await use.source.validatedToken()
        let view = TokenView(granted)
        let event = AuditEvent(
            time: surroundings.now(), principal: principal, act: .tokenHandedOut, connection: target.name,
            facts: ["tokenSHA256": view.accessTokenSHA256])
        guard let revisions = target.revisions else { throw ConnectedAppError(.internalError) }
        let admission = try await handOuts.record(
            HandOut(appID: target.appID, alias: target.name, revisions: revisions, event: event))
        _ = try await gate.confirm(admission, alias: target.name)
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
