internal import ConnectedApp

/// Until when the start token is accepted.
package enum StartTokenUse: Sendable, Equatable {
    case always
    /// Until there is an admin account, or an API token that can do everything.
    case untilReplaced
}

/// The start token, and whether it is accepted now.
struct StartTokenGate: Sendable {
    let token: StartToken
    let use: StartTokenUse
    let service: AppService

    /// - Throws: ``ConnectedAppError`` with the causes of a failing store, unless the token is always accepted.
    func isOpen() async throws -> Bool {
        switch use {
        case .always: return true
        case .untilReplaced:
            if try await service.accounts.presence().hasAdmin { return false }
            return try await !service.apiTokens.hasUnlimited()
        }
    }

    /// Whether the text is the start token, and the token is accepted. Throws as ``isOpen()``.
    func accepts(_ text: String) async throws -> Bool {
        guard token.matches(text) else { return false }
        return try await isOpen()
    }
}
