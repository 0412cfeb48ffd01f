/// Why an archive is rejected. An unlabelled `String` is the path of an entry; limits are in bytes, except for entries
/// and ratios.
public enum ZipError: Error, Equatable, Sendable {
    case notRegularFile
    case archiveTooLarge(limit: Int)
    /// There is no end record, so this is not a zip archive, or it is incomplete.
    case noEndRecord
    /// There is more than one possible end record, so readers could differ.
    case ambiguousEndRecord
    /// The archive is split over several files.
    case multipleDisks
    case zip64
    case centralDirectoryMalformed
    case tooManyEntries(limit: Int)
    /// There are bytes before the first entry, or before the central directory of an archive without entries.
    case leadingBytes
    /// There are bytes that belong to no entry.
    case unclaimedBytes
    case overlappingEntries
    case name(EntryPathError)
    /// The entry has a second name in an extra field.
    case secondName(String)
    case encrypted(String)
    case unknownFlags(String)
    case unknownMethod(String, method: Int)
    /// The entry is neither a file nor a directory, such as a symbolic link or a device.
    case notFileOrDirectory(String)
    /// The entry of a directory contains data.
    case directoryWithContents(String)
    case duplicateName(String)
    /// A name is both a file and a directory.
    case fileAndDirectory(String)
    case localHeaderMalformed(String)
    /// The local header of the entry differs from the central directory.
    case localHeaderDiffers(String)
    case dataDescriptorDiffers(String)
    case entryTooLarge(String, limit: Int)
    case totalTooLarge(limit: Int)
    case ratioTooHigh(String, limit: Int)
    case dataMalformed(String)
    case sizeDiffers(String)
    case checksumDiffers(String)
    /// Reading the archive failed with this system error number.
    case io(errno: Int32)
    case outOfMemory
}

extension ZipError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notRegularFile: "The archive is not a regular file."
        case .archiveTooLarge(let limit): "The archive is larger than \(limit) bytes."
        case .noEndRecord: "The archive has no end record: it is not a zip archive, or it is incomplete."
        case .ambiguousEndRecord: "The archive has more than one end record."
        case .multipleDisks: "The archive is one of several parts."
        case .zip64: "The archive uses Zip64, which a retrieve never needs and which is not supported."
        case .centralDirectoryMalformed: "The archive's central directory is malformed."
        case .tooManyEntries(let limit): "The archive has more than \(limit) entries."
        case .leadingBytes: "The archive has bytes before its content."
        case .unclaimedBytes: "The archive has bytes that belong to no entry."
        case .overlappingEntries: "The archive has entries that overlap."
        case .name(let refusal): refusal.description
        case .secondName(let name): "The entry \(name) has a second name in an extra field."
        case .encrypted(let name): "The entry \(name) is encrypted."
        case .unknownFlags(let name): "The entry \(name) has unsupported flags."
        case .unknownMethod(let name, let method):
            "The entry \(name) is packed with method \(method); only stored and deflate are supported."
        case .notFileOrDirectory(let name): "The entry \(name) is neither a file nor a directory."
        case .directoryWithContents(let name): "The entry of the directory \(name) contains data."
        case .duplicateName(let name): "The archive has two entries with the name \(name)."
        case .fileAndDirectory(let name): "The archive has \(name) as a file and as a directory."
        case .localHeaderMalformed(let name): "The local header of the entry \(name) is malformed."
        case .localHeaderDiffers(let name): "The local header of the entry \(name) differs from the central directory."
        case .dataDescriptorDiffers(let name):
            "The data descriptor of the entry \(name) differs from the central directory."
        case .entryTooLarge(let name, let limit): "The entry \(name) is larger than \(limit) bytes."
        case .totalTooLarge(let limit): "The archive unpacks to more than \(limit) bytes."
        case .ratioTooHigh(let name, let limit): "The entry \(name) claims a compression ratio above \(limit)."
        case .dataMalformed(let name): "The packed data of the entry \(name) is malformed."
        case .sizeDiffers(let name): "The entry \(name) does not unpack to the size stated in the archive."
        case .checksumDiffers(let name): "The entry \(name) does not have the checksum stated in the archive."
        case .io(let errno): "The archive could not be read (system error \(errno))."
        case .outOfMemory: "There is not enough memory to unpack the archive."
        }
    }
}
