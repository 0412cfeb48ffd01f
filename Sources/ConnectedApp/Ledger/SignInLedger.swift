package import Foundation

/// A sign-in in the ledger: one POST to the token endpoint.
package struct SignInEntry: Sendable, Equatable {
    package let account: SignInAccount
    /// The id of the app in aprity.
    package let appID: String
    /// The way out of this network: `direct`, or the host and port of the proxy. It determines which source address Salesforce
    /// sees.
    package let egress: String
    package let purpose: SignInPurpose
    package let startedAt: Date
    /// `nil` during the sign-in, or if the process crashed before it saved the outcome.
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

/// A user of an org. Salesforce counts sign-ins for each user.
package struct SignInAccount: Sendable, Hashable {
    /// The org's id or, before aprity knows it, the login host.
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

/// How the org answered the recent ordinary sign-ins of a party.
package struct SignInTally: Sendable, Equatable {
    let party: SignInParty
    /// The number of ordinary sign-ins that the org granted.
    let granted: Int
    /// The number of ordinary sign-ins that the org refused.
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

/// The purpose of a sign-in. Each has its part of the budget. The raw values are stored and appear in JSON; they must not
/// change.
package enum SignInPurpose: String, Codable, Sendable, CaseIterable {
    /// An ordinary sign-in: its token is used or handed out.
    case use
    /// A sign-in of a connection test, a control or a followed change.
    case diagnosis
    /// A sign-in of a rotation, to see whether the org accepts a key.
    case rotation
}

/// The outcome of a sign-in. The raw values of the kinds are stored; they must not change.
package struct SignInOutcome: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case granted
        /// The org refused it. After many refusals, Salesforce may block the address.
        case refused
        /// There was no response, or none that can be read. The org may have granted a token.
        case unanswered
    }

    package let kind: Kind
    /// `granted`, the code of a cause, the kind of a transport failure, or `interrupted`.
    package let code: String

    package init(_ kind: Kind, code: String) {
        self.kind = kind
        self.code = code
    }
}

/// Reads the sign-in ledger within a transaction.
package protocol SignInReading {
    /// The number of sign-ins that began at or after `since`, with any outcome or none.
    ///
    /// - Parameter accounts: One user's accounts: with the org's id, and with the login host.
    func signIns(of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws -> Int
    /// When one of the sign-ins that ``signIns(of:for:since:)`` counts began; `nil` if there are too few.
    ///
    /// - Parameter index: 0 for the oldest.
    func startOfSignIn(_ index: Int, of accounts: [SignInAccount], for purposes: Set<SignInPurpose>, since: Date) throws
        -> Date?
    /// The number of ordinary sign-ins through an egress that began at or after `since` and were refused, at most `most`.
    ///
    /// - Parameter egress: See ``SignInEntry/egress``.
    func refusals(through egress: String, since: Date, atMost most: Int) throws -> Int
    /// The tallies of sign-ins through an egress that began at or after `since`, in no particular order. Sign-ins without an
    /// answer do not count.
    ///
    /// - Parameter egress: See ``SignInEntry/egress``.
    func tallies(through egress: String, since: Date) throws -> [SignInTally]
    /// The number of sign-ins of an app that began at or after `since` and have no outcome. For each, the org may have issued
    /// a token that is not recorded.
    func unfinishedSignIns(of appID: String, since: Date) throws -> Int
    /// The sign-ins of all accounts that began at or after `date`, the oldest first.
    func signIns(since date: Date) throws -> [SignInEntry]
    /// The last measurement of other programs' sign-ins as this user; `nil` if there is none.
    ///
    /// - Parameter accounts: One user's accounts. The first one with a measurement counts.
    func othersUse(of accounts: [SignInAccount]) throws -> OthersUse?
}

/// Changes the sign-in ledger within a transaction. The transaction of ``begin(_:)`` must be committed, durably and visibly to
/// every process, before the sign-in is sent.
package protocol SignInWriting {
    /// Adds an entry without an outcome.
    ///
    /// - Returns: The number of the entry; later entries have higher numbers.
    func begin(_ entry: SignInEntry) throws -> Int64
    /// Sets the outcome. Does nothing if the entry has one already.
    func finish(_ number: Int64, _ outcome: SignInOutcome) throws
    /// Removes an entry whose sign-in was not sent. Does nothing if the entry has an outcome.
    func withdraw(_ number: Int64) throws
    /// Removes the entries that began before `date`.
    func forgetSignIns(before date: Date) throws
    /// Replaces the account's measurement.
    func setOthersUse(_ use: OthersUse, of account: SignInAccount) throws
}

/// A measurement of how often other programs sign in as a user: the number of sign-ins within the hour before ``measuredAt``
/// that the org counted and the ledger does not contain.
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
    /// Whether the measurement is younger than ``SignInBudget/estimateLife``.
    func isRecent(_ now: Date) -> Bool { now.timeIntervalSince(measuredAt) < SignInBudget.estimateLife }
}
