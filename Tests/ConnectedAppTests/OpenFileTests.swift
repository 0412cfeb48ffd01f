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
        /// Says after the name whether the thread waits: `S`.
        let status: String
    }

    private let caller = Mutex<Caller?>(nil)
    private let result = Mutex<Result<Value, Errno>?>(nil)
    private let end = DispatchSemaphore(value: 0)

    init(_ call: @escaping @Sendable () throws(Errno) -> Value) {
        Thread.detachNewThread { [self] in
            // A thread takes over the mask of the one that starts it, and those of Dispatch take no signals.
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

    /// Interrupts the call ten times, each time when it waits, and lets it go on.
    ///
    /// The handler is installed without `SA_RESTART`, so the kernel does not repeat the call.
    ///
    /// - Parameter release: Makes what the call waits for happen.
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
            // A call that failed has no thread any more.
            guard result.withLock({ $0 == nil }) else { return }
            let status = try String(contentsOfFile: caller.status, encoding: .utf8)
            guard status.contains(") S ") else { continue }
            pthread_kill(caller.handle, Self.signal)
            break
        }
        while handled.load(ordering: .sequentiallyConsistent) == before { sched_yield() }
    }
}

/// Open files, and calls on them that no signal makes fail.
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

    @Test("A read that signals interrupt waits on")
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

    @Test("A write that signals interrupt goes on where it stopped")
    func interruptedWrite() throws {
        let ends = try FileDescriptor.pipe()
        let output = OpenFile(owning: ends.readEnd)
        // More than a pipe holds.
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let call = InterruptedCall { () throws(Errno) in
            // The reader sees the end, also of a call that fails.
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

    @Test("Opening a FIFO that signals interrupt waits on for the writer")
    func interruptedOpening() throws {
        let path = try fifo()
        let call = InterruptedCall { () throws(Errno) in try OpenFile(path, .readOnly).release() }
        var writer: FileDescriptor?
        // For both directions, which does not wait for a reader: there is none if the call failed.
        let opened = OpenFile(owning: try call.value { writer = try OpenFile(path, .readWrite).release() })
        try #require(writer).closeAfter { #expect(isOpen(opened.descriptor)) }
    }

    @Test("A file is closed when its value ends, and stays open when the descriptor is handed over")
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

    @Test("No program that is started gets a file")
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

    @Test("A slash at a path's end says that a folder is meant")
    func slash() throws {
        let path = try folder.file("file", [1])
        #expect(throws: Errno.notDirectory) { _ = try OpenFile(path + "/", .readOnly) }
    }

    @Test("With noFollow, a link is refused, and a missing file has another error")
    func errors() throws {
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        #expect(throws: Errno.tooManySymbolicLinkLevels) { _ = try OpenFile(link, .readOnly, .noFollow) }
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try OpenFile(folder.path + "/none", .readOnly) }
    }

    @Test("What is written at a position leaves the rest, and a write that takes nothing ends")
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

    @Test("A pipe has no disk to wait for")
    func pipe() throws {
        let ends = try FileDescriptor.pipe()
        let output = OpenFile(owning: ends.readEnd)
        let input = OpenFile(owning: ends.writeEnd)
        #expect(throws: Errno.invalidArgument) { try input.descriptor.sync() }
        try input.descriptor.syncIfOnDisk()
        _ = consume output
    }
}
