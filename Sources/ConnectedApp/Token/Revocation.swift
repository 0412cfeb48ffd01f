internal import Foundation

/// Revokes tokens at Salesforce, and keeps those that are not shown to be dead for a later try.
struct Revocation: ConnectionService {
    let targets: Targets
    private let pauses = RevocationPauses()

    init(targets: Targets) { self.targets = targets }

    /// At once, so that many orgs that do not answer hold up nobody for long.
    private static let revocationsAtOnce = 8
    private static let longestPause: TimeInterval = 600

    /// Seconds from one try to the next.
    static func pause(after attempts: Int) -> TimeInterval { min(longestPause, 5 * pow(2, Double(min(attempts, 10)))) }

    /// Tries every token whose revocation is due, once.
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

    /// Revokes a token at Salesforce and looks whether it is dead; otherwise it stays, for a later try.
    private func revoke(_ token: OutstandingToken) async {
        var cause: Cause?
        do {
            let secret = try token.secret(records.ring)
            let target = try await targets.likeliest(token.alias)
            let host = try LoginHost(token.instanceURL, allowing: target.allowedHosts)
            if try await !OrgAPI.revoke(token: secret, at: host, transport: target.transport) { cause = .orgTransient }
        } catch let error as ConnectedAppError {
            cause = error.cause
        } catch {
            surroundings.note(error, at: .tokenRevocation, ["connection": token.alias])
            cause = .internalError
        }
        do {
            try await keep(token, after: cause)
            pauses.end(for: token.sha256)
        } catch {
            pauses.begin(for: token.sha256, uptime: surroundings.uptime())
            surroundings.note(error, at: .tokenRevocation, ["connection": token.alias])
        }
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
            token.nextTry = now.addingTimeInterval(Self.pause(after: token.attempts))
            try writing.keep(token)
        }
    }

    /// Every token of the app that is known, now.
    ///
    /// - Parameter alias: Only those of this connection; `nil`: of all.
    /// - Throws: A failing store's causes: nothing was revoked.
    func revokeAll(of appID: String, alias: String? = nil) async throws {
        let now = surroundings.now()
        try await records.write { writing in _ = try writing.revokeTokens(of: appID, alias: alias, at: now) }
        await revokeDue()
    }

    /// Without the connection nobody could revoke them any more.
    ///
    /// - Returns: How many were not shown to be dead.
    func forgetAll(of appID: String, alias: String?) async throws -> Int {
        try await records.write { writing in
            let left = try writing.outstandingTokens(of: appID, alias: alias)
            for token in left { try writing.writing.forget(tokenSHA256: token.sha256) }
            return left.count
        }
    }
}
