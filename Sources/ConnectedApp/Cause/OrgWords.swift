internal import Foundation

/// Makes text from an org safe to show and to store: removes secrets and shortens very long texts.
///
/// An org, or a proxy on the way, may send back what it received. Text that is neither secret nor too long is unchanged.
struct OrgWords: Sendable {
    /// What replaces a secret.
    static let mark = "«secret removed»"
    /// The maximum length of a sentence such as `error_description`, in characters.
    static let longest = 2000
    /// The maximum length of a name or a code, in characters.
    static let longestName = 200
    /// The number of bytes of a text that are searched for secrets. The rest of a longer text is dropped.
    private static let mostBytes = 65_536

    private let secrets: [[UInt8]]
    private let sent: [SentSecret]

    /// - Parameter secrets: The secrets that this exchange sent or received. Their parts of 16 bytes or more are removed
    ///   too, also in Base64.
    init(hiding secrets: [String] = []) {
        self.secrets = secrets.map { Array($0.utf8) }
        sent = self.secrets.map(SentSecret.init)
    }

    /// Finds the secrets in Base64 and base64url. They are encoded only if the text has a part that could be one of them.
    private func base64Ranges(in text: [UInt8]) -> [Range<Int>] {
        let parts = text.split { !Self.isBase64($0) }
        guard parts.contains(where: { $0.count >= SentSecret.part }) else { return [] }
        let plain = text.map(Self.plainBase64)
        return secrets.flatMap(Self.base64Forms).map(SentSecret.init).flatMap { $0.ranges(in: plain) }
    }

    /// A secret is encoded from each of its first three bytes, because another text may precede it. The last characters,
    /// which depend on what follows, are left out.
    private static func base64Forms(of secret: [UInt8]) -> [[UInt8]] {
        (0..<3).map { start in
            let rest = secret.dropFirst(start)
            return Array(Data(rest.prefix(rest.count / 3 * 3)).base64EncodedData())
        }.filter { $0.count >= SentSecret.part }
    }

    /// Changes base64url to Base64.
    private static func plainBase64(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "-"): UInt8(ascii: "+")
        case UInt8(ascii: "_"): UInt8(ascii: "/")
        default: byte
        }
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "+/-_".utf8.contains(byte)
        }
    }

    /// Returns the text without secrets. A text that was cut ends with a note of its full length.
    ///
    /// - Parameter limit: The maximum length of the result in characters, without the note.
    func clean(_ text: String, atMost limit: Int = longest) -> String {
        let isLarge = text.utf8.count > Self.mostBytes
        let beginning = isLarge ? String(decoding: text.utf8.prefix(Self.mostBytes), as: UTF8.self) : text
        let cleaned = Self.removing(beginning) { bytes in
            sent.flatMap { $0.ranges(in: bytes) } + base64Ranges(in: bytes) + SecretForms.ranges(in: bytes)
        }
        guard isLarge || cleaned.count > limit else { return cleaned }
        return cleaned.prefix(limit) + " «cut: \(text.count) characters in all»"
    }

    /// Replaces everything that has the form of a secret. Does not shorten the text.
    static func withoutSecrets(_ text: String) -> String { removing(text, SecretForms.ranges) }

    private static func removing(_ text: String, _ find: ([UInt8]) -> [Range<Int>]) -> String {
        let bytes = Array(text.utf8)
        let ranges = find(bytes).sorted { $0.lowerBound < $1.lowerBound }
        guard !ranges.isEmpty else { return text }
        var (result, end) = ([UInt8](), 0)
        for range in ranges {
            if range.lowerBound > end || result.isEmpty {
                result += bytes[end..<max(end, range.lowerBound)]
                result += mark.utf8
            }
            end = max(end, range.upperBound)
        }
        return String(decoding: result + bytes[end...], as: UTF8.self)
    }
}

/// A secret that was sent, which finds itself and its parts in a text.
private struct SentSecret: Sendable {
    /// The length of the shortest part that is found, in bytes. It is more than the 15 of the org id with which a token
    /// begins, so org ids remain in the text.
    static let part = 16

    /// A part of a text, ``part`` bytes long.
    private struct Window: Hashable {
        let first: UInt64
        let second: UInt64

        init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
            first = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            second = bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        }
    }

    private let bytes: [UInt8]
    private let pairs: BytePairs

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        pairs = BytePairs(bytes)
    }

    private static func windows(of bytes: [UInt8]) -> [(start: Int, window: Window)] {
        bytes.withUnsafeBytes { buffer in
            buffer.count < part ? [] : (0...buffer.count - part).map { ($0, Window(buffer, at: $0)) }
        }
    }

    /// Returns the byte ranges of the secret and of its parts. They may overlap. A secret shorter than ``part`` is found
    /// only as a whole.
    func ranges(in text: [UInt8]) -> [Range<Int>] {
        guard bytes.count >= Self.part else {
            guard !bytes.isEmpty, text.count >= bytes.count else { return [] }
            return (0...text.count - bytes.count).map { $0..<$0 + bytes.count }.filter { text[$0].elementsEqual(bytes) }
        }
        guard pairs.longestRun(in: text) >= Self.part else { return [] }
        let windows = Set(Self.windows(of: bytes).map(\.window))
        return Self.windows(of: text).filter { windows.contains($0.window) }.map { $0.start..<$0.start + Self.part }
    }
}

/// The pairs of adjacent bytes of a secret, by their lowest seven bits. In nearly every text without a part of the secret, no run
/// of the secret's pairs is as long as ``SentSecret/part``. Looking that up is much faster than comparing parts.
private struct BytePairs: Sendable {
    /// A bit for each pair.
    private var bits = [UInt64](repeating: 0, count: 256)

    init(_ bytes: [UInt8]) {
        for pair in zip(bytes, bytes.dropFirst()) {
            let number = Self.number(pair)
            bits[number >> 6] |= 1 << UInt64(number & 63)
        }
    }

    /// Returns the length in bytes of the longest stretch of the text in which every pair of adjacent bytes may be one of the
    /// secret's. A part that the text has in common with the secret is not longer.
    func longestRun(in text: [UInt8]) -> Int {
        var (longest, run) = (0, 1)
        for pair in zip(text, text.dropFirst()) {
            let number = Self.number(pair)
            run = bits[number >> 6] & 1 << UInt64(number & 63) == 0 ? 1 : run + 1
            longest = max(longest, run)
        }
        return longest
    }

    private static func number(_ pair: (UInt8, UInt8)) -> Int { Int(pair.0 & 127) << 7 | Int(pair.1 & 127) }
}

/// Finds secrets by the forms that they have in this protocol.
private enum SecretForms {
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        var (found, index) = ([Range<Int>](), 0)
        while index < text.count {
            if let range = secret(in: text, at: index), !range.isEmpty {
                found.append(range)
                index = range.upperBound
            } else {
                index += 1
            }
        }
        return found
    }

    private static func secret(in text: [UInt8], at index: Int) -> Range<Int>? {
        switch text[index] {
        case UInt8(ascii: "e"): webToken(text, index)
        case UInt8(ascii: "0"): opaqueToken(text, index)
        case UInt8(ascii: "-"): privateKey(text, index)
        case UInt8(ascii: "a"): apiToken(text, index) ?? named(text, index)
        case UInt8(ascii: "A"), UInt8(ascii: "b"), UInt8(ascii: "B"): named(text, index)
        default: nil
        }
    }

    /// `eyJ….….…`: an assertion or a JWT-based token, complete or only its beginning.
    private static func webToken(_ text: [UInt8], _ start: Int) -> Range<Int>? {
        guard text[start...].starts(with: "eyJ".utf8) else { return nil }
        let end = end(text, start) { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        return end - start >= 20 && text[start..<end].contains(UInt8(ascii: ".")) ? start..<end : nil
    }

    /// An opaque token: `00D`, 12 or 15 letters and digits, `!` and the rest.
    private static func opaqueToken(_ text: [UInt8], _ start: Int) -> Range<Int>? {
        guard text[start...].starts(with: "00D".utf8) else { return nil }
        let mark = end(text, start, where: isAlphanumeric)
        guard [15, 18].contains(mark - start) else { return nil }
        guard let separator = ["!", "%21"].first(where: { text[mark...].starts(with: $0.utf8) }) else { return nil }
        let end = end(text, mark + separator.utf8.count, where: isTokenByte)
        return end > mark + separator.utf8.count ? start..<end : nil
    }

    /// A token of aprity's own API: `aprity_`, 16 hexadecimal digits, `_` and the rest.
    private static func apiToken(_ text: [UInt8], _ start: Int) -> Range<Int>? {
        let prefix = Array("aprity_".utf8)
        guard text[start...].starts(with: prefix) else { return nil }
        let mark = end(text, start + prefix.count, where: isAlphanumeric)
        guard mark - start == prefix.count + 16, text[mark...].first == UInt8(ascii: "_") else { return nil }
        let end = end(text, mark + 1) { isWord($0) || $0 == UInt8(ascii: "-") }
        return end > mark + 1 ? start..<end : nil
    }

    /// A private key: from `-----BEGIN … PRIVATE KEY` to its end, or to the end of the text.
    private static func privateKey(_ text: [UInt8], _ start: Int) -> Range<Int>? {
        guard text[start...].starts(with: "-----BEGIN".utf8),
            text[start...].prefix(60).firstRange(of: Array("PRIVATE KEY".utf8)) != nil
        else { return nil }
        guard let last = text[start...].firstRange(of: Array("-----END".utf8)) else { return start..<text.count }
        let line = end(text, last.upperBound) { $0 != UInt8(ascii: "-") }
        return start..<end(text, line) { $0 == UInt8(ascii: "-") }
    }

    private static let names = ["access_token", "assertion", "authorization: bearer", "bearer"]

    /// The value of `access_token=…`, `"access_token":"…"` and the like.
    private static func named(_ text: [UInt8], _ start: Int) -> Range<Int>? {
        let rest = text[start...]
        guard let name = names.first(where: { rest.beginsWithLetters($0.utf8) }) else { return nil }
        let after = start + name.utf8.count
        if name.hasSuffix("bearer") {
            guard text[after...].first == UInt8(ascii: " ") else { return nil }
            let end = end(text, after + 1, where: isTokenByte)
            // A sentence may contain the word "bearer" too.
            return end - after > 20 ? after + 1..<end : nil
        }
        for sign in ["=", "%3D", "%3d", "\":\"", "\": \""] where text[after...].starts(with: sign.utf8) {
            let value = after + sign.utf8.count
            // The value was already removed.
            guard !text[value...].starts(with: OrgWords.mark.utf8) else { return nil }
            return value..<end(text, value) { $0 > UInt8(ascii: " ") && !"&\"'<>;,)]}".utf8.contains($0) }
        }
        return nil
    }

    private static func end(_ text: [UInt8], _ start: Int, where belongs: (UInt8) -> Bool) -> Int {
        text[start...].firstIndex { !belongs($0) } ?? text.count
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }

    private static func isTokenByte(_ byte: UInt8) -> Bool { isWord(byte) || ".-!%+/=~".utf8.contains(byte) }
}

extension ArraySlice<UInt8> {
    /// Whether the slice begins with an ASCII text in small letters, in small or capital letters.
    fileprivate func beginsWithLetters(_ text: String.UTF8View) -> Bool {
        starts(with: text) { own, byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(own) ? own | 0x20 == byte : own == byte
        }
    }
}
