package import Logging
internal import Synchronization

/// Failures that the work goes on without: each is counted for `/metrics`, and logged.
///
/// A failure that ends the work is thrown instead.
package final class Troubles: Sendable {
    /// Where something failed. The raw value is a label of `aprity_troubles_total`.
    package enum Place: String, CaseIterable, Sendable {
        /// The daily comparison of apps with what was approved.
        case appCheck = "app_check"
        case auditCheckpoint = "audit_checkpoint"
        case auditRecord = "audit_record"
        /// A block order that is on disk and not yet in the store.
        case blockOrder = "block_order"
        case changeFollower = "change_follower"
        /// An optional part of a connection test or report.
        case diagnosis
        /// A key that should be gone and may still exist.
        case keyDestruction = "key_destruction"
        case notices
        /// Reading how often other programs sign in.
        case othersUse = "others_use"
        case rotation
        /// Recording what the org answered to a key during a rotation.
        case rotationEvidence = "rotation_evidence"
        case signInLedger = "sign_in_ledger"
        /// Saving a connection test that has ended.
        case testHistory = "test_history"
        /// Using a token so that its session does not expire.
        case tokenKeepAlive = "token_keep_alive"
        case tokenRevocation = "token_revocation"
        /// The work of every second: leases, block orders, revocations that are due.
        case watch

        /// `warning` if an operator should look at it, `debug` if it corrects itself.
        var level: Logger.Level {
            switch self {
            case .appCheck, .auditCheckpoint, .auditRecord, .blockOrder, .changeFollower, .keyDestruction, .notices,
                .rotation, .rotationEvidence, .signInLedger, .testHistory, .tokenRevocation, .watch:
                .warning
            case .diagnosis, .othersUse, .tokenKeepAlive: .debug
            }
        }
    }

    /// The same failure at the same place is logged once in this time.
    static let pause = Duration.seconds(600)

    private struct Kind: Hashable {
        let place: Place
        let name: String
    }

    private struct State {
        var counts: [Place: Int] = [:]
        /// Uptimes.
        var loggedAt: [Kind: Duration] = [:]
    }

    private let logger: Logger
    private let state = Mutex(State())

    package init(logger: Logger = Logger(label: "aprity")) { self.logger = logger }

    /// Failures at each place since the process started.
    package var counts: [Place: Int] {
        let counts = state.withLock { $0.counts }
        return Dictionary(uniqueKeysWithValues: Place.allCases.map { ($0, counts[$0] ?? 0) })
    }

    /// What makes two failures the same.
    static func name(of error: any Error) -> String {
        (error as? ConnectedAppError)?.cause.rawValue ?? String(describing: type(of: error))
    }

    /// - Parameters:
    ///   - isNews: Whether to log it. It is counted in any case.
    ///   - facts: For the log, such as the connection. No secrets.
    func note(
        _ error: any Error, at place: Place, uptime: Duration, isNews: Bool = true, _ facts: [String: String] = [:]
    ) {
        let kind = Kind(place: place, name: Self.name(of: error))
        let (isLogged, count) = state.withLock { state -> (Bool, Int) in
            let count = (state.counts[place] ?? 0) + 1
            state.counts[place] = count
            let isDue = state.loggedAt[kind].map { uptime - $0 >= Self.pause } ?? true
            guard isNews, isDue else { return (false, count) }
            state.loggedAt[kind] = uptime
            return (true, count)
        }
        guard isLogged else { return }
        var shown = facts.merging(Self.facts(of: error)) { own, _ in own }
        shown["place"] = place.rawValue
        shown["sinceStart"] = String(count)
        logger.log(
            level: place.level, "Something failed, and the work goes on without it",
            metadata: shown.mapValues { .string($0) })
    }

    /// An error of ours shows its evidence, which holds no secrets. Of any other error only the type is known to hold none.
    private static func facts(of error: any Error) -> [String: String] {
        guard let error = error as? ConnectedAppError else { return ["error": name(of: error)] }
        return error.evidence.merging(["code": error.cause.rawValue, "problem": error.description]) { _, own in own }
    }
}

extension Surroundings {
    /// Counts and logs a failure that ends nothing. A cancelled task is no failure.
    package func note(
        _ error: any Error, at place: Troubles.Place, isNews: Bool = true, _ facts: [String: String] = [:]
    ) {
        guard !(error is CancellationError) else { return }
        troubles.note(error, at: place, uptime: uptime(), isNews: isNews, facts)
    }

    /// Runs what the caller can do without.
    ///
    /// - Returns: `nil` if it failed, after the failure was noted.
    @discardableResult
    package func tolerating<Value>(
        _ place: Troubles.Place, _ facts: [String: String] = [:], _ body: () async throws -> Value
    ) async -> Value? {
        do { return try await body() } catch {
            note(error, at: place, facts)
            return nil
        }
    }

    @discardableResult
    package func tolerating<Value>(
        _ place: Troubles.Place, _ facts: [String: String] = [:], _ body: () throws -> Value
    ) -> Value? {
        do { return try body() } catch {
            note(error, at: place, facts)
            return nil
        }
    }
}
