import Foundation

/// Damages the archive in a reply to `checkRetrieveStatus`. The base64 and the XML around it stay valid.
enum CorruptArchive {
    private static let start = Array("<zipFile>".utf8)
    private static let end = Array("</zipFile>".utf8)
    /// The least number of damaged bytes in an archive of at least this size. They are spread evenly, so that every
    /// reader meets one, whichever part it reads.
    private static let damagedBytes = 32

    /// Returns the reply with its archive damaged, or `nil` if it has no archive. The same reply is always damaged in
    /// the same way.
    static func damaged(_ reply: [UInt8]) -> [UInt8]? {
        guard let opening = reply.firstRange(of: start) else { return nil }
        let rest = reply[opening.upperBound...]
        guard let closing = rest.firstRange(of: end),
            var archive = Data(base64Encoded: Data(rest[..<closing.lowerBound])),
            !archive.isEmpty
        else { return nil }
        let step = max(1, archive.count / damagedBytes)
        for index in stride(from: step / 2, to: archive.count, by: step) { archive[index] ^= 0x5A }
        return Array(reply[..<opening.upperBound]) + Array(archive.base64EncodedString().utf8)
            + Array(reply[closing.lowerBound...])
    }
}
