internal import ConnectedApp

/// When the start token is accepted.
package enum StartTokenUse: Sendable, Equatable {
    case always
    /// While there is neither an intact admin account nor an unexpired API token that can do everything. So it is accepted
    /// again if the last of these goes.
    case whileNotReplaced
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
        case .whileNotReplaced:
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
