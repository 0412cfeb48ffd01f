internal import Foundation

extension AppService {
    /// At once, so that many orgs that do not answer hold up nobody for long.
    private static let revocationsAtOnce = 8
    private static let longestPause: TimeInterval = 600

    /// Tries every token whose revocation is due, once.
    func revokeDueTokens() async {
        let now = surroundings.now()
        let due = try? await records.read { reading in
            try reading.reading.outstandingTokens(dueAt: now, limit: 1000)
        }
        var rest = (due ?? [])[...]
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.revocationsAtOnce {
                guard let token = rest.popFirst() else { break }
                group.addTask { await self.revoke(token) }
            }
            while await group.next() != nil {
                if let token = rest.popFirst() { group.addTask { await self.revoke(token) } }
            }
        }
    }

    /// Revokes a token at Salesforce and looks whether it is dead; otherwise it stays, for a later try.
    private func revoke(_ token: OutstandingToken) async {
        var cause: Cause?
        do {
            let secret = try token.secret(records.ring)
            let target = try await target(token.alias)
            let host = try LoginHost(token.instanceURL, allowing: target.allowedHosts)
            if try await !OrgAPI.revoke(token: secret, at: host, transport: target.transport) { cause = .orgTransient }
        } catch let error as ConnectedAppError {
            cause = error.cause
        } catch {
            cause = .internalError
        }
        try? await keep(token, after: cause)
    }

    private func keep(_ token: OutstandingToken, after failure: Cause?) async throws {
        let now = surroundings.now()
        try await records.write { writing in
            guard let failure else {
                try writing.writing.forget(tokenSHA256: token.sha256)
                if var app = try writing.find(AppRecord.self, token.appID)?.value, let block = app.block {
                    app.block?.knownTokens = (block.knownTokens ?? 0) + 1
                    try writing.save(app)
                }
                return
            }
            var token = token
            token.attempts = max(0, min(token.attempts, 1_000_000)) + 1
            token.lastCause = failure.rawValue
            token.nextTry = now.addingTimeInterval(min(Self.longestPause, 5 * pow(2, Double(min(token.attempts, 10)))))
            try writing.keep(token)
        }
    }
}

extension OutstandingToken {
    func toBeRevoked(_ now: Date) -> OutstandingToken {
        var token = self
        token.state = .revoking
        token.nextTry = now
        return token
    }
}
