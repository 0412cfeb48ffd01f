/// The reason why aprity recognized nothing in a file, neither a key nor a certificate nor a related object.
enum MissingCredential: Equatable {
    case empty
    /// A PEM block without an END line.
    case noEnd(label: String)
    /// A PEM block whose content is not Base64, or whose END line has another label.
    case damaged(label: String)
    /// DER that has fewer bytes (`bytes`) than its length field says (`of`).
    case shortened(bytes: Int, of: Int)
    /// A single line of at most 200 characters, such as a path, a placeholder or the name of a variable.
    case oneLine(characters: Int)

    /// Finds the reason. Call this only if ``CredentialFile/objects`` is empty.
    ///
    /// - Returns: `nil` if no reason is found.
    init?(_ file: CredentialFile) {
        if let whole = Self.wholeSize(ofDER: file.bytes), whole > file.bytes.count {
            self = .shortened(bytes: file.bytes.count, of: whole)
            return
        }
        let text = CredentialText.withLineBreaks(CredentialText.decoded(file.bytes))
        if let begin = text.firstMatch(of: /-{2,6}BEGIN ([A-Z0-9 ]{1,40}?)-{2,6}/) {
            let label = String(begin.1)
            let hasEnd = text[begin.range.upperBound...].contains(/-{2,6}END [A-Z0-9 ]{1,40}?-{2,6}/)
            self = hasEnd ? .damaged(label: label) : .noEnd(label: label)
            return
        }
        let line = text.trimmingWhiteSpace
        if line.unicodeScalars.allSatisfy({ $0 == "\0" || $0 == "\u{FEFF}" }) {
            self = .empty
        } else if line.count <= 200, !line.contains(where: \.isNewline), !line.unicodeScalars.contains("\u{FFFD}") {
            self = .oneLine(characters: line.count)
        } else {
            return nil
        }
    }

    /// Returns an error that explains the reason.
    ///
    /// - Parameter cause: `.keyMalformed` if a private key was expected, `.certificateMalformed` if a certificate was.
    func error(_ cause: Cause, of file: CredentialFile) -> ConnectedAppError {
        let (detail, remedy) = words(wanted: cause == .keyMalformed ? "private key" : "certificate")
        return ConnectedAppError(cause, subject: file.shownName, detail: detail, remedy: remedy)
    }

    private func words(wanted: String) -> (detail: String, remedy: String) {
        switch self {
        case .empty:
            ("The file is empty.", "Check the file, or the command or variable that provides its content.")
        case .noEnd(let label):
            ("The file is cut off: the block \(label) has no END line.", "Get the whole file again.")
        case .damaged(let label):
            (
                "The block \(label) is damaged: its content is not Base64, or its END line has another label.",
                "Get the whole file again."
            )
        case .shortened(let bytes, let whole):
            ("The file is cut off: it has \(bytes) of \(whole) bytes.", "Get the whole file again.")
        case .oneLine(let characters):
            (
                "The file contains only one line of \(characters == 1 ? "1 character" : "\(characters) characters"), which is not a \(wanted).",
                "If the line is a path or a placeholder, give the content itself instead."
            )
        }
    }

    /// Returns the size in bytes, including the header, that the header of a DER SEQUENCE states.
    ///
    /// - Returns: `nil` if the bytes do not begin with a SEQUENCE whose length has two to four bytes.
    private static func wholeSize(ofDER bytes: [UInt8]) -> Int? {
        guard bytes.count > 5, bytes[0] == 0x30, (0x82...0x84).contains(bytes[1]) else { return nil }
        let lengthBytes = Int(bytes[1] & 0x7F)
        return 2 + lengthBytes + bytes[2..<(2 + lengthBytes)].reduce(0) { $0 << 8 | Int($1) }
    }
}
