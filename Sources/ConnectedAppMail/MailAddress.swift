package import ConnectedApp

/// A mail address as an envelope and a header take it: `local@domain`, ASCII, nothing quoted.
package struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`, naming `source`.
    package init(_ text: some StringProtocol, source: String) throws(ConnectedAppError) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.unicodeScalars.allSatisfy(Self.isAllowed) }),
            text.utf8.count <= 254
        else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail: "This is not a mail address: ASCII letters, digits and .!#$%&'*+/=?^_`{|}~- around one @.")
        }
        description = String(text)
    }

    /// RFC 5322 §3.2.3: the characters of an atom, and the dot between.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || ".!#$%&'*+/=?^_`{|}~-".unicodeScalars.contains(scalar))
    }

    var domain: Substring { description.split(separator: "@").last ?? "" }
}
