internal import FileSystem
internal import Glibc

/// Reads a file by position. The descriptor belongs to somebody else, who keeps it open; its offset is not moved.
struct PositionedFile {
    let descriptor: CInt
    let size: Int

    init(descriptor: CInt) throws(ZipRefusal) {
        let status: FileStatus
        do throws(FileStatus.Failure) { status = try FileStatus(ofDescriptor: descriptor) } catch {
            throw .io(errno: error.number)
        }
        guard status.kind == .regularFile else { throw .notRegularFile }
        self.descriptor = descriptor
        size = status.size
    }

    /// - Returns: Exactly `count` bytes.
    /// - Throws: ``ZipRefusal/io(errno:)``; with `EIO` when the file has become shorter.
    func read(at offset: Int, count: Int) throws(ZipRefusal) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .io(errno: errno) }
            guard got > 0 else { throw .io(errno: EIO) }
            done += got
        }
        return bytes
    }
}

/// A second descriptor of an open file, closed at the end, so that the first may be closed any time.
final class DuplicatedDescriptor: Sendable {
    let number: CInt

    init(of descriptor: CInt) throws(ZipRefusal) {
        number = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard number >= 0 else { throw .io(errno: errno) }
    }

    deinit { close(number) }
}
