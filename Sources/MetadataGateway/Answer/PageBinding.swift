/// Binds the addresses of further pages in a query's result to the client: of the result itself, and of its sub-queries.
///
/// It reads the JSON as it arrives. Everything but the values of members named `nextRecordsUrl` is passed on byte by byte.
package struct PageBinding {
    private static let member = Array("nextRecordsUrl".utf8)
    /// The longest text that is kept: no address of a page is longer.
    private static let longestText = 300

    private enum State {
        case outside
        /// In a text. What was read of it is in ``text``.
        case inText
        case afterBackslash
    }

    private enum Role {
        case other
        /// The last token was the member's name.
        case afterName
        /// The last token was the colon after it.
        case atValue
    }

    private let ticket: Ticket
    private var state = State.outside
    private var role = Role.other
    /// The content of the present text, as far as it is needed; `nil` if it is longer.
    private var text: [UInt8]? = []

    package init(_ ticket: Ticket) { self.ticket = ticket }

    /// Returns what can be sent after these bytes.
    package mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes { take(byte, &result) }
        return result
    }

    private mutating func take(_ byte: UInt8, _ result: inout [UInt8]) {
        switch state {
        case .outside: takeOutside(byte, &result)
        case .afterBackslash:
            keep(byte, &result)
            state = .inText
        case .inText:
            guard byte != UInt8(ascii: "\"") else { return endText(&result) }
            if byte == UInt8(ascii: "\\") { state = .afterBackslash }
            keep(byte, &result)
        }
    }

    private mutating func takeOutside(_ byte: UInt8, _ result: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""):
            (state, text) = (.inText, [])
            // The value of the member is not sent before it is read.
            if role != .atValue { result.append(byte) }
            return
        case UInt8(ascii: ":"): role = role == .afterName ? .atValue : .other
        case 0x20, 0x09, 0x0A, 0x0D: break
        default: role = .other
        }
        result.append(byte)
    }

    private mutating func keep(_ byte: UInt8, _ result: inout [UInt8]) {
        if role != .atValue { result.append(byte) }
        if let count = text?.count, count < Self.longestText { text?.append(byte) } else { text = nil }
    }

    private mutating func endText(_ result: inout [UInt8]) {
        state = .outside
        if role == .atValue {
            result += Self.value(text.flatMap(bound))
            role = .other
        } else {
            result.append(UInt8(ascii: "\""))
            role = Self.isMember(text) ? .afterName : .other
        }
    }

    /// A name with escapes is compared as what it stands for.
    private static func isMember(_ text: [UInt8]?) -> Bool {
        guard let text else { return false }
        return text == member || (text.contains(UInt8(ascii: "\\")) && unescaped(text) == member)
    }

    /// `null` for an address that is none of a page: a client could not call it.
    private static func value(_ address: String?) -> [UInt8] {
        address.map { Array("\"\($0)\"".utf8) } ?? Array("null".utf8)
    }

    /// Returns the address with a ticket in place of its locator.
    private func bound(_ text: [UInt8]) -> String? {
        guard let address = Self.unescaped(text).flatMap({ String(validating: $0, as: UTF8.self) }),
            let match = address.wholeMatch(of: #/(/services/data/v[0-9]{2,3}\.0/(?:tooling/)?query/)([A-Za-z0-9\-]+)/#),
            let locator = QueryLocator(match.output.2)
        else { return nil }
        return match.output.1 + ticket.text(for: locator.description, .page)
    }

    /// - Returns: `nil` if there is an escape other than of a slash or of an ASCII character.
    private static func unescaped(_ text: [UInt8]) -> [UInt8]? {
        var (result, rest): ([UInt8], ArraySlice<UInt8>) = ([], text[...])
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "/"): result.append(UInt8(ascii: "/"))
            case UInt8(ascii: "u"):
                guard rest.count >= 4, let code = UInt8(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16),
                    code < 0x80
                else { return nil }
                result.append(code)
                rest = rest.dropFirst(4)
            case _: return nil
            }
        }
        return result
    }
}
