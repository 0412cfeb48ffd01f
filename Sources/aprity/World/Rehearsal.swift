internal import ConnectedApp
internal import Foundation
internal import Synchronization

/// A clock that a user can advance, so that what takes a day with Salesforce takes a minute with the embedded org.
///
/// A file contains by how many seconds the clock is ahead. All processes with the same file, including the embedded
/// org, have the same time. It works with the embedded org only: see ``check(_:)`` and ``LoopbackTransports``.
final class Rehearsal: Sendable {
    private static let variable = Setting.rehearsalClock.variable
    /// Ten years: longer than any of aprity's certificates is valid.
    private static let longest: TimeInterval = 3_660 * 86_400

    private let path: String
    private let furthest: Mutex<TimeInterval>

    /// - Returns: `nil` if the environment does not request a rehearsal.
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed` if the file does not contain a number of seconds.
    static func wanted(in environment: [String: String]) throws -> Rehearsal? {
        guard let path = try GivenSettings(environment: environment).given(.rehearsalClock)?.value else { return nil }
        guard let seconds = read(path) else {
            throw ConnectedAppError(
                .configurationMalformed, subject: variable,
                detail:
                    "The file \(path) is missing, or does not contain the number of seconds that the clock is ahead, such as "
                    + "0 or 86400.")
        }
        return Rehearsal(path, seconds)
    }

    private init(_ path: String, _ seconds: TimeInterval) {
        self.path = path
        furthest = Mutex(seconds)
    }

    /// The seconds that the clock is ahead. They never decrease. If the file cannot be read, the last value is used.
    var secondsAhead: TimeInterval {
        let said = Self.read(path)
        return furthest.withLock { furthest in
            furthest = max(furthest, said ?? 0)
            return furthest
        }
    }

    private static func read(_ path: String) -> TimeInterval? {
        let bytes = FileManager.default.contents(atPath: path)?.prefix(32)
        let text = bytes.map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
        return text.flatMap(TimeInterval.init).flatMap { (0...longest).contains($0) ? $0 : nil }
    }

    /// Returns the surroundings with the advanced clock. When it is advanced, sleeping tasks wake early too.
    func surroundings(_ real: Surroundings) -> Surroundings {
        let uptime: @Sendable () -> Duration = { [self] in real.uptime() + .seconds(secondsAhead) }
        return Surroundings(
            now: { [self] in real.now().addingTimeInterval(secondsAhead) }, uptime: uptime,
            sleep: { duration in
                let end = uptime() + duration
                repeat {
                    try await real.sleep(min(max(end - uptime(), .zero), .milliseconds(20)))
                } while uptime() < end
            }, randomBytes: real.randomBytes)
    }

    /// Rejects a store that has a connection to anything but the embedded org.
    ///
    /// - Throws: ``ConnectedAppError`` with `.configurationMalformed`; the errors of reading the store.
    func check(_ records: SealedRecords) async throws {
        let others = try await records.read { reading in
            try reading.intact(ConnectionRecord.self).map(\.value)
                .filter { (try? LoginHost($0.loginHost))?.form != .loopback }
        }
        if let other = others.first { throw Self.misuse(other.alias.description) }
    }

    /// The error for using a rehearsal with anything but the embedded org.
    static func misuse(_ subject: String) -> ConnectedAppError {
        ConnectedAppError(
            .configurationMalformed, subject: subject,
            detail:
                "\(variable) is set, but the rehearsal clock works only with the embedded org on this machine. "
                + "Unset it."
        )
    }
}
