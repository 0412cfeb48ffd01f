/// Made-up record ids that look like the org's: 15 characters and a suffix of three that makes case irrelevant.
enum MetadataRecordID {
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    private static let suffixDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")

    /// The same name always gives the same id.
    static func derived(keyPrefix: String, from name: String) -> String {
        completed(keyPrefix, seed: StableHash.of(Array(name.utf8)))
    }

    /// - Parameters:
    ///   - keyPrefix: The three characters of the record's type.
    ///   - seed: The rest of the id.
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

    /// Three characters, each for five of the fifteen: one bit for every capital letter.
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

/// FNV-1a, 64 bits: a stable number for a name or a content. Not for security.
enum StableHash {
    static func of(_ bytes: [UInt8], seed: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        bytes.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
