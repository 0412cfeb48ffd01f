/// The app's public identifier: the OAuth client id, and the `iss` of every assertion.
package struct ConsumerKey: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// - Parameter text: White space and quotes around it are removed first.
    /// - Throws: ``ConnectedAppError`` with `.consumerKeyMalformed`, or `.consumerSecretGiven` if the text looks like
    ///   the app's Consumer Secret. Neither error contains the text, because it may be a secret.
    package init(_ text: String) throws(ConnectedAppError) {
        let text = text.trimmingPasteArtifacts
        guard !Self.looksLikeSecret(text) else { throw ConnectedAppError(.consumerSecretGiven) }
        // "ConnectedApp" in the Metadata API Developer Guide: 8 to 256 alphanumeric characters. Real keys also contain
        // . and _
        guard (8...256).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
            throw ConnectedAppError(.consumerKeyMalformed)
        }
        description = text
    }

    /// Whether the key begins like those that Salesforce generates. A key chosen in a deployment may begin differently.
    var hasUsualPrefix: Bool { description.hasPrefix("3MVG9") }

    /// The first 8 and the last 4 characters: enough to recognize a generated key, too few to use it.
    var masked: String { description.prefix(8) + "…" + description.suffix(4) }

    /// Salesforce generates Consumer Secrets of 64 hexadecimal digits, and generated up to 20 decimal digits for older
    /// apps.
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
