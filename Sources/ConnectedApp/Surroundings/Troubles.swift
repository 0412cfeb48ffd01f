package import Logging
internal import Synchronization

/// Counts tolerated failures for `/metrics`, and logs them.
///
/// A failure is tolerated if the work continues without the failed part. Other failures are thrown.
package final class Troubles: Sendable {
    /// The part of the work that failed. The raw value is the value of the label `place` of `aprity_troubles_total`, so
    /// it must not change.
    package enum Place: String, CaseIterable, Sendable {
        /// Recording the last use of an API token, or reading whether an account exists.
        case access
        /// The daily comparison of apps with their approvals.
        case appCheck = "app_check"
        case auditCheckpoint = "audit_checkpoint"
        case auditRecord = "audit_record"
        /// Applying a block order, which is on disk but not yet in the store.
        case blockOrder = "block_order"
        case changeFollower = "change_follower"
        /// An optional part of a connection test or report.
        case diagnosis
        /// Destroying a key that is no longer needed.
        /// Testing the gateway.
        case gatewayProbe = "gateway_probe"
        /// Reading the keys of an OpenID Connect issuer.
        case issuerKeys = "issuer_keys"
        case keyDestruction = "key_destruction"
        /// Sending notices.
        case notices
        /// Reading how often other programs sign in.
        case othersUse = "others_use"
        /// Scheduled pulls of metadata.
        case pull
        case rotation
        /// Recording what the org answered to a key during a rotation.
        case rotationEvidence = "rotation_evidence"
        case signInLedger = "sign_in_ledger"
        /// Saving a connection test that has ended.
        case testHistory = "test_history"
        /// Using a token to prevent its session from expiring.
        case tokenKeepAlive = "token_keep_alive"
        case tokenRevocation = "token_revocation"
        /// Reading the renewed files of the server's own TLS.
        case tlsReload = "tls_reload"
        /// The server's work of every second: leases, block orders, due revocations.
        case watch

        /// `warning` if an operator should look at it, `debug` if it corrects itself.
        var level: Logger.Level {
            switch self {
            case .access, .appCheck, .auditCheckpoint, .auditRecord, .blockOrder, .changeFollower, .gatewayProbe,
                .issuerKeys, .keyDestruction,
                .notices, .pull, .rotation, .rotationEvidence, .signInLedger, .testHistory, .tlsReload,
                .tokenRevocation,
                .watch:
                .warning
            case .diagnosis, .othersUse, .tokenKeepAlive: .debug
            }
        }
    }

    /// The same failure at the same place is logged at most once in this time.
    static let pause = Duration.seconds(600)

    private struct Kind: Hashable {
        let place: Place
        let name: String
    }

    private struct State {
        var counts: [Place: Int] = [:]
        /// The uptime at which each failure was logged last.
        var loggedAt: [Kind: Duration] = [:]
    }

    private let logger: Logger
    private let state = Mutex(State())

    package init(logger: Logger = Logger(label: "aprity")) { self.logger = logger }

    /// The number of failures at each place since the process started.
    package var counts: [Place: Int] {
        let counts = state.withLock { $0.counts }
        return Dictionary(uniqueKeysWithValues: Place.allCases.map { ($0, counts[$0] ?? 0) })
    }

    /// The name of a failure. Two failures with the same name count as the same.
    static func name(of error: any Error) -> String {
        (error as? ConnectedAppError)?.cause.rawValue ?? String(describing: type(of: error))
    }

    /// Counts a failure, and logs it unless the same failure was logged recently; see ``pause``. The log's message is
    /// always the same; its metadata name the place, the cause and the number of failures at the place since the
    /// process started.
    ///
    /// - Parameters:
    ///   - uptime: The present uptime; see ``Surroundings/uptime``.
    ///   - isNews: `false` to count the failure without logging it.
    ///   - facts: Metadata for the log, such as the connection. No secrets.
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
            level: place.level, "A part of the work failed; aprity continues without it",
            metadata: shown.mapValues { .string($0) })
    }

    /// Metadata for the log. The evidence of a ``ConnectedAppError`` contains no secrets. Of other errors, only the
    /// type is logged, because their texts may contain some.
    private static func facts(of error: any Error) -> [String: String] {
        guard let error = error as? ConnectedAppError else { return ["error": name(of: error)] }
        return error.evidence.merging(["code": error.cause.rawValue, "problem": error.description]) { _, own in own }
    }
}

extension Surroundings {
    /// Counts and logs a tolerated failure. Cancellation is not a failure.
    package func note(
        _ error: any Error, at place: Troubles.Place, isNews: Bool = true, _ facts: [String: String] = [:]
    ) {
        guard !(error is CancellationError) else { return }
        troubles.note(error, at: place, uptime: uptime(), isNews: isNews, facts)
    }

    /// Runs work that the caller can do without.
    ///
    /// - Returns: `nil` if it failed or was cancelled. A failure is counted and logged.
    @discardableResult
    package func tolerating<Value>(
        _ place: Troubles.Place, _ facts: [String: String] = [:], _ body: () async throws -> Value
    ) async -> Value? {
        do { return try await body() } catch {
            note(error, at: place, facts)
            return nil
        }
    }

    /// The same for work that does not suspend.
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
