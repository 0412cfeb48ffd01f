internal import Foundation

/// The content of a file that should contain private keys or certificates, in any common format.
public struct CredentialFile: Sendable {
    var bytes: [UInt8]
    /// The file's path, `-` for standard input; `nil` if the content comes from no file.
    let name: String?
    /// The option, such as `--pkcs12`, with which the running command accepts a PKCS#12 file; `nil` if it has none. A remedy
    /// names it.
    let pkcs12Option: String?
    /// Whether the bytes were extracted from the PKCS#12 file of this name.
    var isInPKCS12 = false

    /// - Parameters:
    ///   - bytes: The file's content. It is not checked here.
    ///   - name: The file's path for messages; `nil` if the content comes from no file.
    ///   - pkcs12Option: The option with which the running command accepts a PKCS#12 file; `nil` if it has none.
    public init(_ bytes: [UInt8], name: String? = nil, pkcs12Option: String? = nil) {
        self.bytes = bytes
        self.name = name
        self.pkcs12Option = pkcs12Option
    }

    /// - Parameter pem: Text with PEM blocks.
    public init(pem: String) { self.init(Array(pem.utf8)) }

    /// The keys, certificates and other objects in the file, in the file's order; empty if none is recognized.
    var objects: [CredentialObject] {
        if let container = CredentialObject.container(bytes) { return [container] }
        let text = CredentialText.decoded(bytes)
        let blocks = PEMBlock.blocks(in: text)
        if !blocks.isEmpty { return blocks.map(CredentialObject.init) }
        if let object = CredentialObject(der: bytes) { return [object] }
        if let form = UnreadableFormat(text: text) { return [.unreadableFormat(form)] }
        return CredentialText.unarmoured(text).map { holding($0).objects } ?? []
    }

    /// Returns the file with other content that was derived from its own, such as the decrypted key. The name stays, for
    /// messages.
    func holding(_ bytes: [UInt8]) -> CredentialFile {
        var file = self
        file.bytes = bytes
        return file
    }

    /// Whether the file contains an unencrypted RSA key that aprity can use. Other keys do not count, because reading them
    /// fails.
    var containsUnencryptedRSAKey: Bool {
        objects.contains { if case .rsaKey = $0 { true } else { false } }
    }

    /// The name of the file for messages; `nil` if the content comes from no file.
    var shownName: String? { name.map { InputFile($0).shownName } }

    /// Returns a hint with a command that reads the file.
    ///
    /// - Parameters:
    ///   - usualName: The name under which the user should save the content first, if a later command cannot read it again,
    ///     as with a pipe.
    ///   - hint: Returns the hint for the file's name as a shell word.
    func hint(savedAs usualName: String, _ hint: (String) -> String) -> String {
        FileHint.text(name, savedAs: usualName, hint)
    }
}

/// Decodes text that editors, terminals, mail or configuration files may have changed.
enum CredentialText {
    private enum Encoding {
        case utf8, utf16LittleEndian, utf16BigEndian
    }

    /// Returns the encoding, and the bytes without the byte order mark.
    private static func encoding(of bytes: [UInt8]) -> (Encoding, ArraySlice<UInt8>) {
        switch (bytes.first, bytes.dropFirst().first, bytes.dropFirst(2).first) {
        case (0xFF, 0xFE, _): (.utf16LittleEndian, bytes.dropFirst(2))
        case (0xFE, 0xFF, _): (.utf16BigEndian, bytes.dropFirst(2))
        case (0xEF, 0xBB, 0xBF): (.utf8, bytes.dropFirst(3))
        // PEM is ASCII, so in UTF-16 every other byte is zero.
        case (let first?, 0, _) where first != 0: (.utf16LittleEndian, bytes[...])
        case (0, let second?, _) where second != 0: (.utf16BigEndian, bytes[...])
        default: (.utf8, bytes[...])
        }
    }

    /// Decodes UTF-8 or UTF-16, with or without a byte order mark. Bytes that are not valid become U+FFFD.
    static func decoded(_ bytes: [UInt8]) -> String {
        let (encoding, text) = encoding(of: bytes)
        return switch encoding {
        case .utf8: String(decoding: text, as: UTF8.self)
        case .utf16LittleEndian, .utf16BigEndian: String(decoding: utf16Units(text, encoding), as: UTF16.self)
        }
    }

    /// Returns the first line of a text in UTF-8 or UTF-16, without the line end and the byte order mark.
    ///
    /// - Returns: `nil` if the line is not valid text or contains a zero character.
    static func firstLine(_ bytes: [UInt8]) -> String? {
        let (encoding, text) = encoding(of: bytes)
        let line =
            switch encoding {
            case .utf8: utf8Line(text)
            case .utf16LittleEndian, .utf16BigEndian: utf16Line(text, encoding)
            }
        return line.flatMap { $0.unicodeScalars.contains("\0") ? nil : $0 }
    }

    private static func utf8Line(_ bytes: ArraySlice<UInt8>) -> String? {
        var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(validating: line, as: UTF8.self)
    }

    private static func utf16Line(_ bytes: ArraySlice<UInt8>, _ encoding: Encoding) -> String? {
        let units = utf16Units(bytes, encoding)
        var line = units.prefix { $0 != 0x0A }
        // An odd number of bytes: the text was cut off in this line.
        guard line.count < units.count || bytes.count.isMultiple(of: 2) else { return nil }
        if line.last == 0x0D { line.removeLast() }
        return String(validating: line, as: UTF16.self)
    }

    /// Returns the UTF-16 code units. Ignores an odd byte at the end.
    private static func utf16Units(_ bytes: ArraySlice<UInt8>, _ encoding: Encoding) -> [UInt16] {
        stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return encoding == .utf16LittleEndian ? first | second << 8 : first << 8 | second
        }
    }

    /// Replaces escaped line breaks (`\n` or `\r`, also escaped several times) by real ones.
    static func withLineBreaks(_ text: String) -> String {
        text.contains("\\") ? text.replacing(/\\{1,4}[nr]/, with: "\n") : text
    }

    /// Decodes text that is only Base64: a whole PEM file in Base64, or a block without its BEGIN and END lines.
    ///
    /// - Returns: `nil` if the text is something else, or has fewer than 64 Base64 characters.
    static func unarmoured(_ text: String) -> [UInt8]? {
        let compact = withLineBreaks(text).filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
        guard compact.utf8.count >= 64 else { return nil }
        return Data(base64Encoded: compact).map { [UInt8]($0) }
    }
}
