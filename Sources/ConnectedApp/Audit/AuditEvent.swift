package import Foundation

/// Who acts. Callers of the public services pass one to each call.
package struct Principal: Sendable, Hashable, Codable, CustomStringConvertible {
    package enum Channel: String, Codable, Sendable {
        case commandLine, settingsPage, api, demo
        /// The background work of a running server.
        case schedule
    }

    let channel: Channel
    /// The operating system's user on the command line; the kind of session elsewhere.
    let name: String

    package init(_ channel: Channel, name: String) {
        self.channel = channel
        self.name = name
    }

    package var description: String { "\(channel.rawValue):\(name)" }
}

/// One line of the audit record: who did what to what, when, and how it ended.
package struct AuditEvent: Sendable, Equatable, Codable {
    package enum Act: String, Codable, Sendable, CaseIterable {
        case storeInitialised, connectionAdded, connectionChanged, connectionRemoved, credentialImported
        case certificateDownloaded, connectionTested, tokenHandedOut, metadataRead, organizationPinned
        case settingsSignIn
        case signedIn, signInBudgetChanged, appBlocked, blockProgressed, unblockPassIssued, unblockPassUsed,
            appUnblocked
        case recordsPutBack, recordDropped
        case auditRecordCut
        case changeTold, changeFollowed, appChecked, appApproved, bundleMade, reportMade, organizationRepinned
        case realityChecked
        case rotationBegun, rotationAdvanced, uploadTold, rotationRolledBack, rotationAborted, keyDestroyed
        case certificateRequested, certificateReplaced
        case masterKeyRotated, masterKeyDropped, backupMade, storeRestored
        case noticeSent
        case credentialCompromised, compromiseProgressed, compromiseWithdrawn
    }

    let time: Date
    let principal: Principal
    package let act: Act
    /// The alias of the connection, if the act is about one.
    package let connection: String?
    /// `done`, or the cause's code.
    let outcome: String
    /// Facts by name. They contain no secrets.
    let facts: [String: String]
    /// The state of the records after the transaction that recorded the event. `nil` if it was recorded on its own.
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

/// Records audit events outside a transaction that changes records. An event is stored before the result of the act is
/// returned.
package protocol AuditLog: Sendable {
    func append(_ event: AuditEvent) async throws
    /// The selected events, the newest first.
    func events(_ selection: AuditSelection) async throws -> [AuditEvent]
}

extension AuditLog {
    /// Events of all acts and connections, the newest first.
    func events(limit: Int) async throws -> [AuditEvent] { try await events(AuditSelection(limit: limit)) }
}
