internal import ConnectedApp
internal import Foundation

/// A block on a connection's page. The property names are tags of `connection.mustache`.
struct BlockCard {
    struct Fact {
        /// Part of the element's class, so it must be one word.
        let id: String
        let label: String
        let word: String
        let tone: String
        /// When the fact became true; `nil` if it is not true yet.
        let at: ShownTime?
        let because: String
    }

    let reason: String
    let orderedBy: String
    let orderedAt: ShownTime
    let facts: [Fact]
    /// The steps that block the app in Salesforce.
    let inSalesforce: [String]

    init(_ view: BlockView) {
        reason = view.reason
        orderedBy = Principal.words(for: view.orderedBy)
        orderedAt = ShownTime(view.orderedAt)
        facts = view.facts.map { fact in
            Fact(
                id: fact.id.rawValue, label: Self.label(fact.id), word: fact.isTrue ? "done" : "not yet",
                tone: fact.isTrue ? "good" : "warn", at: fact.at.map(ShownTime.init), because: fact.because)
        }
        inSalesforce = view.inSalesforce
    }

    private static func label(_ id: BlockView.FactID) -> String {
        switch id {
        case .noNewSignature: "No new signature"
        case .noNewHandOut: "No token handed out"
        case .knownTokensDead: "Known tokens revoked"
        case .unknownTokensBounded: "Every sign-in accounted for"
        }
    }
}

/// The sign-in budget of a user on a connection's page. All numbers are sign-ins within an hour. The property names are
/// tags of `connection.mustache`.
struct BudgetCard {
    /// The part of the budget for one purpose.
    struct Share {
        let label: String
        let used: Int
        let limit: Int
    }

    let perHour: Int
    let reserve: Int
    let shares: [Share]
    /// The sign-ins of other programs, and when they were counted.
    let others: String
    /// Why aprity may not sign in now; `nil` if it may.
    let because: String?

    init(_ view: BudgetView) {
        perHour = view.perHour
        reserve = view.reserve
        shares = view.shares.map { share in
            let label =
                switch share.purpose {
                case .use: "Use"
                case .diagnosis: "Connection tests"
                case .rotation: "Certificate rotation"
                }
            return Share(label: label, used: share.used, limit: share.limit)
        }
        others = view.others.map { "\($0.signIns), as of \(ShownTime($0.measuredAt).text)" } ?? "unknown"
        because = view.because
    }
}
