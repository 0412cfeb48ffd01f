internal import Crypto
internal import FileSystem
internal import FoundationEssentials
internal import SystemPackage

/// The record of a pull, stored as `aprity-pull.json` in its folder: the members of ``PullSummary``, the scope and the
/// components of the pull, and `"files": {PATH: SHA-256}`. The next pull uses it to recognize files that a pull wrote, what
/// is newly left out, and what has changed in the org.
struct PullRecord: Equatable {
    static let fileName = FileName("aprity-pull.json")
    /// The largest record that is read, in bytes. A record of 300,000 files has about 50 MB.
    static let sizeLimit = 128 << 20

    /// SHA-256 in lower-case hexadecimal by path. The keys are bytes, because Swift strings with different bytes can be
    /// equal.
    private(set) var files: [[UInt8]: String] = [:]
    /// The directories that contain the files.
    private(set) var directories: Set<[UInt8]> = []
    /// `nil` in the record of an earlier version.
    var summary: PullSummary?
    /// What the pull was based on; `nil` if a package said what to retrieve, or in the record of an earlier version.
    var listing: PullListing?

    mutating func add(_ path: EntryPath, sha256: String) {
        files[path.bytes] = sha256
        directories.formUnion(path.ancestors.map(\.bytes))
    }

    /// The stored form; the name of the property must not change.
    private struct Document: Decodable {
        let files: [String: String]
        let summary: PullSummary?
        let listing: PullListing?

        private enum CodingKeys: CodingKey { case files }

        init(from decoder: any Decoder) throws {
            files = try decoder.container(keyedBy: CodingKeys.self).decode([String: String].self, forKey: .files)
            // Without it, for instance in the record of an earlier version, everything that is left out counts as new.
            summary = try? PullSummary(from: decoder)
            // Without it, the folder cannot be brought up to date, only replaced.
            listing = try? PullListing(from: decoder)
        }
    }

    /// Reads the record of a folder.
    ///
    /// - Returns: An empty record if the folder has none.
    /// - Throws: ``MetadataFolderError/recordUnreadable(_:)`` if it is not a valid record,
    ///   ``MetadataFolderError/fileTooLarge(_:limit:)``, or an error of reading it.
    static func read(in directory: Directory) throws(MetadataFolderError) -> PullRecord {
        var record = PullRecord()
        switch try directory.kind(of: fileName) {
        case nil: return record
        case .regularFile: break
        case .directory, .symbolicLink, .other: throw .recordUnreadable(directory.path(of: fileName))
        }
        let bytes = try directory.read(fileName, atMost: sizeLimit)
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
            throw .recordUnreadable(directory.path(of: fileName))
        }
        record.summary = document.summary
        record.listing = document.listing
        for (path, sha256) in document.files {
            guard let path = try? EntryPath(path.utf8) else { throw .recordUnreadable(directory.path(of: fileName)) }
            record.add(path, sha256: sha256)
        }
        return record
    }

    /// Returns the record as a JSON object, with paths sorted by bytes.
    func serialized() throws -> [UInt8] {
        var bytes = Array("{\n".utf8)
        bytes.reserveCapacity(files.count * 160)
        try appendSummary(to: &bytes)
        try appendListing(to: &bytes)
        bytes += "  \"files\" : {".utf8
        var separator = "\n"
        for (path, sha256) in files.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            bytes += "\(separator)    \"".utf8
            // A path has no backslash or control character, so only quotation marks need escaping.
            for byte in path {
                if byte == UInt8(ascii: "\"") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes += "\" : \"\(sha256)\"".utf8
            separator = ",\n"
        }
        bytes += "\n  }\n}\n".utf8
        return bytes
    }

    /// Appends the members of the listing, one line for each component; nothing if there is no listing.
    private func appendListing(to bytes: inout [UInt8]) throws {
        guard let listing else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func append(_ name: String, _ value: some Encodable) throws {
            bytes += "  \"\(name)\" : ".utf8
            bytes += try encoder.encode(value)
            bytes += ",\n".utf8
        }
        try append("organizationId", listing.organizationID)
        try append("scope", listing.scope)
        try append("sizes", listing.sizes)
        bytes += "  \"components\" : [\n".utf8
        var separator = "    "
        for component in listing.components {
            bytes += separator.utf8
            bytes += try encoder.encode(component)
            separator = ",\n    "
        }
        bytes += "\n  ],\n".utf8
    }

    /// Appends the summary's members, each line with a comma; nothing if there is no summary.
    private func appendSummary(to bytes: inout [UInt8]) throws {
        guard let summary else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        bytes += try encoder.encode(summary).dropFirst("{\n".count).dropLast("\n}".count)
        bytes += ",\n".utf8
    }
}

/// Computes the SHA-256 of bytes that arrive in pieces.
struct FileHash {
    private var function = SHA256()

    mutating func update(_ bytes: UnsafeRawBufferPointer) { function.update(bufferPointer: bytes) }

    /// Returns the hash in lower-case hexadecimal.
    func finish() -> String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = function.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Directory {
    /// Reads a whole file. It must be a regular file; a symbolic link fails with `ELOOP`.
    ///
    /// - Throws: ``MetadataFolderError/fileTooLarge(_:limit:)`` if it has more than `limit` bytes.
    func read(_ name: FileName, atMost limit: Int) throws(MetadataFolderError) -> [UInt8] {
        var bytes: [UInt8] = []
        try readPieces(of: name) { (piece) throws(MetadataFolderError) in
            guard bytes.count + piece.count <= limit else { throw .fileTooLarge(path(of: name), limit: limit) }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }

    func sha256(of name: FileName) throws(MetadataFolderError) -> String {
        var hash = FileHash()
        try readPieces(of: name) { hash.update($0) }
        return hash.finish()
    }

    /// Passes the bytes of a regular file in pieces.
    func readPieces(
        of name: FileName, _ take: (UnsafeRawBufferPointer) throws(MetadataFolderError) -> Void
    ) throws(MetadataFolderError) {
        // Without blocking, because another process could have put a named pipe here.
        let file = try file(name, .readOnly, [.noFollow, .nonBlocking], shown: path(of: name))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count: Int
            do throws(Errno) { count = try file.descriptor.readSome(into: buffer) } catch {
                throw .system("read", path(of: name), error)
            }
            if count == 0 { return }
            try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
