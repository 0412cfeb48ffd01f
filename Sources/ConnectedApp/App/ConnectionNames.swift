/// A connection's name: what every command calls it.
public struct Alias: Sendable, Hashable, Codable, CustomStringConvertible {
    public let description: String

    /// - Throws: ``ConnectedAppError`` with `.aliasMalformed`: 1 to 64 letters, digits, `-`, `_`, `.`; the first one a
    ///   letter or digit.
    public init(_ text: String) throws(ConnectedAppError) {
        let text = text.withoutSurroundings
        guard ConnectionName.isValid(text) else { throw ConnectedAppError(.aliasMalformed, subject: text) }
        description = text
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The username in whose name aprity signs in (`sub`). It looks like an e-mail address and often is none.
public struct Username: Sendable, Hashable, Codable, CustomStringConvertible {
    public let description: String

    /// - Throws: ``ConnectedAppError`` with `.usernameMalformed`: at most 80 characters, one `@` with text on both
    ///   sides, no white space or control character ("User" in the Object Reference: 80 characters).
    public init(_ text: String) throws(ConnectedAppError) {
        let text = text.withoutSurroundings
        let pieces = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.count <= 80, pieces.count == 2, pieces.allSatisfy({ !$0.isEmpty }),
            !text.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.value < 0x20 || $0.value == 0x7F })
        else { throw ConnectedAppError(.usernameMalformed, subject: text) }
        description = text
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
