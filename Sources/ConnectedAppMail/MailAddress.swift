package import ConnectedApp
internal import Foundation

/// A mail address: `local@domain`, `Name <local@domain>` or `"Name" <local@domain>` (RFC 5322 §3.4).
///
/// An internationalized domain is stored as A-labels (RFC 5890). Two addresses are equal if their ``description`` is
/// the same, including case. Display names are not compared.
package struct MailAddress: Sendable, CustomStringConvertible {
    /// The address for an envelope: `local@domain` in ASCII, without quoting.
    package let description: String
    /// The display name, one line of at most ``longestName`` characters; `nil` if there is none.
    let name: String?

    private static let longestName = 100

    /// - Parameter source: The name of the setting, for errors.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` and the subject `source`, if the text is not an
    ///   address.
    package init(_ text: some StringProtocol, source: String) throws(ConnectedAppError) {
        let text = text.trimmingCharacters(in: .whitespaces)
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
            name = nil
            description = try Self.checked(text, source)
            return
        }
        name = try Self.displayName(text[..<open].trimmingCharacters(in: .whitespaces), source)
        description = try Self.checked(String(text[text.index(after: open)...].dropLast()), source)
    }

    /// Parses a comma-separated list of addresses. A comma in quotation marks belongs to a name. Empty entries are
    /// skipped, so the result may be empty.
    ///
    /// - Throws: The same errors as ``init(_:source:)``.
    package static func list(_ text: String, source: String) throws(ConnectedAppError) -> [MailAddress] {
        var (pieces, isQuoted) = ([""], false)
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted { pieces.append("") } else { pieces[pieces.count - 1].append(character) }
        }
        var addresses: [MailAddress] = []
        for piece in pieces where !piece.trimmingCharacters(in: .whitespaces).isEmpty {
            addresses.append(try MailAddress(piece, source: source))
        }
        return addresses
    }

    private static func checked(_ text: String, _ source: String) throws(ConnectedAppError) -> String {
        func malformed(_ detail: String) -> ConnectedAppError {
            ConnectedAppError(.configurationMalformed, subject: source, detail: detail)
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let domain = ASCIIDomain(String(parts[1])) else {
            throw malformed("This is not a mail address. Give local@domain, or Name <local@domain>.")
        }
        guard parts[0].unicodeScalars.allSatisfy(isAllowed) else {
            throw malformed(
                "Only ASCII letters, digits and .!#$%&'*+/=?^_`{|}~- are allowed before the @. Other characters need "
                    + "SMTPUTF8, which aprity does not support."
            )
        }
        let address = "\(parts[0])@\(domain.text)"
        guard address.utf8.count <= 254 else { throw malformed("The address has more than 254 characters.") }
        return address
    }

    private static func displayName(_ text: String, _ source: String) throws(ConnectedAppError) -> String? {
        let isQuoted = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        let name = isQuoted ? text.dropFirst().dropLast().replacing(/\\(.)/) { $0.1 } : text[...]
        guard name.count <= longestName, !name.unicodeScalars.contains(where: \.isControl),
            isQuoted || !name.contains(where: { "@<>\"".contains($0) })
        else {
            throw ConnectedAppError(
                .configurationMalformed, subject: source,
                detail:
                    "A name before <…> must be one line of at most \(longestName) characters. If it contains @, <, > "
                    + "or quotation marks, put it in quotation marks."
            )
        }
        return name.isEmpty ? nil : String(name)
    }

    /// Whether a character is allowed in a local part: the characters of an atom, and the dot between atoms (RFC 5322
    /// §3.2.3).
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || ".!#$%&'*+/=?^_`{|}~-".unicodeScalars.contains(scalar))
    }

    /// The part after the `@`.
    var domain: Substring { description.split(separator: "@").last ?? "" }

    /// Returns the address for the header fields From and To, with its display name, or else the name `other`.
    func headerForm(named other: String? = nil) -> String {
        guard let name = name ?? other else { return "<\(description)>" }
        return MailPhrase(name).text + " <\(description)>"
    }
}

extension MailAddress: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.description == right.description }

    package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// A domain in ASCII letters, digits, hyphens and dots. Other letters are converted by IDNA (RFC 5891).
private struct ASCIIDomain {
    let text: String

    init?(_ domain: String) {
        var parts = URLComponents()
        parts.host = domain
        guard domain.unicodeScalars.allSatisfy({ !$0.isASCII || Self.isAllowed($0) }),
            let encoded = domain.unicodeScalars.allSatisfy(\.isASCII) ? domain : parts.encodedHost,
            !encoded.isEmpty, encoded.unicodeScalars.allSatisfy(Self.isAllowed)
        else { return nil }
        text = encoded
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "." || scalar == "-")
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        [.control, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
    }
}
