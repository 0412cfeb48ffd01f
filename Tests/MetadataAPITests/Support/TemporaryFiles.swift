import FileSystem
import Glibc
import SystemPackage
import Testing

@testable import MetadataAPI

/// An unlinked temporary file with the given bytes, closed on deinitialization.
final class TemporaryFile {
    let descriptor: CInt

    init(_ bytes: [UInt8] = []) throws {
        var name = Array("/tmp/metadata-test-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        try #require(descriptor >= 0)
        unlink(name)
        try bytes.withUnsafeBytes {
            try writeAll($0, to: FileDescriptor(rawValue: descriptor), path: "test", by: systemWrite)
        }
    }

    deinit { close(descriptor) }
}

/// A directory that is removed at the end of the test.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var name = Array("/tmp/metadata-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&name) != nil)
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? Directory.open("/tmp").remove(String(path.dropFirst("/tmp/".count))) }

    /// The relative paths of everything below, sorted. Directories end in a slash.
    func tree(_ below: String = "") throws -> [String] {
        var found: [String] = []
        let directory = try Directory.open(path + "/" + below)
        for bytes in try directory.names() {
            let name = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if try directory.kind(of: name) == .directory {
                found.append(below + name + "/")
                found += try tree(below + name + "/")
            } else {
                found.append(below + name)
            }
        }
        return found.sorted()
    }

    func read(_ name: String) throws -> [UInt8] {
        let descriptor = open(path + "/" + name, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let file = try PositionedFile(descriptor: descriptor)
        return try file.read(at: 0, count: file.size)
    }

    func write(_ name: String, _ text: String = "") throws {
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try Array(text.utf8).withUnsafeBytes {
            try writeAll($0, to: FileDescriptor(rawValue: descriptor), path: name, by: systemWrite)
        }
    }

    func makeDirectory(_ name: String) throws { try #require(mkdir(path + "/" + name, 0o755) == 0) }

    /// The permission bits.
    func mode(_ name: String) throws -> mode_t { try FileStatus(of: path + "/" + name).permissions }

    /// Replaces the folder `out` as a pull does.
    ///
    /// - Parameter files: Contents by path, without `package.xml`.
    @discardableResult
    func pull(
        _ files: [String: String], target: String = "out", replace: Bool = false, suffix: String = "0123456789abcdef",
        beforeChange: @escaping BeforeChange = { _ in }
    ) throws -> MetadataFolder.Outcome {
        let folder = try MetadataFolder(
            target: path + "/" + target, replacing: replace ? .any : .none, suffix: suffix, syncsFiles: false,
            write: systemWrite,
            beforeChange: beforeChange)
        var manifest = PackageManifest(version: APIVersion(number: 66)!)
        for name in files.keys { try manifest.insert(name, of: "ApexClass") }
        let entries = files.sorted { $0.key < $1.key }.map { TestZip.Entry($0.key, $0.value) }
        let text = String(decoding: manifest.serialized(), as: UTF8.self)
        try folder.add(OpenedArchive(TestZip(entries + [.init("package.xml", text)]).bytes()).archive)
        return try folder.commit()
    }
}

/// An archive opened from bytes.
struct OpenedArchive {
    let archive: ZipArchive

    init(_ bytes: [UInt8], bounds: ZipBounds = ZipBounds()) throws {
        let file = try TemporaryFile(bytes)
        archive = try ZipArchive(fileDescriptor: file.descriptor, bounds: bounds)
    }

    func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for entry in archive.entries where !entry.isDirectory {
            var bytes: [UInt8] = []
            try archive.read(entry) { bytes.append(contentsOf: $0) }
            contents[entry.path.description] = bytes
        }
        return contents
    }
}
