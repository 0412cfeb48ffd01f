internal import Foundation

/// Revokes tokens at Salesforce. Retries each token until the org's API rejects it.
struct Revocation: ConnectionService {
    let targets: Targets
    private let pauses = RevocationPauses()

    init(targets: Targets) { self.targets = targets }

    /// The number of concurrent revocations. With several, an org that does not answer does not delay the others for
    /// long.
    private static let revocationsAtOnce = 8
    /// In seconds.
    private static let longestPause: TimeInterval = 600

    /// Returns the seconds from one attempt to the next: 10 after the first attempt, then twice as many each time, up
    /// to 600.
    ///
    /// - Parameter attempts: How many attempts there were.
    static func pause(after attempts: Int) -> TimeInterval { min(longestPause, 5 * pow(2, Double(min(attempts, 10)))) }

    /// Tries once to revoke each token whose revocation is due, at most 1,000 tokens. Returns when all attempts have
    /// ended. The result is saved with each token. Long-running processes call it about once a second.
    func revokeDue() async {
        let now = surroundings.now()
        let due = await surroundings.tolerating(.tokenRevocation) {
            try await records.read { reading in try reading.reading.outstandingTokens(dueAt: now, limit: 1000) }
        }
        let uptime = surroundings.uptime()
        var rest = (due ?? []).filter { pauses.isOver(for: $0.sha256, uptime: uptime) }[...]
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.revocationsAtOnce {
                guard let token = rest.popFirst() else { break }
                group.addTask { await revoke(token) }
            }
            while await group.next() != nil {
                if let token = rest.popFirst() { group.addTask { await revoke(token) } }
            }
        }
    }

    /// Tries to revoke a token, and saves the result.
    private func revoke(_ token: OutstandingToken) async {
        var cause: Cause?
        do {
            let secret = try token.secret(records.ring)
            let target = try await targets.preferred(token.alias)
            let host = try LoginHost(token.instanceURL, allowing: target.allowedHosts)
            if try await !OrgAPI.revoke(token: secret, at: host, transport: target.transport) { cause = .orgTransient }
        } catch let error as ConnectedAppError {
            cause = error.cause
        } catch {
            surroundings.note(error, at: .tokenRevocation, ["connection": token.alias])
            cause = .internalError
        }
        do {
            try await save(token, after: cause)
            pauses.end(for: token.sha256)
        } catch {
            pauses.begin(for: token.sha256, uptime: surroundings.uptime())
            surroundings.note(error, at: .tokenRevocation, ["connection": token.alias])
        }
    }

    /// Removes a revoked token, or saves when to try again.
    private func save(_ token: OutstandingToken, after failure: Cause?) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            guard let failure else {
                try writing.writing.forget(tokenSHA256: token.sha256)
                if var app = try writing.find(AppRecord.self, token.appID)?.value, let block = app.block {
                    app.block?.revokedTokens = (block.revokedTokens ?? 0) + 1
                    try writing.save(app)
                }
                return
            }
            var token = token
            token.attempts = max(0, min(token.attempts, 1_000_000)) + 1
            token.lastCause = failure.rawValue
            token.nextTry = now.addingTimeInterval(Self.pause(after: token.attempts))
            try writing.keep(token)
        }
    }

    /// Marks all outstanding tokens of the app for revocation, then calls ``revokeDue()``, which tries once to revoke every
    /// token that is due, of other apps too, and at most 1,000. Those that fail or are left over are tried later.
    ///
    /// - Parameter alias: The connection whose tokens to revoke; `nil` for all connections of the app.
    /// - Throws: The causes of a failing store. No token was revoked then.
    func revokeAll(of appID: String, alias: String? = nil) async throws {
        let now = surroundings.now()
        try await records.write { writing in _ = try writing.revokeTokens(of: appID, alias: alias, at: now) }
        await revokeDue()
    }

    /// Forgets the outstanding tokens of a connection that is being removed. Without the connection, aprity could not
    /// revoke them.
    ///
    /// - Parameter alias: The connection; `nil` for all connections of the app.
    /// - Returns: How many tokens it forgot. The org may still accept them.
    /// - Throws: The causes of a failing store.
    func forgetAll(of appID: String, alias: String?) async throws -> Int {
        try await records.write { writing in
            let left = try writing.outstandingTokens(of: appID, alias: alias)
            for token in left { try writing.writing.forget(tokenSHA256: token.sha256) }
            return left.count
        }
    }
}
