internal import CZLib
internal import Foundation

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
        var writer = Writer()
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            writer.add(Array("\(folder)/\(path)".utf8), Array(text.utf8))
        }
        self.folder = folder
        bytes = writer.finished()
    }

    /// Writes the entries, then the central directory.
    private struct Writer {
        private var bytes: [UInt8] = []
        private var directory: [UInt8] = []
        private var count: UInt16 = 0

        private static let version: UInt16 = 20
        private static let utf8Names: UInt16 = 1 << 11
        private static let stored: UInt16 = 0
        private static let midnight: UInt16 = 0
        private static let firstOfJanuary1980: UInt16 = 1 << 5 | 1

        mutating func add(_ name: [UInt8], _ content: [UInt8]) {
            let offset = UInt32(bytes.count)
            let fields = Self.sharedFields(name, content)
            bytes += Self.number(0x0403_4B50 as UInt32) + Self.number(Self.version) + fields + name + content
            directory += Self.number(0x0201_4B50 as UInt32) + Self.number(Self.version) + Self.number(Self.version)
            // No comment, the first disk, and no attributes.
            directory += fields + [UInt8](repeating: 0, count: 10) + Self.number(offset) + name
            count += 1
        }

        consuming func finished() -> [UInt8] {
            let entries = Self.number(count)
            let place = Self.number(UInt32(directory.count)) + Self.number(UInt32(bytes.count))
            let end = Self.number(0x0605_4B50 as UInt32) + [0, 0, 0, 0] + entries + entries + place + [0, 0]
            return bytes + directory + end
        }

        /// The fields that an entry's local header and its directory record have in common, from the flags to the length
        /// of the extra field.
        private static func sharedFields(_ name: [UInt8], _ content: [UInt8]) -> [UInt8] {
            let checksum = UInt32(content.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
            let size = number(UInt32(content.count))
            return number(utf8Names) + number(stored) + number(midnight) + number(firstOfJanuary1980)
                + number(checksum) + size + size + number(UInt16(name.count)) + [0, 0]
        }

        /// Returns the bytes of a number, little-endian.
        private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
    }
}
