public import Foundation

/// A summary of a finished test, for lists.
public struct TestSummaryView: Codable, Sendable, Equatable {
    /// 32 hexadecimal digits.
    public let id: String
    public let startedAt: Date
    public let finishedAt: Date
    /// `CHANNEL:NAME`.
    public let principal: String
    public let outcome: TestOutcome
    /// Whether a sign-in worked and its token could read metadata.
    public let connects: Bool
    /// `null` if nothing failed.
    @ExplicitNull public var code: Cause?

    public init(_ record: TestRecord) {
        id = record.id
        startedAt = record.startedAt
        finishedAt = record.view.finishedAt
        principal = record.principal.description
        outcome = record.view.outcome
        connects = record.view.connects
        code = record.view.cause?.code
    }
}
