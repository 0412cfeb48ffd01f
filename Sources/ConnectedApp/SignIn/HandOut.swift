internal import Synchronization

/// A token that is to be handed out to a program.
struct HandOut: Sendable {
    let appID: String
    let alias: String
    /// The revisions of the records from which the caller found the token.
    let revisions: TargetRevisions
    let event: AuditEvent
}

/// The revisions of the records that decide for whom and where a connection signs in.
struct TargetRevisions: Sendable, Equatable {
    let connection: Int
    let app: Int
}

/// Records hand-outs of tokens. Those that wait at the same time share one transaction.
final class HandOuts: Sendable {
    private struct Waiting {
        let handOut: HandOut
        let continuation: CheckedContinuation<Admission, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isRecording = false
    }

    private let gate: LeasedGate
    private let state = Mutex(State())

    /// The largest number of hand-outs in a transaction, so that the first one does not wait long.
    private static let batchLimit = 256

    init(gate: LeasedGate) { self.gate = gate }

    /// Returns when the hand-out is durably in the audit record. A cancelled caller waits too.
    ///
    /// - Returns: The permission to use the token. It expires with this process's lease.
    /// - Throws: The errors of ``LeasedGate/admit(_:)``.
    func record(_ handOut: HandOut) async throws -> Admission {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append(Waiting(handOut: handOut, continuation: continuation))
                defer { state.isRecording = true }
                return !state.isRecording
            }
            if isFirst { Task { await recordAll() } }
        }
    }

    /// - Returns: `nil` if none is waiting. The next one starts the recording again.
    private func nextBatch() -> [Waiting]? {
        state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.batchLimit))
            state.waiting.removeFirst(batch.count)
            state.isRecording = !batch.isEmpty
            return batch.isEmpty ? nil : batch
        }
    }

    private func recordAll() async {
        while let batch = nextBatch() {
            do {
                let results = try await gate.admit(batch.map(\.handOut))
                for (waiting, result) in zip(batch, results) { waiting.continuation.resume(with: result) }
            } catch {
                for waiting in batch { waiting.continuation.resume(throwing: error) }
            }
        }
    }
}
