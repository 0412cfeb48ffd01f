/// Why base64 text could not be decoded.
package enum Base64Error: Error, Equatable, Sendable, CustomStringConvertible {
    /// A character is not in the alphabet.
    case character
    /// An `=` is misplaced, or the unused bits of the last character before the padding are not zero.
    case padding
    /// A character other than `=` and white space follows the padding.
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
/// Spaces, tabs and line ends are allowed anywhere. Padding is required, and the unused bits before it must be zero, so
/// that every byte sequence has exactly one encoding apart from white space.
///
/// Groups of four characters are decoded by table lookups. A group that contains anything else, or that is split between
/// two pieces of the text, is decoded character by character.
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
    /// One byte longer than the output, because a decoded group is written as four bytes.
    private var output = [UInt8](repeating: 0, count: outputSize + 1)
    private var outputCount = 0

    /// - Parameter limit: The most bytes that the text may decode to. A negative limit counts as 0.
    init(limit: Int) { self.limit = max(0, limit) }

    /// Decodes the next piece of the text, which can end anywhere. Call ``finish()`` after the last one.
    ///
    /// - Parameter sink: Receives the decoded bytes in pieces, each valid only during the call.
    /// - Throws: ``Base64Error``, or an error of `sink`. `sink` may already have received bytes. The decoder must then
    ///   not be used any more.
    mutating func decode(_ text: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var position = 0
        while position < text.count {
            if groupLength == 0, paddingLength == 0 {
                position += 4 * decodeGroups(UnsafeRawBufferPointer(rebasing: text[position...]))
            }
            if outputCount > Base64StreamDecoder.outputSize - 3 { try flush(into: sink) }
            repeat {
                guard position < text.count else { break }
                try take(text[position])
                position += 1
            } while groupLength > 0
        }
        try flush(into: sink)
    }

    /// Checks that the text ended after a complete group.
    ///
    /// - Throws: ``Base64Error/truncated`` if it did not.
    func finish() throws(Base64Error) {
        guard groupLength == 0 else { throw .truncated }
    }

    /// Decodes groups from the beginning of the text. Stops at a group with a character that is not in the alphabet,
    /// and when the output or the limit has no room for another group.
    ///
    /// - Returns: The number of groups that were decoded.
    private mutating func decodeGroups(_ text: UnsafeRawBufferPointer) -> Int {
        let room = min(Base64StreamDecoder.outputSize - outputCount, limit - byteCount) / 3
        let groups = min(text.count / 4, room)
        let start = outputCount
        let decoded = output.withUnsafeMutableBytes { target in
            Base64StreamDecoder.shifted.withUnsafeBufferPointer { shifted in
                for number in 0..<groups {
                    let first = 4 * number
                    let bytes =
                        shifted[Int(text[first])] | shifted[256 + Int(text[first + 1])]
                        | shifted[512 + Int(text[first + 2])] | shifted[768 + Int(text[first + 3])]
                    guard bytes < Base64StreamDecoder.outside else { return number }
                    target.storeBytes(of: bytes.littleEndian, toByteOffset: start + 3 * number, as: UInt32.self)
                }
                return groups
            }
        }
        outputCount += 3 * decoded
        byteCount += 3 * decoded
        return decoded
    }

    private mutating func take(_ byte: UInt8) throws(Base64Error) {
        if byte == 0x20 || byte == 0x9 || byte == 0xA || byte == 0xD { return }
        if byte == UInt8(ascii: "=") { return try takePadding() }
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

    private mutating func takePadding() throws(Base64Error) {
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

    private mutating func emit(_ byte: UInt8) throws(Base64Error) {
        guard byteCount < limit else { throw .tooLong(limit: limit) }
        byteCount += 1
        output[outputCount] = byte
        outputCount += 1
    }

    private mutating func flush(into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard outputCount > 0 else { return }
        let count = outputCount
        outputCount = 0
        try output.withUnsafeBytes { try sink(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The six bits for each byte; 255 for a byte that is not in the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// Marks a byte that is not in the alphabet: a bit above the 24 bits of a decoded group.
    private static let outside: UInt32 = 1 << 24

    /// The bits of a character at the first, second, third and fourth place of a group, each 256 entries. Combined with
    /// OR, they are the three decoded bytes as a little-endian number. ``outside`` for a byte that is not in the alphabet.
    private static let shifted: [UInt32] = (0..<1024).map { index in
        let value = UInt32(values[index % 256])
        guard value < 64 else { return outside }
        switch index / 256 {
        case 0: return value << 2
        case 1: return value >> 4 | (value & 0xF) << 12
        case 2: return (value >> 2) << 8 | (value & 0x3) << 22
        default: return value << 16
        }
    }
}
