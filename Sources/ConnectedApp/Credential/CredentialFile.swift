internal import Foundation

/// A file with a private key or with certificates, in whatever form people's tools write it.
public struct CredentialFile: Sendable {
    public internal(set) var bytes: [UInt8]
    /// Its path; `nil` if it has none.
    let name: String?
    /// The option of the command at hand that takes a PKCS#12 file; `nil` if it has none.
    let pkcs12Option: String?
    /// Whether the bytes were taken out of the PKCS#12 file of this name.
    var isInPKCS12 = false

    public init(_ bytes: [UInt8], name: String? = nil, pkcs12Option: String? = nil) {
        self.bytes = bytes
        self.name = name
        self.pkcs12Option = pkcs12Option
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
        if let form = ForeignForm(text: text) { return [.foreign(form)] }
        return CredentialText.unarmoured(text).map { holding($0).objects } ?? []
    }

    /// The same file with other bytes, which were made of its own.
    func holding(_ bytes: [UInt8]) -> CredentialFile {
        var file = self
        file.bytes = bytes
        return file
    }

    /// Whether somebody who reads the file has a private key.
    var holdsKeyInClear: Bool {
        objects.contains { if case .rsaKey = $0 { true } else { false } }
    }

    /// What messages call it; `nil` if it has no name.
    var shownName: String? { name.map { InputFile($0).shownName } }

    /// A hint with a command that reads the file.
    ///
    /// - Parameter usualName: What to save it as if no command can read it again.
    func hint(savedAs usualName: String, _ hint: (String) -> String) -> String {
        FileHint.text(name, savedAs: usualName, hint)
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

    /// The first line of a text in an encoding that ``decoded(_:)`` reads, without its end and the byte order mark.
    ///
    /// - Returns: `nil` if it is no such text, or has a zero character.
    static func firstLine(_ bytes: [UInt8]) -> String? {
        let line: String?
        switch (bytes.first, bytes.dropFirst().first, bytes.dropFirst(2).first) {
        case (0xFF, 0xFE, _): line = utf16Line(bytes.dropFirst(2)) { UInt16($0) | UInt16($1) << 8 }
        case (0xFE, 0xFF, _): line = utf16Line(bytes.dropFirst(2)) { UInt16($0) << 8 | UInt16($1) }
        case (0xEF, 0xBB, 0xBF): line = utf8Line(bytes.dropFirst(3))
        case (let first?, 0, _) where first != 0: line = utf16Line(bytes[...]) { UInt16($0) | UInt16($1) << 8 }
        case (0, let second?, _) where second != 0: line = utf16Line(bytes[...]) { UInt16($0) << 8 | UInt16($1) }
        default: line = utf8Line(bytes[...])
        }
        return line.flatMap { $0.unicodeScalars.contains("\0") ? nil : $0 }
    }

    private static func utf8Line(_ bytes: ArraySlice<UInt8>) -> String? {
        var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(validating: line, as: UTF8.self)
    }

    private static func utf16Line(_ bytes: ArraySlice<UInt8>, _ unit: (UInt8, UInt8) -> UInt16) -> String? {
        let starts = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2)
        let units = starts.map { unit(bytes[$0], bytes[$0 + 1]) }
        var line = units.prefix { $0 != 0x0A }
        // An odd byte at the end of the line: it was cut off.
        guard line.count < units.count || bytes.count.isMultiple(of: 2) else { return nil }
        if line.last == 0x0D { line.removeLast() }
        return String(validating: line, as: UTF16.self)
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
