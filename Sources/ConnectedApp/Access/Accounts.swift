internal import Foundation

/// The accounts of people, and their passwords.
package struct Accounts: Sendable {
    let records: SealedRecords
    let surroundings: Surroundings
    private let cost: PasswordCost
    private let work = PasswordWork()

    init(records: SealedRecords, surroundings: Surroundings, cost: PasswordCost) {
        self.records = records
        self.surroundings = surroundings
        self.cost = cost
    }

    /// How many password checks were started in this process. They all cost the same.
    package var passwordChecks: Int { work.started }

    // MARK: Reading

    /// All accounts, sorted by name.
    ///
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    package func all(as principal: Principal) async throws -> ListedWithAltered<AccountView> {
        try await records.read { reading in
            let intact = try reading.intact(AccountRecord.self).map { AccountView($0.value) }
            let names = Set(intact.map(\.name))
            return ListedWithAltered(
                shown: intact, altered: try reading.ids(of: AccountRecord.self).filter { !names.contains($0) })
        }
    }

    /// - Throws: ``ConnectedAppError``: `.accountUnknown`, `.recordAltered`, and a failing store's causes.
    package func named(_ name: String, as principal: Principal) async throws -> AccountView {
        guard let record = try await found(name) else { throw ConnectedAppError(.accountUnknown, subject: name) }
        return AccountView(record)
    }

    /// Whether there is an account, and whether one of them is an intact admin.
    package func presence() async throws -> (hasAccount: Bool, hasAdmin: Bool) {
        try await records.read { reading in
            (
                try !reading.ids(of: AccountRecord.self).isEmpty,
                try reading.intact(AccountRecord.self).contains { $0.value.role == .admin }
            )
        }
    }

    /// The present role of the account that a session belongs to.
    ///
    /// - Returns: `nil` if the session is to end: the account was removed, or all of its sessions were ended.
    /// - Throws: ``ConnectedAppError``: `.recordAltered` if the account's record was altered; a failing store's causes.
    package func role(of session: AccountSession) async throws -> Role? {
        let record = try await find(session.name)
        guard let record, record.session == session else { return nil }
        return record.role
    }

    // MARK: Signing in

    /// Checks a name and a password. An unknown name takes the same work as a known one.
    ///
    /// - Returns: `nil` if there is no such account or the password is wrong.
    /// - Throws: ``ConnectedAppError``: `.passwordChecksBusy`, `.recordAltered`, and a failing store's causes.
    package func signIn(_ name: String, password: Password) async throws -> AccountSession? {
        let record = try await found(name)
        let hash = record?.password ?? PasswordHash(unmatchedAt: cost)
        let isRight = try await work.run { try hash.matches(password) }
        return isRight ? record?.session : nil
    }

    /// The name of the account that somebody's text names, whether the account's record is intact or not; `nil` if there is
    /// none.
    ///
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    package func knownName(_ text: String) async throws -> String? {
        guard let name = try? AccountName(text) else { return nil }
        return try await records.read { reading in
            try reading.expectedRevision(of: AccountRecord.self, name.description).map { _ in name.description }
        }
    }

    /// - Parameter name: What somebody typed; a malformed name belongs to no account.
    private func found(_ name: String) async throws -> AccountRecord? {
        guard let name = try? AccountName(name) else { return nil }
        return try await find(name)
    }

    private func find(_ name: AccountName) async throws -> AccountRecord? {
        try await records.read { reading in
            try reading.checkIsNewest()
            return try reading.find(AccountRecord.self, name.description)?.value
        }
    }

    // MARK: Changing

    /// Adds an account.
    ///
    /// - Throws: ``ConnectedAppError``: `.accountNameMalformed`, `.accountTaken`, `.passwordUnfit`, and a failing store's
    ///   causes.
    package func add(_ name: String, role: Role, password: Password, as principal: Principal) async throws
        -> AccountView
    {
        let name = try AccountName(name)
        let now = surroundings.now()
        let account = AccountRecord(
            name: name, id: surroundings.randomHex(bytes: 16), role: role, origin: .local,
            password: try await hash(password, of: name), generation: 1, createdAt: now, createdBy: principal,
            changedAt: now)
        try await records.write { writing in
            guard try !writing.ids(of: AccountRecord.self).contains(name.description) else {
                throw ConnectedAppError(.accountTaken, subject: name.description)
            }
            try writing.save(account)
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .accountAdded, connection: nil,
                    facts: ["account": name.description, "role": role.rawValue]))
        }
        return AccountView(account)
    }

    /// Sets a password and ends all sessions of the account.
    ///
    /// - Throws: ``ConnectedAppError``: `.accountUnknown`, `.passwordUnfit`, `.recordAltered`, and a failing store's
    ///   causes.
    @discardableResult
    package func setPassword(of name: String, to password: Password, as principal: Principal) async throws
        -> AccountSession
    {
        let name = try AccountName(name)
        let hash = try await hash(password, of: name)
        return try await change(name, as: principal, facts: ["changed": "password"]) { account in
            account.password = hash
            account.generation += 1
        }.session
    }

    /// Changes the password of somebody who knows the present one; see ``setPassword(of:to:as:)``.
    ///
    /// - Throws: ``ConnectedAppError``: `.passwordWrong` if the present password is another one; the errors of
    ///   ``signIn(_:password:)`` and ``setPassword(of:to:as:)``.
    package func changePassword(
        of name: AccountName, from present: Password, to new: Password, as principal: Principal
    ) async throws -> AccountSession {
        guard try await signIn(name.description, password: present) != nil else {
            throw ConnectedAppError(.passwordWrong, subject: name.description)
        }
        return try await setPassword(of: name.description, to: new, as: principal)
    }

    /// Sets a role. It applies to the next request of each session.
    ///
    /// - Throws: ``ConnectedAppError``: `.accountUnknown`, `.lastAdmin`, `.recordAltered`, and a failing store's causes.
    @discardableResult
    package func setRole(of name: String, to role: Role, as principal: Principal) async throws -> AccountView {
        let account = try await change(
            AccountName(name), as: principal, facts: ["changed": "role", "role": role.rawValue]
        ) { $0.role = role }
        return AccountView(account)
    }

    /// Ends all sessions of an account, in all processes on the store.
    ///
    /// - Throws: ``ConnectedAppError``: `.accountUnknown`, `.recordAltered`, and a failing store's causes.
    package func endSessions(of name: String, as principal: Principal) async throws {
        _ = try await change(AccountName(name), as: principal, facts: ["changed": "sessions"]) { $0.generation += 1 }
    }

    /// Removes an account, even if its record was altered.
    ///
    /// - Throws: ``ConnectedAppError``: `.accountUnknown`; `.lastAdmin` if other accounts would remain without an admin;
    ///   a failing store's causes.
    package func remove(_ name: String, as principal: Principal) async throws {
        let name = try AccountName(name)
        let now = surroundings.now()
        try await records.write { writing in
            guard try writing.ids(of: AccountRecord.self).contains(name.description) else {
                throw ConnectedAppError(.accountUnknown, subject: name.description)
            }
            try Self.keepingAnAdmin(writing, without: name) {
                try writing.drop(AccountRecord.self, name.description)
            }
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .accountRemoved, connection: nil,
                    facts: ["account": name.description]))
        }
    }

    private func change(
        _ name: AccountName, as principal: Principal, facts: [String: String],
        _ change: @escaping @Sendable (inout AccountRecord) -> Void
    ) async throws -> AccountRecord {
        let now = surroundings.now()
        return try await records.write { writing in
            guard var account = try writing.find(AccountRecord.self, name.description)?.value else {
                throw ConnectedAppError(.accountUnknown, subject: name.description)
            }
            change(&account)
            account.changedAt = now
            let changed = account
            try Self.keepingAnAdmin(writing, without: name) { try writing.save(changed) }
            try writing.append(
                AuditEvent(
                    time: now, principal: principal, act: .accountChanged, connection: nil,
                    facts: facts.merging(["account": name.description]) { own, _ in own }))
            return account
        }
    }

    /// Performs a change unless it takes the last admin away and leaves other accounts. Nobody could change anything on
    /// the page then. Without any account, the start token can.
    private static func keepingAnAdmin(
        _ writing: CheckedWriting, without name: AccountName, _ change: () throws -> Void
    ) throws {
        func hasAdmin() throws -> Bool {
            try writing.intact(AccountRecord.self).contains { $0.value.role == .admin }
        }
        let hadAdmin = try hasAdmin()
        try change()
        guard try !hadAdmin || hasAdmin() || writing.ids(of: AccountRecord.self).isEmpty else {
            throw ConnectedAppError(.lastAdmin, subject: name.description)
        }
    }

    private func hash(_ password: Password, of name: AccountName) async throws -> PasswordHash {
        try password.check(for: name)
        let (cost, salt) = (cost, surroundings.randomBytes(16))
        return try await work.run { try PasswordHash(of: password, cost: cost, salt: salt) }
    }
}
