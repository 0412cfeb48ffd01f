internal import ConnectedAppTesting
internal import FileSystem
internal import Foundation
internal import Synchronization
internal import SystemPackage
internal import Testing

/// How often the handler of ``InterruptedCall/signal`` has run.
private let handled = Atomic<Int>(0)

/// A call in a thread of its own, which signals interrupt while it waits.
private final class InterruptedCall<Value: Sendable>: Sendable {
    private static var signal: Int32 { SIGUSR2 }

    private struct Caller: Sendable {
        let handle: pthread_t
        /// `/proc/…/stat` of the thread. The letter after the name is `S` while the thread waits.
        let status: String
    }

    private let caller = Mutex<Caller?>(nil)
    private let result = Mutex<Result<Value, Errno>?>(nil)
    private let end = DispatchSemaphore(value: 0)

    init(_ call: @escaping @Sendable () throws(Errno) -> Value) {
        Thread.detachNewThread { [self] in
            // A new thread inherits the signal mask of its creator, and the threads of Dispatch block signals.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, Self.signal)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
            caller.withLock { $0 = Caller(handle: pthread_self(), status: "/proc/\(path ?? "")/stat") }
            let value = Result { () throws(Errno) in try call() }
            result.withLock { $0 = value }
            end.signal()
        }
    }

    /// Interrupts the call ten times, each time while it waits, and then lets it finish.
    ///
    /// The handler is installed without `SA_RESTART`, so the kernel does not repeat the call.
    ///
    /// - Parameter release: Ends the call's wait, for example by writing to the pipe that it reads.
    func value(afterSignalsThen release: () throws -> Void) throws -> Value {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in handled.add(1, ordering: .sequentiallyConsistent) }
        var former = sigaction()
        try #require(sigaction(Self.signal, &action, &former) == 0)
        defer { sigaction(Self.signal, &former, nil) }
        for _ in 0..<10 { try interrupt() }
        try release()
        end.wait()
        return try #require(try result.withLock { try $0?.get() })
    }

    private func interrupt() throws {
        let before = handled.load(ordering: .sequentiallyConsistent)
        while true {
            guard let caller = caller.withLock({ $0 }) else { continue }
            // If the call has failed, its thread is gone.
            guard result.withLock({ $0 == nil }) else { return }
            let status = try String(contentsOfFile: caller.status, encoding: .utf8)
            guard status.contains(") S ") else { continue }
            pthread_kill(caller.handle, Self.signal)
            break
        }
        while handled.load(ordering: .sequentiallyConsistent) == before { sched_yield() }
    }
}

/// Open files. Signals must not make calls on them fail.
@Suite(.serialized, .timeLimit(.minutes(1))) struct OpenFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func fifo() throws -> String {
        let path = folder.path + "/fifo"
        try #require(mkfifo(path, 0o600) == 0)
        return path
    }

    /// Whether the descriptor is open.
    private func isOpen(_ descriptor: FileDescriptor) -> Bool { fcntl(descriptor.rawValue, F_GETFD) >= 0 }

    @Test("A read that is interrupted by signals keeps waiting")
    func interruptedRead() throws {
        let ends = try FileDescriptor.pipe()
        let output = OpenFile(owning: ends.readEnd)
        let input = OpenFile(owning: ends.writeEnd)
        let call = InterruptedCall { () throws(Errno) in
            var bytes: [UInt8] = [0, 0]
            let count = try bytes.read(from: ends.readEnd)
            return Array(bytes.prefix(count))
        }
        let read = try call.value { try input.descriptor.writeWhole([7]) }
        #expect(read == [7])
        _ = consume output
    }

    @Test("A write that is interrupted by signals continues where it stopped")
    func interruptedWrite() throws {
        let ends = try FileDescriptor.pipe()
        let output = OpenFile(owning: ends.readEnd)
        // More than a pipe holds.
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let call = InterruptedCall { () throws(Errno) in
            // The write end is closed when the call ends, even if it fails, so the reader sees the end.
            let input = OpenFile(owning: ends.writeEnd)
            try input.descriptor.writeWhole(bytes)
        }
        var arrived: [UInt8] = []
        try call.value {
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = try piece.read(from: output.descriptor)
                if count == 0 { break }
                arrived += piece.prefix(count)
            }
        }
        #expect(arrived == bytes)
    }

    @Test("Opening a FIFO keeps waiting for the writer if signals interrupt it")
    func interruptedOpening() throws {
        let path = try fifo()
        let call = InterruptedCall { () throws(Errno) in try OpenFile(path, .readOnly).release() }
        var writer: FileDescriptor?
        // Opening for both directions does not wait for a reader, which is gone if the call failed.
        let opened = OpenFile(owning: try call.value { writer = try OpenFile(path, .readWrite).release() })
        try #require(writer).closeAfter { #expect(isOpen(opened.descriptor)) }
    }

    @Test("A file is closed when its value is destroyed, unless the descriptor was released")
    func closing() throws {
        let path = try folder.file("file", [1])
        let closed: FileDescriptor
        do {
            let file = try OpenFile(path, .readOnly)
            closed = file.descriptor
            #expect(isOpen(closed))
        }
        #expect(!isOpen(closed))
        let kept = try OpenFile(path, .readOnly).release()
        #expect(isOpen(kept))
        try OpenFile(owning: kept).close()
        #expect(!isOpen(kept))
    }

    @Test("Started programs do not inherit open files")
    func inheritance() throws {
        let path = try folder.file("file", [1])
        let parent = try OpenFile(folder.path, .readOnly, .directory)
        let file = try OpenFile(path, .readOnly)
        let entry = try OpenFile(Array("file".utf8CString), in: parent.descriptor, .readOnly, .noFollow)
        let second = try OpenFile(duplicating: file.descriptor, from: 100)
        #expect(second.descriptor.rawValue >= 100)
        for descriptor in [parent.descriptor, file.descriptor, entry.descriptor, second.descriptor] {
            #expect(fcntl(descriptor.rawValue, F_GETFD) == FD_CLOEXEC)
        }
    }

    @Test("Only one open file has the lock, until it is closed")
    func lock() throws {
        let path = try folder.file("file", [1])
        let first = try OpenFile(path, .readOnly)
        let second = try OpenFile(path, .readOnly)
        #expect(try first.descriptor.tryLock())
        #expect(try !second.descriptor.tryLock())
        try first.close()
        #expect(try second.descriptor.tryLock())
    }

    @Test("A path that ends in a slash must be a folder")
    func slash() throws {
        let path = try folder.file("file", [1])
        #expect(throws: Errno.notDirectory) { _ = try OpenFile(path + "/", .readOnly) }
    }

    @Test("With noFollow, opening a link and opening a missing file fail with different errors")
    func errors() throws {
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        #expect(throws: Errno.tooManySymbolicLinkLevels) { _ = try OpenFile(link, .readOnly, .noFollow) }
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try OpenFile(folder.path + "/none", .readOnly) }
    }

    @Test("A write at a position changes only the bytes there, and a write that writes nothing fails")
    func writing() throws {
        let path = try folder.file("file", [1, 2, 3, 4])
        let file = try OpenFile(path, .readWrite)
        try file.descriptor.writeWhole([8, 9], at: 1)
        try file.descriptor.sync()
        var bytes: [UInt8] = [0, 0, 0, 0]
        #expect(try bytes.read(from: file.descriptor, at: 0) == 4)
        #expect(bytes == [1, 8, 9, 4])
        #expect(throws: Errno.ioError) {
            try [UInt8](repeating: 1, count: 4).withUnsafeBytes { buffer in
                try file.descriptor.writeWhole(buffer) { (_, _) throws(Errno) in 0 }
            }
        }
    }

    @Test("A pipe cannot be synced, and syncIfOnDisk skips it")
    func pipe() throws {
        let ends = try FileDescriptor.pipe()
        let output = OpenFile(owning: ends.readEnd)
        let input = OpenFile(owning: ends.writeEnd)
        #expect(throws: Errno.invalidArgument) { try input.descriptor.sync() }
        try input.descriptor.syncIfOnDisk()
        _ = consume output
    }
}
