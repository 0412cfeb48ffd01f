internal import HTTPTypes
internal import Hummingbird

/// A connection's revision as an entity tag.
enum RevisionTag {
    /// The value of `ETag`.
    static func text(_ revision: Int) -> String { "\"\(revision)\"" }

    /// Returns the revision that a request expects.
    ///
    /// - Returns: `nil` for `*`, which accepts any revision.
    /// - Throws: ``ServerRefusal``: `.revisionMissing` without `If-Match`; `.revisionMismatch` if its value is not one
    ///   tag of this server.
    static func expected(by request: Request) throws(ServerRefusal) -> Int? {
        guard let field = request.headers[.ifMatch] else { throw ServerRefusal(.revisionMissing) }
        if field == "*" { return nil }
        guard field.count > 2, field.hasPrefix("\""), field.hasSuffix("\""),
            let revision = Int(field.dropFirst().dropLast())
        else { throw ServerRefusal(.revisionMismatch) }
        return revision
    }
}
