internal import CZLib
internal import Foundation
internal import MetadataAPI

/// A bundle's files as a ZIP archive (PKWARE APPNOTE 6.3), not compressed, with one folder at its top.
///
/// The same files give the same bytes: all have the earliest date of the format, 1980-01-01.
package struct BundleArchive: Sendable {
    /// The folder that the archive contains.
    package let folder: String
    package let bytes: [UInt8]

    /// The name to save the archive under.
    package var fileName: String { folder + ".zip" }

    /// Returns the folder of the bundle of a connection.
    package static func folder(of alias: String) -> String { "aprity-\(alias)-app" }

    /// - Parameter files: The texts, by path relative to the folder. Together, they must be smaller than 4 GiB.
    init(_ files: [String: String], folder: String) {
        var (headers, bytes) = (ZipHeaders(), [UInt8]())
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let content = Array(text.utf8)
            let checksum = content.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
            bytes += headers.begin(
                Array("\(folder)/\(path)".utf8), at: bytes.count, checksum: UInt32(checksum), packed: content.count,
                size: content.count)
            bytes += content
        }
        self.folder = folder
        self.bytes = bytes + headers.end(at: bytes.count)
    }
}
