package import Foundation

/// The latest test of whether the gateway reads, and refuses what it must.
///
/// Stored as a record, and a JSON document; the names of properties must not change.
package struct GatewayProbe: DispensableRecord, Equatable {
    package static let kind = RecordKind.gatewayProbe
    package let connection: String
    package let probedAt: Date
    /// Why the org could not be read; `nil` if it could.
    @ExplicitNull package var readFailure: Cause?
    /// Whether a handle that does not exist was refused.
    package let refusesStranger: Bool
    /// Whether a call that would change nothing, but is a write, was refused.
    package let refusesWrite: Bool
    /// When the audit record last reported the result.
    var auditedAt: Date?

    package var recordID: String { connection }

    /// Whether the gateway lets through what it must refuse.
    package var isUnsafe: Bool { !refusesStranger || !refusesWrite }

    func hasResult(of other: GatewayProbe) -> Bool {
        readFailure == other.readFailure && refusesStranger == other.refusesStranger
            && refusesWrite == other.refusesWrite
    }
}
