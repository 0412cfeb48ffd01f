/// The name of an account. Encoded as a string.
package struct AccountName: Sendable, Hashable, Codable, CustomStringConvertible {
    /// In lower case, because people do not remember the case of their name.
    package let description: String

    /// - Parameter text: White space around it is removed, and capital letters become small ones.
    /// - Throws: ``ConnectedAppError`` with `.accountNameMalformed` unless the text has 1 to 64 ASCII letters, digits,
    ///   `-`, `_`, `.`, `@` or `+`, and begins with a letter or digit.
    package init(_ text: String) throws(ConnectedAppError) {
        let name = text.trimmingPasteArtifacts.lowercased()
        let isValid =
            name.utf8.count <= 64 && name.wholeMatch(of: /[a-z0-9][a-z0-9\-_.@+]*/) != nil
        guard isValid else { throw ConnectedAppError(.accountNameMalformed, subject: String(text.prefix(80))) }
        description = name
    }

    package init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
