internal import Foundation

/// A PEM block (RFC 7468).
struct PEMBlock: Equatable {
    /// The text after `BEGIN`, for instance `RSA PRIVATE KEY`.
    let label: String
    /// The cipher and initialization vector of a traditional encrypted key (`DEK-Info`, RFC 1421 §4.6.1.3); otherwise `nil`.
    let cipher: String?
    /// The decoded body.
    let bytes: [UInt8]

    /// Returns the blocks of the text, in order. A block that is damaged, or that has different labels in its BEGIN and END
    /// lines, is left out.
    ///
    /// Tolerates changes by editors, terminals and configuration files: text around the blocks, CRLF, line breaks that were
    /// removed or became spaces or `\n` (also escaped twice), quotes, and a lost dash.
    static func blocks(in text: String) -> [PEMBlock] {
        let text = CredentialText.withLineBreaks(text)
        var found: [PEMBlock] = []
        var rest = Substring(text)
        while let begin = rest.firstMatch(of: /-{2,6}BEGIN ([A-Z0-9 ]{1,40}?)-{2,6}/) {
            let inner = rest[begin.range.upperBound...]
            guard let end = inner.firstMatch(of: /-{2,6}END ([A-Z0-9 ]{1,40}?)-{2,6}/) else { break }
            if begin.1 == end.1, let block = PEMBlock(label: String(begin.1), inner: inner[..<end.range.lowerBound]) {
                found.append(block)
            }
            rest = inner[end.range.upperBound...]
        }
        return found
    }

    private init?(label: String, inner: Substring) {
        var base64 = inner
        var cipher: String?
        if let info = inner.range(of: "DEK-Info:") {
            // Proc-Type: 4,ENCRYPTED  DEK-Info: CIPHER,HEX  <base64>
            let words = inner[info.upperBound...].split(whereSeparator: \.isWhitespace)
            guard let word = words.first else { return nil }
            cipher = String(word)
            base64 = inner[word.endIndex...]
        }
        let compact = base64.filter { !$0.isWhitespace }
        guard !compact.isEmpty, let data = Data(base64Encoded: compact) else { return nil }
        self.label = label
        self.cipher = cipher
        bytes = [UInt8](data)
    }

    init(label: String, bytes: [UInt8]) {
        self.label = label
        cipher = nil
        self.bytes = bytes
    }

    /// The block in strict form: lines of 64 characters that end with `\n`.
    var text: String {
        let base64 = Data(bytes).base64EncodedString()
        var lines = ["-----BEGIN \(label)-----"]
        if let cipher { lines += ["Proc-Type: 4,ENCRYPTED", "DEK-Info: \(cipher)", ""] }
        var rest = Substring(base64)
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        lines.append("-----END \(label)-----")
        return lines.joined(separator: "\n") + "\n"
    }
}
