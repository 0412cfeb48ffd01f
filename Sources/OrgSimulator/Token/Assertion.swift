import CryptoExtras
import Foundation

/// A received JWT bearer assertion: a compact JWS. Its claims are read, but not verified.
struct Assertion: Sendable {
    /// `alg` of the header. Any text is possible.
    let algorithm: String?
    /// `iss`: a consumer key.
    let issuer: String?
    /// `sub`: a username.
    let subject: String?
    /// `prn`: the old name of `sub`.
    let principal: String?
    /// `aud` if it is a string; `nil` also for a list.
    let audience: String?
    let expiry: Expiry
    /// `nbf` in seconds since 1970, if it is a number.
    let notBefore: Double?
    /// Whether the header names extensions that must be understood (RFC 7515 §4.1.11). The simulator supports none.
    let hasCriticalExtensions: Bool

    /// `exp`, in seconds since 1970.
    enum Expiry: Equatable, Sendable {
        /// There is no `exp`, or it is neither of the following, or it is too large.
        case missing
        case number(Double)
        /// A JSON string that contains a decimal number.
        case string(Double)
    }

    private let signedText: [UInt8]
    private let signature: [UInt8]

    /// Reads three parts of unpadded base64url. The first two must be JSON objects without duplicate members.
    ///
    /// - Parameter takingByteOrderMark: Whether either object may begin with a byte order mark.
    /// - Returns: `nil` if `text` has another form.
    init?(compact text: String, takingByteOrderMark: Bool = false) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Substring.init)
        guard parts.count == 3, let header = Self.object(parts[0], takingByteOrderMark),
            let claims = Self.object(parts[1], takingByteOrderMark),
            let signature = Base64URL.decode(parts[2])
        else { return nil }
        self.signature = signature
        signedText = Array("\(parts[0]).\(parts[1])".utf8)
        algorithm = header["alg"]?.string
        hasCriticalExtensions = header["crit"] != nil
        issuer = claims["iss"]?.string
        subject = claims["sub"]?.string
        principal = claims["prn"]?.string
        audience = claims["aud"]?.string
        expiry = Self.expiry(claims["exp"])
        notBefore = claims["nbf"]?.doubleValue
    }

    /// Whether the private half of `key` signed the first two parts with the algorithm of the header, and that
    /// algorithm is one of `accepted`.
    func isSigned(with key: _RSA.Signing.PublicKey, by accepted: [SignatureAlgorithm] = [.rs256]) -> Bool {
        guard let algorithm = algorithm.flatMap(SignatureAlgorithm.init(rawValue:)), accepted.contains(algorithm) else {
            return false
        }
        return algorithm.isValid(.init(rawRepresentation: signature), over: signedText, key)
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func object(_ part: Substring, _ takesByteOrderMark: Bool) -> JSONValue? {
        guard var bytes = Base64URL.decode(part) else { return nil }
        if takesByteOrderMark, bytes.starts(with: byteOrderMark) { bytes.removeFirst(byteOrderMark.count) }
        guard let value = try? JSONValue(parsing: bytes), case .object = value else { return nil }
        return value
    }

    private static func expiry(_ claim: JSONValue?) -> Expiry {
        if let seconds = claim?.doubleValue, seconds.magnitude <= largestExpiry { return .number(seconds) }
        if let seconds = claim?.string.flatMap(decimal) { return .string(seconds) }
        return .missing
    }

    /// 2^53: above it, not every whole second can be represented. Milliseconds, which some clients send, are far below.
    private static let largestExpiry = 9_007_199_254_740_992.0

    /// Reads digits and a point. `Double` itself also accepts `nan`, `inf` and hexadecimal.
    private static func decimal(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) else { return nil }
        return Double(text).flatMap { $0 <= largestExpiry ? $0 : nil }
    }
}

/// base64url without padding (RFC 4648 §5).
enum Base64URL {
    /// - Returns: `nil` if the text has another character or an impossible length, or if its unused bits are not zero.
    static func decode(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3 / 4)
        var window: UInt32 = 0
        var bits = 0
        for character in text.utf8 {
            guard let value = value(of: character) else { return nil }
            window = window << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: window >> UInt32(bits)))
                window &= (1 << UInt32(bits)) - 1
            }
        }
        return window == 0 ? bytes : nil
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
