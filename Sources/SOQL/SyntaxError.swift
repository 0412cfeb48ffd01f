/// Why a text is no query.
package struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable { case unexpectedToken, tooLong, tooDeep }

    package let reason: Reason
    /// What stands at the place, cut after 80 characters; `<EOF>` at the end of the text.
    package let token: String
    /// Unicode scalars before the token.
    package let offset: Int

    package var description: String {
        switch reason {
        case .unexpectedToken: "unexpected token '\(token)' at offset \(offset)"
        case .tooLong: "more than \(SOQLQuery.lengthLimit) characters"
        case .tooDeep: "nested more than \(SOQLQuery.depthLimit) deep at offset \(offset)"
        }
    }
}

extension SOQLQuery {
    /// Characters of a statement: "SOQL and SOSL Limits" of the *Salesforce Developer Limits and Allocations*.
    package static let lengthLimit = 100_000
    /// Parentheses, sub-queries, functions and `NOT` within each other. A limit of ours.
    package static let depthLimit = 20
    /// Relationships in one field path: "Understanding Relationship Query Limitations" of the *SOQL and SOSL Reference*.
    package static let relationshipLimit = 5
}
