internal import Crypto
internal import Foundation
internal import JWTBearer

// The records below are derived from other records, so that lists need not read those. They are written in the same
// transactions. The names of their properties are stored and must not change.

/// What lists show of a connection, apart from its app.
struct ConnectionSummary: RecordValue, Equatable {
    static let kind = RecordKind.connectionSummary

    let appID: String
    let alias: String
    let username: String
    let loginHost: String
    /// `nil` before the first sign-in.
    let organizationID: String?
    /// When the connection was last changed; `nil` in a summary of an earlier version.
    private(set) var changedAt: Date?
    /// `nil` if there is none or its record was altered.
    let evidence: ConnectionEvidence?
    /// The raw value of the ``Cause`` of the latest scheduled pull; `nil` if it did not fail.
    private(set) var pullCode: String?
    /// The revision of the ``PullOutcome``; `nil` if there is none or its record was altered.
    private(set) var lastPullRevision: Int?
    /// The revision of the ``ConnectionRecord``.
    let connectionRevision: Int
    /// The revision of the ``ConnectionEvidence``; `nil` if there is none or its record was altered.
    let evidenceRevision: Int?

    /// It begins with the app's id, so that the connections of an app are neighbours in the register.
    var recordID: String { Self.id(appID, alias) }

    static func id(_ appID: String, _ alias: String) -> String { prefix(appID) + alias }
    static func prefix(_ appID: String) -> String { appID + " " }

    init(
        _ connection: Revisioned<ConnectionRecord>, _ evidence: Revisioned<ConnectionEvidence>?,
        _ pull: Revisioned<PullOutcome>?
    ) {
        let record = connection.value
        appID = record.appID
        alias = record.alias.description
        username = record.username.description
        loginHost = record.loginHost
        organizationID = record.pinnedOrganizationID?.description
        changedAt = record.changedAt
        self.evidence = evidence?.value
        pullCode = pull?.value.failure(of: record)?.rawValue
        lastPullRevision = pull?.revision
        connectionRevision = connection.revision
        evidenceRevision = evidence?.revision
    }
}

/// Whether a connection's latest pull failed: a part of the record of that pull. It is only read.
struct PullOutcome: DispensableRecord, Equatable {
    static let kind = RecordKind.lastPull

    private struct Problem: Codable, Equatable {
        let code: String
    }

    private let alias: String
    private let problem: Problem?

    var recordID: String { alias }

    /// Why it failed; `nil` if it did not, or if no pull of the connection is scheduled any more.
    func failure(of connection: ConnectionRecord) -> Cause? {
        connection.pullInterval == nil ? nil : problem.flatMap { Cause(rawValue: $0.code) }
    }
}

/// What lists show of a connection's app.
struct AppSummary: RecordValue, Equatable {
    static let kind = RecordKind.appSummary

    let appID: String
    let kind: AppKind
    let consumerKey: String?
    let changedAt: Date?
    let changeKind: AppChange.Kind?
    let isBlocked: Bool
    /// The end of the active certificate.
    let certificateEndsAt: Date
    /// The raw value of the name of the rotation's state; `nil` if no rotation was ever begun.
    let rotation: String?
    /// The revision of the ``AppRecord``.
    let appRevision: Int
    let credentialID: String
    /// The ``CredentialRecord/certificateSHA256`` of the active credential.
    let certificateSHA256: String

    var recordID: String { appID }

    /// As ``AppRecord/change``.
    var change: AppChange? { changedAt.map { AppChange(changeKind ?? .edit, at: $0) } }

    /// - Throws: ``ConnectedAppError`` if the credential's certificate cannot be used.
    init(_ app: Revisioned<AppRecord>, _ credential: Revisioned<CredentialRecord>, rotation: String?) throws {
        appID = app.value.id
        kind = app.value.kind
        consumerKey = app.value.consumerKey
        changedAt = app.value.changedAt
        changeKind = app.value.changeKind
        isBlocked = app.value.isBlocked
        certificateEndsAt = try credential.value.certificate().notAfter
        self.rotation = rotation
        appRevision = app.revision
        credentialID = credential.value.id
        certificateSHA256 = credential.value.certificateSHA256
    }
}

/// That an app has a Consumer Key. Its place in the register leads from a Consumer Key to the apps that have it.
struct ConsumerKeyUse: RecordValue, Equatable {
    static let kind = RecordKind.consumerKeyUse

    /// SHA-256 of the Consumer Key, lower-case hex.
    let consumerKeySHA256: String
    let appID: String

    var recordID: String { consumerKeySHA256 + " " + appID }

    static func prefix(_ consumerKey: String) -> String { sha256(consumerKey) + " " }

    init(_ consumerKey: String, appID: String) {
        consumerKeySHA256 = Self.sha256(consumerKey)
        self.appID = appID
    }

    private static func sha256(_ consumerKey: String) -> String { SHA256.hash(data: Data(consumerKey.utf8)).hex }
}
