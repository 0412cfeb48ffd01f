package import Foundation

/// A summary of a finished test, for lists. The property names are the JSON keys; they must not change.
package struct TestSummaryView: Codable, Sendable, Equatable {
    /// 32 hexadecimal digits.
    package let id: String
    let startedAt: Date
    package let finishedAt: Date
    /// Who ran it: `CHANNEL:NAME`, such as `commandLine:ada`.
    package let principal: String
    package let outcome: TestOutcome
    /// Whether a sign-in worked and its token could read metadata.
    package let connects: Bool
    /// The cause of the first failure; `null` if nothing failed.
    @ExplicitNull package var code: Cause?

    package init(_ record: TestRecord) {
        id = record.id
        startedAt = record.startedAt
        finishedAt = record.view.finishedAt
        principal = record.principal.description
        outcome = record.view.outcome
        connects = record.view.connects
        code = record.view.cause?.code
    }
}
