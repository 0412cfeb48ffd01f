/// Why base64 text could not be decoded.
package enum Base64Refusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// A character is not in the alphabet.
    case character
    /// The padding is misplaced, or its unused bits are not zero.
    case padding
    case dataAfterPadding
    /// The text ends in the middle of a group of four characters.
    case truncated
    /// The text decodes to more than `limit` bytes.
    case tooLong(limit: Int)

    package var description: String {
        switch self {
        case .character: "The base64 text has a character that is not in its alphabet."
        case .padding: "The base64 text has invalid padding."
        case .dataAfterPadding: "The base64 text continues after its padding."
        case .truncated: "The base64 text ends in the middle of a group."
        case .tooLong(let limit): "The base64 text decodes to more than \(limit) bytes."
        }
    }
}

/// Decodes base64 (RFC 4648 §4) piece by piece, and passes the bytes on without keeping them.
///
/// White space is allowed anywhere. Padding is required and its unused bits must be zero, so that every byte sequence
/// has exactly one encoding.
struct Base64StreamDecoder {
    /// The most bytes that the sink receives at once.
    static let outputSize = 24 << 10

    /// The most bytes that the text may decode to.
    let limit: Int
    /// The number of bytes decoded so far.
    private(set) var byteCount = 0
    private var group: UInt32 = 0
    private var groupLength = 0
    private var paddingLength = 0
    private var output: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
        output.reserveCapacity(Base64StreamDecoder.outputSize)
    }

    /// Decodes the next piece of the text, which can end anywhere. Call ``finish()`` after the last one.
    ///
    /// - Throws: ``Base64Refusal``, or an error of `sink`. The decoder must then not be used any more.
    mutating func decode(_ text: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        for byte in text {
            if byte == 0x20 || byte == 0x9 || byte == 0xA || byte == 0xD { continue }
            if byte == UInt8(ascii: "=") {
                try takePadding()
            } else {
                try take(byte)
            }
            if output.count > Base64StreamDecoder.outputSize - 3 { try flush(into: sink) }
        }
        try flush(into: sink)
    }

    /// Checks that the text ended after a complete group.
    ///
    /// - Throws: ``Base64Refusal/truncated`` if it did not.
    func finish() throws(Base64Refusal) {
        guard groupLength == 0 else { throw .truncated }
    }

    private mutating func take(_ byte: UInt8) throws(Base64Refusal) {
        guard paddingLength == 0 else { throw .dataAfterPadding }
        let value = Base64StreamDecoder.values[Int(byte)]
        guard value < 64 else { throw .character }
        group = group << 6 | UInt32(value)
        groupLength += 1
        guard groupLength == 4 else { return }
        try emit(UInt8(truncatingIfNeeded: group >> 16))
        try emit(UInt8(truncatingIfNeeded: group >> 8))
        try emit(UInt8(truncatingIfNeeded: group))
        group = 0
        groupLength = 0
    }

    private mutating func takePadding() throws(Base64Refusal) {
        // After the last group the length is 0 again, so this also rejects a surplus "=".
        guard groupLength >= 2 else { throw .padding }
        group <<= 6
        groupLength += 1
        paddingLength += 1
        guard groupLength == 4 else { return }
        let unused: UInt32 = paddingLength == 2 ? 0xFFFF : 0xFF
        guard group & unused == 0 else { throw .padding }
        try emit(UInt8(truncatingIfNeeded: group >> 16))
        if paddingLength == 1 { try emit(UInt8(truncatingIfNeeded: group >> 8)) }
        group = 0
        groupLength = 0
    }

    private mutating func emit(_ byte: UInt8) throws(Base64Refusal) {
        guard byteCount < limit else { throw .tooLong(limit: limit) }
        byteCount += 1
        output.append(byte)
    }

    private mutating func flush(into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard !output.isEmpty else { return }
        defer { output.removeAll(keepingCapacity: true) }
        try output.withUnsafeBytes { try sink($0) }
    }

    /// The six bits for each byte; 255 for a byte that is not in the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
