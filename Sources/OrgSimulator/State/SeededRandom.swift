/// SplitMix64: a random number generator whose output depends only on its seed. Not for real secrets.
struct SeededRandom: RandomNumberGenerator, Equatable, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// Returns a number from 0 up to, but not including, `bound`, which must not be 0.
    mutating func next(below bound: UInt64) -> UInt64 { UInt64.random(in: 0..<bound, using: &self) }

    /// Returns `count` random characters from the alphabet of session ids and consumer keys: ASCII letters, digits, `.`
    /// and `_`.
    mutating func characters(_ count: Int) -> String {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._")
        return String((0..<count).map { _ in alphabet[Int(next(below: UInt64(alphabet.count)))] })
    }
}
