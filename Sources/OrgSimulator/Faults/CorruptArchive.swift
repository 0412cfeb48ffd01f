import Foundation

/// Damages the archive in a reply to `checkRetrieveStatus`. The base64 and the XML around it stay valid.
enum CorruptArchive {
    private static let start = Array("<zipFile>".utf8)
    private static let end = Array("</zipFile>".utf8)
    /// So many bytes, evenly spread, that no reader of any part of the archive misses them all.
    private static let damagedBytes = 32

    /// The reply with its archive damaged, or nil for one that carries none.
    static func damaging(_ reply: [UInt8]) -> [UInt8]? {
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
