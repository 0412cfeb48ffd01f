public import Foundation

/// Who acts. Every call of the front door names one.
public struct Principal: Sendable, Hashable, Codable, CustomStringConvertible {
    public enum Channel: String, Codable, Sendable {
        case commandLine, settingsPage, api, demo
        /// What a running server does of its own accord.
        case schedule
    }

    public let channel: Channel
    /// The operating system's user on the command line; the kind of session elsewhere.
    public let name: String

    public init(_ channel: Channel, name: String) {
        self.channel = channel
        self.name = name
    }

    public var description: String { "\(channel.rawValue):\(name)" }
}

/// One line of the audit record: who did what to what, when, and how it ended.
public struct AuditEvent: Sendable, Equatable, Codable {
    public enum Act: String, Codable, Sendable, CaseIterable {
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

    public let time: Date
    public let principal: Principal
    public let act: Act
    /// The connection's name, where the act is about one.
    public let connection: String?
    /// `done`, or the cause's code.
    public let outcome: String
    /// Facts, by name; never a secret.
    public let facts: [String: String]
    /// The state of the records after the transaction that recorded this. `nil` if it was recorded on its own.
    package private(set) var records: RecordsPosition?

    public init(
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

    func leading(to position: RecordsPosition) -> AuditEvent {
        var event = self
        event.records = position
        return event
    }
}

/// Where audit events go that belong to no change of a record. An event is kept before the act's result is given out.
package protocol AuditLog: Sendable {
    func append(_ event: AuditEvent) async throws
    /// The newest first.
    func events(_ selection: AuditSelection) async throws -> [AuditEvent]
}

extension AuditLog {
    /// The newest first, whatever they are about.
    package func events(limit: Int) async throws -> [AuditEvent] { try await events(AuditSelection(limit: limit)) }
}
