internal import Foundation

/// Pieces of secrets that must not be found anywhere, in each form that bytes can have in files and texts.
struct SecretNeedles {
    private(set) var needles: [(name: String, bytes: [UInt8])] = []
    private(set) var secrets: Set<[UInt8]> = []

    /// Adds binary data: raw in both byte orders (limbs of a number are reversed in memory), hexadecimal and base64.
    mutating func add(_ name: String, bytes: [UInt8]) {
        guard secrets.insert(bytes).inserted else { return }
        // Only a piece may have been written.
        let pieces = bytes.count > 40 ? [middle(bytes), Array(bytes.suffix(16))] : [Array(bytes.prefix(24))]
        for piece in pieces {
            let hex = piece.map { String(format: "%02x", $0) }.joined()
            add(name + " raw", piece)
            add(name + " reversed", piece.reversed())
            add(name + " hex", Array(hex.utf8))
            add(name + " HEX", Array(hex.uppercased().utf8))
            for shift in 0..<3 { addBase64(name, piece, shift) }
        }
    }

    /// Adds a text.
    mutating func add(_ name: String, text: String) {
        guard secrets.insert(Array(text.utf8)).inserted else { return }
        let bytes = Array(text.utf8)
        add(name + " raw", bytes)
        add(name + " hex", Array(bytes.map { String(format: "%02x", $0) }.joined().utf8))
        for shift in 0..<3 { addBase64(name, bytes, shift) }
    }

    /// Adds the secret numbers of an RSA key (PKCS#8).
    mutating func add(_ name: String, pkcs8: [UInt8]) throws {
        let numbers = try DER.rsaNumbers(pkcs8)
        // version, n, e, d, p, q, d mod p-1, d mod q-1, q^-1 mod p
        for (part, number) in zip(["d", "p", "q", "dP", "dQ", "qInv"], numbers.dropFirst(3)) {
            add("\(name) \(part)", bytes: number)
        }
    }

    private func middle(_ bytes: [UInt8]) -> [UInt8] { Array(bytes[(bytes.count / 2)..<(bytes.count / 2 + 16)]) }

    private mutating func add(_ name: String, _ bytes: [UInt8]) { needles.append((name, bytes)) }

    /// Adds the base64 text of bytes that begin `shift` bytes after a group of three, without the characters that
    /// depend on the neighbouring bytes.
    private mutating func addBase64(_ name: String, _ bytes: [UInt8], _ shift: Int) {
        let whole = Array(bytes.dropFirst((3 - shift) % 3))
        let text = Data(whole.prefix(whole.count / 3 * 3)).base64EncodedString()
        // Shorter texts occur everywhere.
        guard text.count >= 8 else { return }
        add(name + " base64", Array(text.utf8))
        let url = text.replacing("+", with: "-").replacing("/", with: "_")
        if url != text { add(name + " base64url", Array(url.utf8)) }
    }

    // MARK: Search

    /// Returns which secrets the bytes contain, even with line breaks in them.
    func found(in data: Data) -> [String] {
        let unbroken = data.filter { $0 != 10 && $0 != 13 && $0 != 32 }
        return needles.filter { Self.holds(data, $0.bytes) || Self.holds(unbroken, $0.bytes) }.map(\.name)
    }

    private static func holds(_ data: Data, _ needle: [UInt8]) -> Bool {
        !needle.isEmpty && data.range(of: Data(needle)) != nil
    }

    /// Returns the files below a folder that contain a secret, with its name.
    func found(below folder: String, except: Set<String> = []) -> (hits: [String], files: Int, bytes: Int) {
        var (hits, files, size): ([String], Int, Int) = ([], 0, 0)
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            guard !except.contains(name), let data = FileManager.default.contents(atPath: folder + "/" + name) else {
                continue
            }
            (files, size) = (files + 1, size + data.count)
            hits += found(in: data).map { "\(name): \($0)" }
        }
        return (hits, files, size)
    }
}

/// The subset of DER (X.690) that a private key needs.
private enum DER {
    struct Malformed: Error {}

    /// Returns the integers of an RSA private key in PKCS#8 (RFC 5208, RFC 8017 A.1.2), without leading zeros.
    static func rsaNumbers(_ pkcs8: [UInt8]) throws -> [[UInt8]] {
        var outer = try content(pkcs8[...], tag: 0x30)
        _ = try next(&outer)
        _ = try next(&outer)
        let key = try next(&outer)
        guard key.tag == 0x04 else { throw Malformed() }
        var inner = try content(key.content, tag: 0x30)
        var numbers: [[UInt8]] = []
        while !inner.isEmpty { numbers.append(Array(try next(&inner).content.drop { $0 == 0 })) }
        guard numbers.count == 9 else { throw Malformed() }
        return numbers
    }

    private static func content(_ bytes: ArraySlice<UInt8>, tag: UInt8) throws -> ArraySlice<UInt8> {
        var rest = bytes
        let value = try next(&rest)
        guard value.tag == tag else { throw Malformed() }
        return value.content
    }

    private static func next(_ bytes: inout ArraySlice<UInt8>) throws -> (tag: UInt8, content: ArraySlice<UInt8>) {
        guard let tag = bytes.popFirst(), let first = bytes.popFirst() else { throw Malformed() }
        var length = Int(first)
        if first >= 0x80 {
            length = bytes.prefix(Int(first & 0x7f)).reduce(0) { $0 << 8 | Int($1) }
            bytes = bytes.dropFirst(Int(first & 0x7f))
        }
        guard bytes.count >= length else { throw Malformed() }
        defer { bytes = bytes.dropFirst(length) }
        return (tag, bytes.prefix(length))
    }
}
