/// The name of a connection in commands, in URLs, in JSON and in the store. Case-sensitive. Encoded as a string.
package struct Alias: Sendable, Hashable, Codable, CustomStringConvertible {
    package let description: String

    /// - Parameter text: White space and quotes around it are removed first.
    /// - Throws: ``ConnectedAppError`` with `.aliasMalformed` unless the text has 1 to 64 ASCII letters, digits, `-`,
    ///   `_` or `.`, and begins with a letter or digit.
    public init(_ text: String) throws(ConnectedAppError) {
        let text = text.trimmingPasteArtifacts
        guard AliasSyntax.isValid(text) else { throw ConnectedAppError(.aliasMalformed, subject: text) }
        description = text
    }

    package init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
