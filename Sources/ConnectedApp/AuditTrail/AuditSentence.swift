package import Foundation

/// A record of the audit record, in words.
package struct AuditEntry: Sendable {
    package let number: Int64
    package let time: Date
    package let principal: Principal
    /// Who acted, at the beginning of a sentence.
    package let who: String
    /// What was done, to be followed by the connection's name.
    package let predicate: String
    package let act: AuditEvent.Act
    /// `nil` if the act is about no connection.
    package let connection: String?
    /// See ``AuditEvent/outcome``.
    package let outcome: String
    /// Why the act failed, or what it found; `nil` if the outcome is no cause.
    package let cause: Cause?
    /// Facts by name, as stored.
    package let facts: [String: String]

    /// Whether the act was done as intended.
    package var isDone: Bool { outcome == "done" }

    init(_ record: AuditRecord) throws {
        let event = try record.event()
        number = record.number
        time = event.time
        principal = event.principal
        who = event.act == .settingsSignIn ? event.principal.shownAtSignIn : event.principal.shown
        predicate = event.predicate
        act = event.act
        connection = event.connection
        outcome = event.outcome
        cause = Cause(rawValue: event.outcome)
        facts = event.facts
    }
}

extension AuditEvent {
    /// What the principal did, or tried to do. The connection's name follows it, if the act is about one.
    var predicate: String {
        if act == .settingsSignIn { return settingsSignInPredicate }
        if let (predicate, fact) = Self.predicatesOfNamed[act], let name = facts[fact] {
            return "\(predicate) \(name)" + (connection == nil ? "" : " of")
        }
        guard connection != nil else { return act.predicateAlone }
        if act == .signedIn, outcome != "done" { return "tried to sign in to Salesforce through" }
        if act == .connectionTested, facts["unblocking"] != nil { return "ran the test before unblocking" }
        return act.predicate
    }
}

extension AuditEvent {
    /// The predicates of the acts on something that is no connection but has a name, and the fact with that name, which
    /// follows.
    private static let predicatesOfNamed: [Act: (predicate: String, fact: String)] = [
        .accountAdded: ("added the account", "account"), .accountChanged: ("changed the account", "account"),
        .accountRemoved: ("removed the account", "account"), .apiTokenAdded: ("added the API token", "token"),
        .apiTokenRevoked: ("revoked the API token", "token"), .clientAdded: ("added the client", "client"),
        .clientRevoked: ("revoked the client", "client"),
        .trustPolicyAdded: ("added the trust policy", "policy"),
        .trustPolicyRemoved: ("removed the trust policy", "policy"),
    ]
}

extension AuditEvent.Act {
    /// What the principal did, as the end of a sentence that names no connection.
    var predicateAlone: String { Self.predicatesAlone[self] ?? predicate }

    private static let predicatesAlone: [Self: String] = [
        .connectionAdded: "added a connection", .connectionChanged: "changed the settings of a connection",
        .connectionRemoved: "removed a connection", .credentialImported: "imported a key and certificate",
        .certificateDownloaded: "downloaded a certificate", .connectionTested: "tested a connection",
        .tokenHandedOut: "got a token", .metadataRead: "read metadata",
        .organizationPinned: "pinned a connection to its org",
        .signedIn: "signed in to Salesforce", .signInBudgetChanged: "changed a sign-in budget",
        .appBlocked: "blocked an app", .blockProgressed: "continued the block of an app",
        .unblockPassIssued: "let one test through the block of an app", .unblockPassUsed: "used the pass of a block",
        .appUnblocked: "unblocked an app", .recordDropped: "removed an altered record",
        .changeTold: "reported a change in Salesforce", .changeFollowed: "followed a change",
        .appChecked: "compared an app with its approval", .appApproved: "approved the settings of an app",
        .bundleMade: "made a deployable bundle", .reportMade: "made a report",
        .organizationRepinned: "pinned a connection to another org",
        .realityChecked: "compared a real org with the facts",
        .rotationBegun: "began to rotate a certificate", .rotationAdvanced: "advanced a rotation",
        .uploadTold: "confirmed the upload of the next certificate", .rotationRolledBack: "rolled back a rotation",
        .rotationAborted: "aborted a rotation", .keyDestroyed: "destroyed a key",
        .certificateRequested: "made a certificate request", .certificateReplaced: "replaced a certificate",
        .noticeSent: "sent a notice", .credentialCompromised: "reported a key as compromised",
        .compromiseProgressed: "confirmed a step after a compromise",
        .compromiseWithdrawn: "withdrew the report about a key",
        .clientAdded: "added a client", .clientRevoked: "revoked a client", .clientRefused: "was refused calls",
        .gatewayProbed: "tested the gateway", .trustPolicyAdded: "added a trust policy",
        .trustPolicyRemoved: "removed a trust policy",
    ]

    /// What the principal did, as the part of a sentence that follows the name. The connection's name follows it, if the act is
    /// about one.
    package var predicate: String {
        switch self {
        case .storeInitialised: "created the store"
        case .connectionAdded: "added the connection"
        case .connectionChanged: "changed the settings of"
        case .connectionRemoved: "removed the connection"
        case .credentialImported: "imported a key and certificate for"
        case .certificateDownloaded: "downloaded the certificate of"
        case .connectionTested: "tested"
        case .tokenHandedOut: "got a token of"
        case .metadataRead: "read metadata through"
        case .organizationPinned: "pinned to its org the connection"
        case .settingsSignIn: "signed in to the Settings page"
        case .settingsSignOut: "signed out of the Settings page"
        case .signedIn: "signed in to Salesforce through"
        case .signInBudgetChanged: "changed the sign-in budget of"
        case .appBlocked: "blocked the app of"
        case .blockProgressed: "continued the block of"
        case .unblockPassIssued: "let one test through the block of"
        case .unblockPassUsed: "used the pass of the block of"
        case .appUnblocked: "unblocked the app of"
        case .recordsPutBack: "accepted records that had been rolled back"
        case .recordDropped: "removed an altered record of"
        case .auditRecordCut: "removed entries that were past their retention"
        case .changeTold: "reported a change in Salesforce for"
        case .changeFollowed: "followed the change of"
        case .appChecked: "compared with its approval the app of"
        case .appApproved: "approved the settings of the app of"
        case .bundleMade: "made a deployable bundle for"
        case .reportMade: "made a report on"
        case .organizationRepinned: "pinned to another org the connection"
        case .realityChecked: "compared a real org with the facts, by"
        case .rotationBegun: "began to rotate the certificate of"
        case .rotationAdvanced: "advanced the rotation of"
        case .uploadTold: "confirmed the upload of the next certificate of"
        case .rotationRolledBack: "rolled back the rotation of"
        case .rotationAborted: "aborted the rotation of"
        case .keyDestroyed: "destroyed a key of"
        case .certificateRequested: "made a certificate request for"
        case .certificateReplaced: "replaced the certificate of"
        case .masterKeyRotated: "rotated the master key"
        case .masterKeyDropped: "removed the former master key"
        case .backupMade: "made a backup"
        case .storeRestored: "restored the store from a backup"
        case .noticeSent: "sent a notice about"
        case .credentialCompromised: "reported as compromised the key of"
        case .compromiseProgressed: "confirmed a step after the compromise of"
        case .compromiseWithdrawn: "withdrew the report about the key of"
        case .accountAdded: "added an account"
        case .accountChanged: "changed an account"
        case .accountRemoved: "removed an account"
        case .apiTokenAdded: "added an API token"
        case .apiTokenRevoked: "revoked an API token"
        case .clientAdded: "added a client of"
        case .clientRevoked: "revoked a client of"
        case .clientRefused: "was refused calls to"
        case .trustPolicyAdded: "added a trust policy of"
        case .trustPolicyRemoved: "removed a trust policy of"
        case .gatewayProbed: "tested the gateway of"
        case .exchangeRefused: "refused to exchange a token"
        case .signInAppSet: "set up the app for signing in with Salesforce"
        case .signInAppRemoved: "removed the app for signing in with Salesforce"
        case .signedOutEverywhere: "ended all of their sessions"
        }
    }
}

extension Principal {
    /// Who acted, at the beginning of a sentence.
    var shown: String {
        switch channel {
        case .commandLine, .settingsPage, .api, .gateway: words(the: "The") + ","
        case .demo, .schedule: words(the: "The")
        }
    }

    /// Returns a stored ``description`` in the words of the audit page, to follow "by"; another text as it is.
    package static func words(for description: String) -> String {
        let parts = description.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let channel = Channel(rawValue: String(parts[0])) else { return description }
        return Principal(channel, name: String(parts[1])).words(the: "the")
    }

    /// - Parameter article: `The` at the beginning of a sentence, otherwise `the`.
    private func words(the article: String) -> String {
        switch channel {
        case .commandLine: "\(name), on the command line"
        case .settingsPage: "\(onSettingsPage(the: article)), on the Settings page"
        case .api: "\(name), through the API"
        case .gateway: "\(article) \(name), through the gateway"
        case .demo: "\(article) demo (\(name))"
        case .schedule: "aprity itself (\(name))"
        }
    }

    /// Who signed in to the Settings page, at the beginning of a sentence that names the page.
    var shownAtSignIn: String {
        guard channel == .settingsPage else { return shown }
        // The name of a person is followed by the session.
        return onSettingsPage(the: "The") + (name == nameWithoutSession || isStartToken ? "" : ",")
    }

    private var isStartToken: Bool { name.hasPrefix("start token, ") }

    private func onSettingsPage(the article: String) -> String {
        if self == .unknownOnSettingsPage { return "Somebody" }
        if let mark = name.wholeMatch(of: /start token, (.+)/) { return "\(article) start token (\(mark.output.1))" }
        // Earlier versions recorded only the session. Every session without a person began with the start token.
        return name.hasPrefix("session ") ? "\(article) start token (\(name))" : name
    }
}
