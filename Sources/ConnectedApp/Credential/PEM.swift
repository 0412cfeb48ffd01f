internal import Foundation

/// One armoured block (RFC 7468) of a text, with line breaks that were lost on the way put back.
struct PEMBlock {
    /// What stands behind `BEGIN`, for instance `RSA PRIVATE KEY`.
    let label: String
    /// Header lines of traditional encrypted keys (`Proc-Type`, `DEK-Info`).
    let headers: [String]
    /// The decoded body.
    let bytes: [UInt8]

    /// Every block of the text, in order. Tolerates text around them; line breaks that became spaces, or the two
    /// characters `\n`, or nothing; quotes around the whole; CRLF.
    static func blocks(in text: String) -> [PEMBlock] {
        let restored = text.replacingOccurrences(of: "\\r", with: "").replacingOccurrences(of: "\\n", with: "\n")
        var found: [PEMBlock] = []
        var rest = Substring(restored)
        while let begin = rest.range(of: "-----BEGIN "),
            let beginEnd = rest[begin.upperBound...].range(of: "-----")
        {
            let label = String(rest[begin.upperBound..<beginEnd.lowerBound])
            guard let end = rest[beginEnd.upperBound...].range(of: "-----END \(label)-----") else { break }
            if let block = PEMBlock(label: label, inner: rest[beginEnd.upperBound..<end.lowerBound]) {
                found.append(block)
            }
            rest = rest[end.upperBound...]
        }
        return found
    }

    private init?(label: String, inner: Substring) {
        var base64 = Substring(inner)
        var headers: [String] = []
        if let info = inner.range(of: "DEK-Info:") {
            // Proc-Type: 4,ENCRYPTED  DEK-Info: CIPHER,HEX  <base64>
            let words = inner[info.upperBound...].split(whereSeparator: \.isWhitespace)
            guard let cipher = words.first else { return nil }
            headers = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: \(cipher)"]
            base64 = inner[cipher.endIndex...]
        }
        let compact = base64.filter { !$0.isWhitespace }
        guard !compact.isEmpty, let data = Data(base64Encoded: compact) else { return nil }
        self.label = label
        self.headers = headers
        bytes = [UInt8](data)
    }

    init(label: String, bytes: [UInt8]) {
        self.label = label
        headers = []
        self.bytes = bytes
    }

    /// The block in its strict form: lines of 64 characters, `\n`, a final line break.
    var text: String {
        let base64 = Data(bytes).base64EncodedString()
        var lines = ["-----BEGIN \(label)-----"]
        if !headers.isEmpty { lines += headers + [""] }
        var rest = Substring(base64)
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        lines.append("-----END \(label)-----")
        return lines.joined(separator: "\n") + "\n"
    }
}
