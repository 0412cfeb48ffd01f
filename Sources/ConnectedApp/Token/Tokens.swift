internal import Foundation
internal import JWTBearer

/// Tokens for tools, and how a user's hour stands.
public struct Tokens: ConnectionService {
    let targets: Targets
    let sources: TokenSources

    /// An access token for a tool that cannot read through aprity. The one thing of aprity's that shows a secret.
    ///
    /// It is in the audit record before it is given out, and given out only while the app is not blocked.
    public func handOut(for alias: String, as principal: Principal) async throws -> TokenView {
        let target = try await targets.likeliest(alias)
        let granted = try await sources.source(for: target, as: principal).tokenToHandOut()
        let view = TokenView(granted)
        let event = AuditEvent(
            time: surroundings.now(), principal: principal, act: .tokenHandedOut, connection: alias,
            facts: ["tokenSHA256": view.accessTokenSHA256])
        let (_, admission) = try await gate.admit(target.appID, alias: alias) { try $0.append(event) }
        _ = try await gate.confirm(admission, alias: alias)
        return view
    }

    /// One small read with the token at hand, where that was not used for a while.
    func keepAlive(of alias: String, as principal: Principal) async {
        // If it fails, the next use signs in.
        await surroundings.tolerating(.tokenKeepAlive, ["connection": alias]) {
            let target = try await targets.likeliest(alias)
            guard target.block == nil, target.consumerKey != nil else { return }
            _ = try await sources.source(for: target, as: principal).tokenToHandOut()
        }
    }

    /// Ends sign-ins that nobody waits for any more: this process ends.
    package func cancelSignIns() async { await sources.cancelSignIns() }
}
