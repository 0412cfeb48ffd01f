/// The app's public identifier: OAuth's client id, the `iss` of every assertion.
public struct ConsumerKey: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// - Throws: ``ConnectedAppError`` with `.consumerKeyMalformed` or `.consumerSecretGiven`. The text is in neither,
    ///   since it may be a secret.
    public init(_ text: String) throws(ConnectedAppError) {
        let text = text.withoutSurroundings
        guard !Self.looksLikeSecret(text) else { throw ConnectedAppError(.consumerSecretGiven) }
        // "ConnectedApp" in the Metadata API Developer Guide says alphanumeric, 8 to 256; real keys also have . and _
        guard (8...256).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
            throw ConnectedAppError(.consumerKeyMalformed)
        }
        description = text
    }

    /// Keys that Salesforce makes begin so; one chosen at a deployment may not.
    public var hasUsualPrefix: Bool { description.hasPrefix("3MVG9") }

    /// Enough to recognise it on a page, not enough to copy it.
    public var masked: String { description.prefix(8) + "…" + description.suffix(4) }

    /// Secrets that Salesforce makes are 64 hexadecimal digits, or (older apps) up to 20 decimal digits.
    private static func looksLikeSecret(_ text: String) -> Bool {
        let isHex = text.utf8.count == 64 && text.allSatisfy(\.isHexDigit)
        let isDecimal = (10...20).contains(text.utf8.count) && text.allSatisfy { ("0"..."9").contains($0) }
        return isHex || isDecimal
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber) || character == "." || character == "_"
    }
}
