internal import Foundation
internal import Synchronization

/// The rehearsal clock of all processes with ``environment``. It runs by itself, and a test advances it.
final class RehearsalTime: Sendable {
    private let file: URL
    private let ahead = Mutex(0)

    init() throws {
        file = FileManager.default.temporaryDirectory.appending(path: "aprity-time-\(UUID().uuidString)")
        try write(0)
    }

    deinit { try? FileManager.default.removeItem(at: file) }

    var environment: [String: String] { ["APRITY_REHEARSAL_CLOCK": file.path] }

    var secondsAhead: Int { ahead.withLock { $0 } }

    func advance(by seconds: Int) throws {
        try write(
            ahead.withLock { ahead in
                ahead += seconds
                return ahead
            })
    }

    private func write(_ seconds: Int) throws { try Data("\(seconds)\n".utf8).write(to: file, options: .atomic) }
}
