package import Foundation

/// One POST to the token endpoint, as the ledger keeps it.
package struct SignInEntry: Sendable, Equatable {
    package let account: SignInAccount
    /// Of aprity; `nil` where there is no store with apps.
    package let appID: String
    /// Which way it left: `direct`, or the proxy's host and port. What Salesforce sees as an address hangs on it.
    package let egress: String
    package let purpose: SignInPurpose
    package let startedAt: Date
    /// `nil` while under way, or where the process died.
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

/// Whom Salesforce counts a sign-in for: a user of an org.
package struct SignInAccount: Sendable, Hashable {
    /// The org's id where it is known, else the login host.
    package let organization: String
    package let username: String

    package init(organization: String, username: String) {
        self.organization = organization
        self.username = username
    }
}

/// Who signs in: a user through an app.
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
    package let party: SignInParty
    package let granted: Int
    package let refused: Int
    /// Whether the org has granted a sign-in, for any purpose, since it refused the last ordinary one.
    package let worksAgain: Bool

    package init(party: SignInParty, granted: Int, refused: Int, worksAgain: Bool) {
        self.party = party
        self.granted = granted
        self.refused = refused
        self.worksAgain = worksAgain
    }
}

/// What a sign-in is spent on.
public enum SignInPurpose: String, Codable, Sendable, CaseIterable {
    case use, diagnosis, rotation
}

/// What came of a sign-in.
package struct SignInOutcome: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case granted
        /// The org said no. After many of these Salesforce may block the address.
        case refused
        /// Nothing, or nothing that can be read, came back.
        case unanswered
    }

    package let kind: Kind
    /// A cause's code, or the kind of failure.
    package let code: String

    package init(_ kind: Kind, code: String) {
        self.kind = kind
        self.code = code
    }
}

/// The sign-in ledger, read.
package protocol SignInReading {
    /// Sign-ins of the accounts, which are one user by several names, that began at or after `since`.
    func signIns(of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws -> Int
    /// When the `index`-th of them (0: the oldest) began.
    func signIn(_ index: Int, of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws
        -> Date?
    /// What came of the sign-ins through an egress that began at or after `since`, by connection. Those without an answer
    /// do not count. In no particular order.
    func tallies(through egress: String, since: Date) throws -> [SignInTally]
    /// Sign-ins of an app without an outcome that began at or after `since`: a token may have come of them that nobody
    /// wrote down.
    func unfinishedSignIns(of appID: String, since: Date) throws -> Int
    /// Entries that began at or after the date, oldest first.
    func signIns(since date: Date) throws -> [SignInEntry]
    /// What others were seen to use of an account's hour.
    func othersUse(of accounts: [SignInAccount]) throws -> OthersUse?
}

/// The sign-in ledger, written. An entry is there, durably and for every process, before its sign-in is sent.
package protocol SignInWriting {
    /// - Returns: The entry's number.
    func begin(_ entry: SignInEntry) throws -> Int64
    /// Sets the outcome, once.
    func finish(_ number: Int64, _ outcome: SignInOutcome) throws
    /// Takes an entry back whose sign-in was never sent.
    func withdraw(_ number: Int64) throws
    func forgetSignIns(before date: Date) throws
    func setOthersUse(_ use: OthersUse, of account: SignInAccount) throws
}

/// How many sign-ins of a user the org counted within an hour that are not in our ledger.
package struct OthersUse: Sendable, Equatable {
    package let count: Int
    package let measuredAt: Date

    /// - Parameter count: A negative one, which only a row that was changed outside aprity has, counts as none.
    package init(count: Int, measuredAt: Date) {
        self.count = max(0, count)
        self.measuredAt = measuredAt
    }
}

extension OthersUse {
    func isRecent(_ now: Date) -> Bool { now.timeIntervalSince(measuredAt) < SignInBudget.estimateLife }
}
