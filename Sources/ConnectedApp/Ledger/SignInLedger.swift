package import Foundation

/// A POST to the token endpoint, as the ledger stores it.
package struct SignInEntry: Sendable, Equatable {
    package let account: SignInAccount
    /// The id of the app in aprity.
    package let appID: String
    /// `direct`, or the host and port of the proxy. It determines which source address Salesforce sees.
    package let egress: String
    package let purpose: SignInPurpose
    package let startedAt: Date
    /// `nil` during the sign-in, or if the process crashed.
    package var outcome: SignInOutcome?

    package init(
        account: SignInAccount, appID: String, egress: String, purpose: SignInPurpose, startedAt: Date,
        outcome: SignInOutcome? = nil
    ) {
        self.account = account
        self.appID = appID
        self.egress = egress
        self.purpose = purpose
        self.startedAt = startedAt
        self.outcome = outcome
    }
}

/// A user of an org, for whom Salesforce counts sign-ins.
package struct SignInAccount: Sendable, Hashable {
    /// The id of the org; before it is known, the login host.
    package let organization: String
    package let username: String

    package init(organization: String, username: String) {
        self.organization = organization
        self.username = username
    }
}

/// A user and the app through which it signs in.
package struct SignInParty: Sendable, Hashable {
    package let appID: String
    package let username: String

    package init(appID: String, username: String) {
        self.appID = appID
        self.username = username
    }
}

/// How the org answered a party's recent sign-ins. Only ordinary sign-ins are counted, because those of tests and rotations
/// are often expected to be refused.
package struct SignInTally: Sendable, Equatable {
    let party: SignInParty
    let granted: Int
    let refused: Int
    /// Whether the org has granted a sign-in, for any purpose, since it refused the last ordinary one.
    let worksAgain: Bool

    package init(party: SignInParty, granted: Int, refused: Int, worksAgain: Bool) {
        self.party = party
        self.granted = granted
        self.refused = refused
        self.worksAgain = worksAgain
    }
}

/// The purpose of a sign-in. Each has its part of the budget.
package enum SignInPurpose: String, Codable, Sendable, CaseIterable {
    case use, diagnosis, rotation
}

/// The outcome of a sign-in.
package struct SignInOutcome: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case granted
        /// The org refused it. After many refusals, Salesforce may block the address.
        case refused
        /// There was no response, or none that can be read.
        case unanswered
    }

    package let kind: Kind
    /// The code of a cause, or the kind of failure.
    package let code: String

    package init(_ kind: Kind, code: String) {
        self.kind = kind
        self.code = code
    }
}

/// Reads the sign-in ledger within a transaction.
package protocol SignInReading {
    /// The number of sign-ins of some accounts that began at or after `since`. The accounts are names of the same user.
    func signIns(of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws -> Int
    /// When the `index`-th of those sign-ins began (0: the oldest); `nil` if there are fewer.
    func signIn(_ index: Int, of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws
        -> Date?
    /// The outcomes of ordinary sign-ins through an egress that began at or after `since`, by app and user, in no
    /// particular order. Sign-ins without an answer do not count.
    func tallies(through egress: String, since: Date) throws -> [SignInTally]
    /// The number of sign-ins of an app that began at or after `since` and have no outcome. Each may have returned a
    /// token that is not recorded.
    func unfinishedSignIns(of appID: String, since: Date) throws -> Int
    /// Entries that began at or after the date, oldest first.
    func signIns(since date: Date) throws -> [SignInEntry]
    /// The last measurement of others' sign-ins as this user.
    func othersUse(of accounts: [SignInAccount]) throws -> OthersUse?
}

/// Changes the sign-in ledger within a transaction. An entry is stored, durably and visible to every process, before
/// its sign-in is sent.
package protocol SignInWriting {
    /// Adds an entry.
    ///
    /// - Returns: Its number.
    func begin(_ entry: SignInEntry) throws -> Int64
    /// Sets the outcome, once.
    func finish(_ number: Int64, _ outcome: SignInOutcome) throws
    /// Removes an entry whose sign-in was not sent.
    func withdraw(_ number: Int64) throws
    func forgetSignIns(before date: Date) throws
    func setOthersUse(_ use: OthersUse, of account: SignInAccount) throws
}

/// The number of sign-ins of a user within an hour that the org counted and the ledger does not contain.
package struct OthersUse: Sendable, Equatable {
    package let count: Int
    package let measuredAt: Date

    /// - Parameter count: A negative number counts as 0. Only a row that was changed outside aprity can have one.
    package init(count: Int, measuredAt: Date) {
        self.count = max(0, count)
        self.measuredAt = measuredAt
    }
}

extension OthersUse {
    func isRecent(_ now: Date) -> Bool { now.timeIntervalSince(measuredAt) < SignInBudget.estimateLife }
}
