internal import Foundation

/// base64url without padding (RFC 7515 §2 and appendix C).
package enum Base64URL {
    /// Encodes bytes. The text has ASCII letters, digits, `-` and `_` only.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let plain = [UInt8](Data(bytes).base64EncodedData())
        let length = plain.firstIndex(of: UInt8(ascii: "=")) ?? plain.count
        return String(unsafeUninitializedCapacity: length) { text in
            for index in 0..<length { text[index] = urlSafe(plain[index]) }
            return length
        }
    }

    private static func urlSafe(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: byte
        }
    }

    /// Decodes a text strictly: each sequence of bytes has exactly one valid text.
    ///
    /// - Returns: `nil` if the text has padding, white space, a character of plain base64, an impossible length, or
    ///   unused bits that are not zero.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.allSatisfy(isDigit), text.utf8.count % 4 != 1 else { return nil }
        var plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain), encode(data) == String(text) else { return nil }
        return [UInt8](data)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
