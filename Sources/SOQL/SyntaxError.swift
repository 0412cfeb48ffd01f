/// The reason why a text is not a valid query.
package struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable { case unexpectedToken, tooLong, tooDeep }

    package let reason: Reason
    /// The unexpected token, cut off after 80 characters. At the end of the text it is `<EOF>`, which callers compare
    /// with; for `.tooLong` it is empty.
    package let token: String
    /// The position of the token in Unicode scalars, from 0.
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
    /// The maximum length of a query, in Unicode scalars: "SOQL and SOSL Limits" of the *Salesforce Developer Limits
    /// and Allocations Quick Reference*.
    static let lengthLimit = 100_000
    /// The maximum nesting of parentheses, sub-queries, functions and `NOT`. It is a limit of this parser.
    static let depthLimit = 20
    /// The maximum number of relationships in one field path: "Understanding Relationship Query Limitations" of the
    /// *SOQL and SOSL Reference*.
    static let relationshipLimit = 5
}
