/// A group of acts of the audit record, for a list to choose from.
package enum AuditActGroup: CaseIterable, Sendable {
    case signIns, connections, certificates, rotations, blocks, checks, access, store

    package var title: String {
        switch self {
        case .signIns: "Sign-ins and tokens"
        case .connections: "Connections"
        case .certificates: "Keys and certificates"
        case .rotations: "Certificate rotation"
        case .blocks: "Blocks and compromised keys"
        case .checks: "Tests, app checks and notices"
        case .access: "Accounts and API tokens"
        case .store: "Store, backups and the record itself"
        }
    }

    /// In the order of ``AuditEvent/Act``.
    package var acts: [AuditEvent.Act] { AuditEvent.Act.allCases.filter { $0.place.group == self } }
}

extension AuditEvent.Act {
    /// What was done, as a short noun phrase.
    package var title: String { place.title }

    fileprivate var place: (group: AuditActGroup, title: String) {
        switch self {
        case .settingsSignIn: (.signIns, "Sign-in to the Settings page")
        case .settingsSignOut: (.signIns, "Sign-out of the Settings page")
        case .signedOutEverywhere: (.signIns, "End of all sessions")
        case .signedIn: (.signIns, "Sign-in to Salesforce")
        case .signInBudgetChanged: (.signIns, "Changed sign-in budget")
        case .tokenHandedOut: (.signIns, "Token handed out")
        case .metadataRead: (.signIns, "Metadata read")
        case .connectionAdded: (.connections, "New connection")
        case .connectionChanged: (.connections, "Changed settings")
        case .connectionRemoved: (.connections, "Removed connection")
        case .organizationPinned: (.connections, "First pin to an org")
        case .organizationRepinned: (.connections, "Pin to another org")
        case .bundleMade: (.connections, "Deployable bundle")
        case .credentialImported: (.certificates, "Imported key")
        case .certificateDownloaded: (.certificates, "Downloaded certificate")
        case .certificateRequested: (.certificates, "Certificate request")
        case .certificateReplaced: (.certificates, "Replaced certificate")
        case .keyDestroyed: (.certificates, "Destroyed key")
        case .masterKeyRotated: (.certificates, "New master key")
        case .masterKeyDropped: (.certificates, "Removed master key")
        case .rotationBegun: (.rotations, "Beginning")
        case .rotationAdvanced: (.rotations, "Step")
        case .uploadTold: (.rotations, "Confirmed upload")
        case .rotationRolledBack: (.rotations, "Rollback")
        case .rotationAborted: (.rotations, "Abort")
        case .appBlocked: (.blocks, "Block")
        case .blockProgressed: (.blocks, "Progress of a block")
        case .unblockPassIssued: (.blocks, "Pass for an unblocking test")
        case .unblockPassUsed: (.blocks, "Use of the pass")
        case .appUnblocked: (.blocks, "Unblocking")
        case .credentialCompromised: (.blocks, "Report of a compromised key")
        case .compromiseProgressed: (.blocks, "Step after a compromise")
        case .compromiseWithdrawn: (.blocks, "Withdrawn report")
        case .connectionTested: (.checks, "Connection test")
        case .changeTold: (.checks, "Reported change in Salesforce")
        case .changeFollowed: (.checks, "Followed change")
        case .appChecked: (.checks, "App check")
        case .appApproved: (.checks, "Approval of an app's settings")
        case .reportMade: (.checks, "Report")
        case .realityChecked: (.checks, "Check of a real org")
        case .noticeSent: (.checks, "Notice")
        case .accountAdded: (.access, "New account")
        case .accountChanged: (.access, "Changed account")
        case .accountRemoved: (.access, "Removed account")
        case .apiTokenAdded: (.access, "New API token")
        case .apiTokenRevoked: (.access, "Revoked API token")
        case .clientAdded: (.access, "New client")
        case .clientRevoked: (.access, "Revoked client")
        case .clientRefused: (.access, "Refused calls of client")
        case .trustPolicyAdded: (.access, "New trust policy")
        case .trustPolicyRemoved: (.access, "Removed trust policy")
        case .gatewayProbed: (.checks, "Test of the gateway")
        case .exchangeRefused: (.access, "Refused exchange of a token")
        case .signInAppSet: (.access, "Set-up of the sign-in with Salesforce")
        case .signInAppRemoved: (.access, "Removal of the sign-in with Salesforce")
        case .storeInitialised: (.store, "New store")
        case .recordsPutBack: (.store, "Accepted rollback of records")
        case .recordDropped: (.store, "Removed altered record")
        case .auditRecordCut: (.store, "Removed old entries")
        case .backupMade: (.store, "Backup")
        case .storeRestored: (.store, "Restored store")
        }
    }
}
