internal import FileSystem
internal import SystemPackage

/// Reads a file by position, without moving the descriptor's offset. The owner of the descriptor must keep it open.
struct PositionedFile {
    private let file: FileDescriptor
    /// The size in bytes when this value was created.
    let size: Int

    /// - Throws: ``ZipError/notRegularFile`` or ``ZipError/io(errno:)``.
    init(descriptor: CInt) throws(ZipError) {
        let status: FileStatus
        do throws(Errno) { status = try FileStatus(ofDescriptor: descriptor) } catch {
            throw .io(errno: error.rawValue)
        }
        guard status.kind == .regularFile else { throw .notRegularFile }
        file = FileDescriptor(rawValue: descriptor)
        size = status.size
    }

    /// Reads exactly `count` bytes.
    ///
    /// - Throws: ``ZipError/io(errno:)``, with `EIO` if the file has become shorter.
    func read(at offset: Int, count: Int) throws(ZipError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got: Int
            do throws(Errno) { got = try bytes.read(from: file, at: offset + done, startingAt: done) } catch {
                throw .io(errno: error.rawValue)
            }
            guard got > 0 else { throw .io(errno: Errno.ioError.rawValue) }
            done += got
        }
        return bytes
    }
}

/// A duplicate of a file descriptor, so that the original can be closed at any time. The duplicate is closed on
/// deinitialization.
final class DuplicatedDescriptor: Sendable {
    private let file: OpenFile

    init(of descriptor: CInt) throws(ZipError) {
        do throws(Errno) { file = try OpenFile(duplicating: FileDescriptor(rawValue: descriptor)) } catch {
            throw .io(errno: error.rawValue)
        }
    }

    var number: CInt { file.descriptor.rawValue }
}
