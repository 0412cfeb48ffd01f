internal import ConnectedApp
internal import Foundation

/// A block on a connection's page.
struct BlockCard {
    struct Fact {
        let id: String
        let label: String
        let word: String
        let tone: String
        let at: String?
        let because: String
    }

    let reason: String
    let orderedBy: String
    let orderedAt: String
    let facts: [Fact]
    let inSalesforce: [String]

    init(_ view: BlockView) {
        reason = view.reason
        orderedBy = view.orderedBy
        orderedAt = view.orderedAt.ISO8601Format()
        facts = view.facts.map { fact in
            Fact(
                id: fact.id.rawValue, label: Self.label(fact.id), word: fact.isTrue ? "true" : "not yet",
                tone: fact.isTrue ? "good" : "warn", at: fact.at?.ISO8601Format(), because: fact.because)
        }
        inSalesforce = view.inSalesforce
    }

    private static func label(_ id: BlockView.FactID) -> String {
        switch id {
        case .noNewSignature: "No new signature"
        case .noNewHandOut: "No token given out"
        case .knownTokensDead: "Known tokens revoked"
        case .unknownTokensBounded: "No unknown token"
        }
    }
}

/// The sign-in budget of a user on a connection's page.
struct BudgetCard {
    struct Share {
        let label: String
        let used: Int
        let limit: Int
    }

    let perHour: Int
    let reserve: Int
    let shares: [Share]
    let others: String
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
        others = view.others.map { "\($0.signIns), as of \($0.measuredAt.ISO8601Format())" } ?? "unknown"
        because = view.because
    }
}

/// The audit record as a page.
struct AuditPage {
    struct Row {
        let number: Int64
        let time: String
        let principal: String
        let act: String
        let connection: String?
        let outcome: String
        let facts: String
    }

    static let limit = 100

    let sentence: String
    let tone: String
    let findings: [String]
    let connection: String
    let rows: [Row]
    let limit = Self.limit

    init(_ records: [AuditRecordView], _ verification: AuditVerificationView, connection: String) {
        sentence = verification.sentence
        tone = verification.isIntact ? "good" : "bad"
        findings = verification.findings.map(\.sentence)
        self.connection = connection
        rows = records.map { record in
            Row(
                number: record.number, time: record.time.ISO8601Format(), principal: record.principal,
                act: record.act.rawValue, connection: record.connection, outcome: record.outcome,
                facts: record.facts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
    }
}
