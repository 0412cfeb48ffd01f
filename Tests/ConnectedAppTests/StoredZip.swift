/// Builds minimal ZIP archives for scripted answers of an org. The entries are stored without compression; real orgs
/// deflate them and write data descriptors.
enum StoredZip {
    static func archive(_ files: [(name: String, text: String)]) -> [UInt8] {
        var (content, directory): ([UInt8], [UInt8]) = ([], [])
        for file in files {
            let (name, bytes) = (Array(file.name.utf8), Array(file.text.utf8))
            let offset = content.count
            let common =
                short(20) + short(0) + short(0) + long(0) + long(checksum(bytes)) + long(bytes.count)
                + long(bytes.count) + short(name.count) + short(0)
            content += long(0x0403_4B50) + common + name + bytes
            directory +=
                long(0x0201_4B50) + short(20) + common + short(0) + short(0) + short(0) + long(0) + long(offset) + name
        }
        let end =
            long(0x0605_4B50) + short(0) + short(0) + short(files.count) + short(files.count) + long(directory.count)
            + long(content.count) + short(0)
        return content + directory + end
    }

    private static func short(_ value: Int) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)] }
    private static func long(_ value: Int) -> [UInt8] { short(value & 0xFFFF) + short(value >> 16) }

    /// CRC-32 (ITU-T V.42).
    private static func checksum(_ bytes: [UInt8]) -> Int {
        let crc = bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return Int(~crc)
    }
}
