/// Why an archive was not read.
public enum ZipRefusal: Error, Equatable, Sendable {
    case notRegularFile
    case archiveTooLarge(limit: Int)
    /// There is no end record, so this is no zip archive or only the beginning of one.
    case noEndRecord
    /// Two readers could find two different end records.
    case ambiguousEndRecord
    case multipleDisks
    case zip64
    case centralDirectoryMalformed
    case tooManyEntries(limit: Int)
    case leadingBytes
    /// Bytes that belong to no entry.
    case unclaimedBytes
    case overlappingEntries
    case name(EntryPathRefusal)
    /// The entry has a second name in an extra field.
    case secondName(String)
    case encrypted(String)
    case unknownFlags(String)
    case unknownMethod(String, method: Int)
    /// The entry is a symbolic link, a device or anything else but a file or a directory.
    case notFileOrDirectory(String)
    case directoryWithContents(String)
    case duplicateName(String)
    /// A name is a file's and also a directory's.
    case fileAndDirectory(String)
    case localHeaderMalformed(String)
    /// The header before the entry's data does not say what the central directory says.
    case localHeaderDiffers(String)
    case dataDescriptorDiffers(String)
    case entryTooLarge(String, limit: Int)
    case totalTooLarge(limit: Int)
    case ratioTooHigh(String, limit: Int)
    case dataMalformed(String)
    case sizeDiffers(String)
    case checksumDiffers(String)
    /// The archive could not be read, with the system's error number.
    case io(errno: Int32)
    case outOfMemory
}

extension ZipRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notRegularFile: "The archive is not a regular file."
        case .archiveTooLarge(let limit): "The archive is larger than \(limit) bytes."
        case .noEndRecord: "The archive has no end record; it is not a zip archive or not a whole one."
        case .ambiguousEndRecord: "The archive has more than one end record."
        case .multipleDisks: "The archive is one of several parts."
        case .zip64: "The archive is in the Zip64 form, which is for sizes that a retrieve never has."
        case .centralDirectoryMalformed: "The archive's central directory is malformed."
        case .tooManyEntries(let limit): "The archive has more than \(limit) entries."
        case .leadingBytes: "The archive has bytes before its first entry."
        case .unclaimedBytes: "The archive has bytes that belong to no entry."
        case .overlappingEntries: "The archive has entries that overlap."
        case .name(let refusal): refusal.description
        case .secondName(let name): "The entry \(name) has a second name in an extra field."
        case .encrypted(let name): "The entry \(name) is encrypted."
        case .unknownFlags(let name): "The entry \(name) has flags that are not read."
        case .unknownMethod(let name, let method):
            "The entry \(name) is packed with method \(method); only stored and deflate are read."
        case .notFileOrDirectory(let name): "The entry \(name) is neither a file nor a directory."
        case .directoryWithContents(let name): "The directory \(name) has contents of its own."
        case .duplicateName(let name): "The archive has two entries with the name \(name)."
        case .fileAndDirectory(let name): "The archive has \(name) as a file and as a directory."
        case .localHeaderMalformed(let name): "The local header of the entry \(name) is malformed."
        case .localHeaderDiffers(let name): "The local header of the entry \(name) differs from the central directory."
        case .dataDescriptorDiffers(let name):
            "The data descriptor of the entry \(name) differs from the central directory."
        case .entryTooLarge(let name, let limit): "The entry \(name) is larger than \(limit) bytes."
        case .totalTooLarge(let limit): "The archive unpacks to more than \(limit) bytes."
        case .ratioTooHigh(let name, let limit): "The entry \(name) claims to be packed by more than 1 to \(limit)."
        case .dataMalformed(let name): "The packed data of the entry \(name) is malformed."
        case .sizeDiffers(let name): "The entry \(name) does not unpack to the size that the archive gives for it."
        case .checksumDiffers(let name): "The entry \(name) does not have the checksum that the archive gives for it."
        case .io(let errno): "The archive could not be read (system error \(errno))."
        case .outOfMemory: "There is no memory to unpack the archive."
        }
    }
}
