internal import FileSystem
internal import SystemPackage

/// Reads a file by position. The descriptor belongs to somebody else, who keeps it open; its offset is not moved.
struct PositionedFile {
    private let file: FileDescriptor
    let size: Int

    init(descriptor: CInt) throws(ZipRefusal) {
        let status: FileStatus
        do throws(Errno) { status = try FileStatus(ofDescriptor: descriptor) } catch {
            throw .io(errno: error.rawValue)
        }
        guard status.kind == .regularFile else { throw .notRegularFile }
        file = FileDescriptor(rawValue: descriptor)
        size = status.size
    }

    /// - Returns: Exactly `count` bytes.
    /// - Throws: ``ZipRefusal/io(errno:)``; with `EIO` when the file has become shorter.
    func read(at offset: Int, count: Int) throws(ZipRefusal) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got: Int
            do throws(Errno) { got = try bytes.read(from: file, at: offset + done, behind: done) } catch {
                throw .io(errno: error.rawValue)
            }
            guard got > 0 else { throw .io(errno: Errno.ioError.rawValue) }
            done += got
        }
        return bytes
    }
}

/// A second descriptor of an open file, closed at the end, so that the first may be closed any time.
final class DuplicatedDescriptor: Sendable {
    private let file: OpenFile

    init(of descriptor: CInt) throws(ZipRefusal) {
        do throws(Errno) { file = try OpenFile(duplicating: FileDescriptor(rawValue: descriptor)) } catch {
            throw .io(errno: error.rawValue)
        }
    }

    var number: CInt { file.descriptor.rawValue }
}
