package import Foundation

/// The person or program that acts. Every call of a service takes one.
///
/// Stored in the audit record, in blocks and in block orders; property names and raw values must not change.
package struct Principal: Sendable, Hashable, Codable, CustomStringConvertible {
    package enum Channel: String, Codable, Sendable {
        case commandLine, settingsPage, api
        /// Stored records may contain it; this version does not write it.
        case demo
        /// The background work of a running server.
        case schedule
        /// A tool that reads through the gateway.
        case gateway
    }

    let channel: Channel
    /// On the command line, the operating system's user. On the Settings page, the session, after the account's name if
    /// somebody signed in with one: `alice, session 1a2b3c4d`, `Salesforce ada@acme.example, session 1a2b3c4d`, or
    /// `start token, session 1a2b3c4d`; in entries of earlier versions, the start token's session alone. At the API,
    /// `start token` or `token NAME`. At the gateway, `client NAME`. Elsewhere, the kind of work, such as `rotation`.
    let name: String

    package init(_ channel: Channel, name: String) {
        self.channel = channel
        self.name = name
    }

    /// ``name`` without the session: the part of it that finds all entries of a person or program.
    package var nameWithoutSession: String {
        name.firstMatch(of: /, session [0-9a-f]+$/).map { String(name[..<$0.range.lowerBound]) } ?? name
    }

    /// Somebody whose sign-in to the Settings page was refused.
    package static let unknownOnSettingsPage = Principal(.settingsPage, name: "unknown")

    /// `channel:name`, also in JSON output.
    package var description: String { "\(channel.rawValue):\(name)" }
}

/// One line of the audit record: who did what to what, when, and how it ended.
///
/// Stored; property names and raw values must not change. The names of ``facts`` are stored too.
package struct AuditEvent: Sendable, Equatable, Codable {
    /// The raw values are also those of `audit list --act` and of the JSON output.
    package enum Act: String, Codable, Sendable, CaseIterable {
        case storeInitialised, connectionAdded, connectionChanged, connectionRemoved, credentialImported
        case certificateDownloaded, connectionTested, tokenHandedOut, metadataRead, organizationPinned
        case settingsSignIn, settingsSignOut
        case signedIn, signInBudgetChanged, appBlocked, blockProgressed, unblockPassIssued, unblockPassUsed,
            appUnblocked
        /// Somebody accepted records that had been rolled back.
        case recordsPutBack
        /// An altered record that protects nothing was removed.
        case recordDropped
        /// Records older than the retention time were removed.
        case auditRecordCut
        /// The operator reported a change in Salesforce.
        case changeTold
        /// aprity tested until the answers of the org's servers agreed, or gave up.
        case changeFollowed
        case appChecked, appApproved, bundleMade, reportMade, organizationRepinned
        case realityChecked
        case rotationBegun, rotationAdvanced
        /// The operator reported that the next certificate was saved in the app.
        case uploadTold
        case rotationRolledBack, rotationAborted, keyDestroyed
        case certificateRequested, certificateReplaced
        case masterKeyRotated, masterKeyDropped, backupMade, storeRestored
        case noticeSent
        case credentialCompromised, compromiseProgressed, compromiseWithdrawn
        case accountAdded, accountChanged, accountRemoved, apiTokenAdded, apiTokenRevoked
        /// A tool that reads through the gateway; the calls that the gateway refused it.
        case clientAdded, clientRevoked, clientRefused
        /// Which programs get a handle for a token of their own; a token for which none was given.
        case trustPolicyAdded, trustPolicyRemoved, exchangeRefused
        /// Whether the gateway reads, and refuses what it must.
        case gatewayProbed
        /// The app through which people sign in with Salesforce.
        case signInAppSet, signInAppRemoved
        /// Somebody who signs in with Salesforce ended all of their sessions.
        case signedOutEverywhere
    }

    let time: Date
    let principal: Principal
    package let act: Act
    /// The alias of the connection, if the act is about one.
    package let connection: String?
    /// `done`, a cause's code, or another fixed word, such as `interrupted` or the outcome of following a change.
    let outcome: String
    /// Facts by name. They must not contain secrets.
    let facts: [String: String]
    /// The state of the store's records after the transaction that recorded the event. `nil` if the event was recorded
    /// outside such a transaction.
    private(set) var records: RecordsPosition?

    package init(
        time: Date, principal: Principal, act: Act, connection: String?, outcome: String = "done",
        facts: [String: String] = [:]
    ) {
        self.time = time
        self.principal = principal
        self.act = act
        self.connection = connection
        self.outcome = outcome
        self.facts = facts
    }

    /// The event with the state of the records that its transaction leads to.
    func leading(to position: RecordsPosition) -> AuditEvent {
        var event = self
        event.records = position
        return event
    }
}

/// Reads the audit record, and records events that belong to no transaction on the store's records.
package protocol AuditLog: Sendable {
    /// Records an event. Returns when it is on disk.
    ///
    /// - Throws: ``ConnectedAppError`` with the causes of a failing store.
    func append(_ event: AuditEvent) async throws
    /// The selected events, the newest first.
    func events(_ selection: AuditSelection) async throws -> [AuditEvent]
}

extension AuditLog {
    /// Events of all acts and connections, the newest first.
    func events(limit: Int) async throws -> [AuditEvent] { try await events(AuditSelection(limit: limit)) }
}
