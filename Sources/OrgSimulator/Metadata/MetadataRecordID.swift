/// Generates record ids in the format of an org: 15 case-sensitive characters, and a suffix of three with which ids
/// that differ only in case also differ if case is ignored.
enum MetadataRecordID {
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    private static let suffixDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")

    /// Returns an id of 18 characters for a name. Equal names give equal ids.
    static func derived(keyPrefix: String, from name: String) -> String {
        completed(keyPrefix, seed: StableHash.of(Array(name.utf8)))
    }

    /// Returns an id of 18 characters.
    ///
    /// - Parameters:
    ///   - keyPrefix: The three characters of the record's type.
    ///   - seed: The number that determines the rest of the id.
    static func completed(_ keyPrefix: String, seed: UInt64) -> String {
        var rest = seed
        var tail: [Character] = []
        for _ in 0..<10 {
            tail.append(digits[Int(rest % 62)])
            rest /= 62
        }
        let short = keyPrefix + "Hb" + String(tail.reversed())
        return short + suffix(of: short)
    }

    /// Returns the suffix of an id. Each of its characters encodes which of five characters of the id are capital
    /// letters.
    ///
    /// - Parameter short: The 15 characters.
    static func suffix(of short: String) -> String {
        let characters = Array(short)
        let groups = stride(from: 0, to: characters.count - characters.count % 5, by: 5)
        return String(
            groups.map { start in
                let bits = (0..<5).reduce(0) { bits, offset in
                    let isCapital = characters[start + offset].isASCII && characters[start + offset].isUppercase
                    return bits | (isCapital ? 1 << offset : 0)
                }
                return suffixDigits[bits]
            })
    }
}

/// The 64-bit FNV-1a hash: a stable number for a name or content. Not for security.
enum StableHash {
    static func of(_ bytes: [UInt8], seed: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        bytes.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
