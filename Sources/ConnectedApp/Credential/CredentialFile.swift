internal import Foundation

/// A file with a private key or with certificates, in whatever form people's tools write it.
public struct CredentialFile: Sendable {
    public let bytes: [UInt8]
    /// What messages and the commands in them call it, such as its path; `nil`: the word FILE.
    let name: String?

    public init(_ bytes: [UInt8], name: String? = nil) {
        self.bytes = bytes
        self.name = name
    }

    /// - Parameter pem: Armoured text.
    public init(pem: String) { self.init(Array(pem.utf8)) }

    /// What the file holds, in order; empty if nothing of it is known.
    var objects: [CredentialObject] {
        if let container = CredentialObject.container(bytes) { return [container] }
        let text = CredentialText.decoded(bytes)
        let blocks = PEMBlock.blocks(in: text)
        if !blocks.isEmpty { return blocks.map(CredentialObject.init) }
        if let object = CredentialObject(der: bytes) { return [object] }
        return CredentialText.unarmoured(text).map { CredentialFile($0, name: name).objects } ?? []
    }

    /// Whether somebody who reads the file has a private key.
    var holdsKeyInClear: Bool {
        objects.contains { if case .rsaKey = $0 { true } else { false } }
    }

    /// The name in a command that is to be pasted into a shell.
    var shellName: String {
        guard let name else { return "FILE" }
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+=@,:".contains($0)) }
        return isPlain ? name : "'" + name.replacing("'", with: "'\\''") + "'"
    }
}

/// Text as editors, terminals, mail and configuration files leave it.
enum CredentialText {
    /// UTF-8 or UTF-16, with or without a byte order mark.
    static func decoded(_ bytes: [UInt8]) -> String {
        switch (bytes.first, bytes.dropFirst().first, bytes.dropFirst(2).first) {
        case (0xFF, 0xFE, _): utf16(bytes.dropFirst(2)) { UInt16($0) | UInt16($1) << 8 }
        case (0xFE, 0xFF, _): utf16(bytes.dropFirst(2)) { UInt16($0) << 8 | UInt16($1) }
        case (0xEF, 0xBB, 0xBF): String(decoding: bytes.dropFirst(3), as: UTF8.self)
        // The armour is ASCII, so in UTF-16 every other byte is zero.
        case (let first?, 0, _) where first != 0: utf16(bytes[...]) { UInt16($0) | UInt16($1) << 8 }
        case (0, let second?, _) where second != 0: utf16(bytes[...]) { UInt16($0) << 8 | UInt16($1) }
        default: String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, _ unit: (UInt8, UInt8) -> UInt16) -> String {
        let pairs = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2)
        return String(decoding: pairs.map { unit(bytes[$0], bytes[$0 + 1]) }, as: UTF16.self)
    }

    /// Line breaks that were written as `\n` or `\r`, once or more often escaped.
    static func withLineBreaks(_ text: String) -> String {
        text.contains("\\") ? text.replacing(/\\{1,4}[nr]/, with: "\n") : text
    }

    /// The content of text that is all Base64: a whole PEM file in Base64, or a block that lost its armour.
    static func unarmoured(_ text: String) -> [UInt8]? {
        let compact = withLineBreaks(text).filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
        guard compact.utf8.count >= 64 else { return nil }
        return Data(base64Encoded: compact).map { [UInt8]($0) }
    }
}
