/// The Salesforce username that aprity signs in as (`sub`). It has the form of an e-mail address, but often is not one.
/// Encoded as a string.
package struct Username: Sendable, Hashable, Codable, CustomStringConvertible {
    package let description: String

    /// - Parameter text: White space and quotes around it are removed first.
    /// - Throws: ``ConnectedAppError`` with `.usernameMalformed` if the text has more than 80 characters ("User" in the
    ///   Object Reference), contains white space or ASCII control characters, or does not consist of two non-empty
    ///   parts with one `@` between them.
    public init(_ text: String) throws(ConnectedAppError) {
        let text = text.trimmingPasteArtifacts
        let pieces = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.count <= 80, pieces.count == 2, pieces.allSatisfy({ !$0.isEmpty }),
            !text.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.value < 0x20 || $0.value == 0x7F })
        else { throw ConnectedAppError(.usernameMalformed, subject: text) }
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
