package import Foundation
internal import Synchronization

/// The tokens with which programs call the API.
package struct APITokens: Sendable {
    /// The longest time from the creation of a token to its expiry, in days.
    package static let longestLifetime = 366
    /// In days.
    package static let standardLifetime = 90
    /// The least time between two writes of a token's last use.
    private static let usePause = Duration.seconds(60)

    let records: SealedRecords
    let surroundings: Surroundings
    private let uses = UseTimes()

    init(records: SealedRecords, surroundings: Surroundings) {
        self.records = records
        self.surroundings = surroundings
    }

    /// The uptimes at which this process last wrote the uses of tokens, by id.
    private final class UseTimes: Sendable {
        let times = Mutex<[String: Duration]>([:])
    }

    /// What an accepted token allows.
    package struct Grant: Sendable, Equatable {
        package let id: String
        package let name: String
        package let scope: APITokenScope
        /// `nil`: all connections.
        package let connections: [Alias]?

        package var principal: Principal { Principal(.api, name: "token \(name)") }
    }

    /// The result of checking a token.
    package enum Check: Sendable {
        case granted(Grant)
        /// The token was right, but has expired.
        case expired(name: String, Date)
        case unknown
    }

    // MARK: Reading

    /// All tokens, sorted by name.
    ///
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    package func all(as principal: Principal) async throws -> ListedWithAltered<APITokenView> {
        let now = surroundings.now()
        return try await records.read { reading in
            let intact = try reading.intact(APITokenRecord.self).map { found in
                APITokenView(
                    found.value, use: try reading.intactOrNone(APITokenUse.self, found.value.id), now: now)
            }
            let ids = Set(intact.map(\.id))
            return ListedWithAltered(
                shown: intact.sorted { $0.name < $1.name },
                altered: try reading.ids(of: APITokenRecord.self).filter { !ids.contains($0) })
        }
    }

    /// Whether a token can do everything that the start token can: it has not expired, and is limited neither to reading
    /// nor to some connections.
    package func hasUnlimited() async throws -> Bool {
        let now = surroundings.now()
        return try await records.read { reading in
            try reading.intact(APITokenRecord.self).contains {
                $0.value.scope == .everything && $0.value.connections == nil && $0.value.expiresAt > now
            }
        }
    }

    /// Checks a token that a client presented, and records its use.
    ///
    /// - Throws: ``ConnectedAppError``: `.recordAltered` if the token's record was altered; a failing store's causes.
    package func check(_ text: String) async throws -> Check {
        guard let text = APITokenText(text),
            let record = try await records.read({ reading in
                try reading.checkIsNewest()
                return try reading.find(APITokenRecord.self, text.id)?.value
            }),
            record.matches(text)
        else { return .unknown }
        guard record.expiresAt > surroundings.now() else { return .expired(name: record.name, record.expiresAt) }
        await recordUse(of: record.id)
        return .granted(
            Grant(id: record.id, name: record.name, scope: record.scope, connections: record.connections))
    }

    /// Writes the time of use, at most once a minute. A failure does not prevent the use.
    private func recordUse(of id: String) async {
        let uptime = surroundings.uptime()
        let isDue = uses.times.withLock { times in
            if let last = times[id], uptime - last < Self.usePause { return false }
            times[id] = uptime
            return true
        }
        guard isDue else { return }
        let use = APITokenUse(id: id, usedAt: surroundings.now())
        await surroundings.tolerating(.access) {
            try await records.write { writing in
                // The token may have been revoked meanwhile.
                guard try writing.ids(of: APITokenRecord.self).contains(id) else { return }
                try writing.save(use)
            }
        }
    }

    // MARK: Changing

    /// Adds a token.
    ///
    /// - Parameters:
    ///   - name: Has the syntax of a connection's name.
    ///   - connections: The names of the connections that it may see; `nil`: all.
    ///   - days: From now to its expiry, 1 to ``longestLifetime``.
    /// - Returns: The only view with the secret.
    /// - Throws: ``ConnectedAppError``: `.apiTokenTaken`, `.unknownAlias`, `.usage` if the name is malformed or the days
    ///   are out of range; a failing store's causes.
    package func add(
        _ name: String, scope: APITokenScope, connections: [String]?, days: Int, as principal: Principal
    ) async throws -> NewAPITokenView {
        let name = try Self.checked(name, days: days)
        let aliases = try connections.map { try $0.map { (text) throws(ConnectedAppError) in try Alias(text) } }
        let now = surroundings.now()
        let text = APITokenText(randomBytes: surroundings.randomBytes)
        let record = APITokenRecord(
            id: text.id, name: name, secretSHA256: text.secretSHA256, scope: scope, connections: aliases,
            expiresAt: now + Double(days) * 86_400, createdAt: now, createdBy: principal)
        var facts = ["token": name, "id": record.id, "scope": scope.rawValue]
        facts["connections"] = aliases?.map(\.description).joined(separator: " ")
        facts["expiresAt"] = record.expiresAt.ISO8601Format()
        let event = AuditEvent(
            time: now, principal: principal, act: .apiTokenAdded, connection: nil, facts: facts)
        try await records.write { writing in
            guard try !writing.intact(APITokenRecord.self).contains(where: { $0.value.name == name }) else {
                throw ConnectedAppError(.apiTokenTaken, subject: name)
            }
            for alias in aliases ?? [] where try !writing.ids(of: ConnectionRecord.self).contains(alias.description) {
                throw ConnectedAppError(.unknownAlias, subject: alias.description)
            }
            try writing.save(record)
            try writing.append(event)
        }
        return NewAPITokenView(text, record)
    }

    private static func checked(_ name: String, days: Int) throws(ConnectedAppError) -> String {
        let name = name.trimmingPasteArtifacts
        guard AliasSyntax.isValid(name) else {
            throw ConnectedAppError(
                .usage, subject: String(name.prefix(80)),
                detail:
                    "A token's name has 1 to 64 letters, digits, `-`, `_` or `.`, and begins with a letter or digit.")
        }
        guard (1...longestLifetime).contains(days) else {
            throw ConnectedAppError(
                .usage, subject: name, detail: "A token expires after 1 to \(longestLifetime) days.")
        }
        return name
    }

    /// Takes a connection that is removed out of the tokens that are limited to it, so that they do not apply to a later
    /// connection of the same name. A token may then be for no connection at all.
    static func withdraw(_ alias: String, _ writing: CheckedWriting) throws {
        for token in try writing.intact(APITokenRecord.self) {
            if let limited = token.value.without(alias) { try writing.save(limited) }
        }
    }

    /// Revokes a token at once. Removes its record, even if it was altered.
    ///
    /// - Parameter name: The token's name, or its id.
    /// - Throws: ``ConnectedAppError``: `.apiTokenUnknown`, and a failing store's causes.
    package func revoke(_ name: String, as principal: Principal) async throws {
        let now = surroundings.now()
        let id = try await records.write { writing in
            let named = try writing.intact(APITokenRecord.self).first { $0.value.name == name }?.value.id
            let id = named ?? name
            guard try writing.ids(of: APITokenRecord.self).contains(id) else {
                throw ConnectedAppError(.apiTokenUnknown, subject: String(name.prefix(80)))
            }
            try writing.drop(APITokenRecord.self, id)
            try writing.drop(APITokenUse.self, id)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .apiTokenRevoked, connection: nil,
                    facts: ["token": name, "id": id]))
            return id
        }
        uses.times.withLock { $0[id] = nil }
    }
}
