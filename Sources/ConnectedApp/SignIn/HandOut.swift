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
actor HandOuts {
    private struct Waiting {
        let handOut: HandOut
        let continuation: CheckedContinuation<Admission, any Error>
    }

    private let gate: LeasedGate
    private var waiting: [Waiting] = []
    private var isRecording = false

    /// The largest number of hand-outs in a transaction, so that the first one does not wait long.
    private static let batchLimit = 256

    init(gate: LeasedGate) { self.gate = gate }

    /// Returns when the hand-out is durably in the audit record. A cancelled caller waits too.
    ///
    /// - Returns: The permission to use the token. It expires with this process's lease.
    /// - Throws: The errors of ``LeasedGate/admit(_:)``.
    func record(_ handOut: HandOut) async throws -> Admission {
        try await withCheckedThrowingContinuation { continuation in
            waiting.append(Waiting(handOut: handOut, continuation: continuation))
            guard !isRecording else { return }
            isRecording = true
            Task { await recordAll() }
        }
    }

    private func recordAll() async {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(Self.batchLimit))
            waiting.removeFirst(batch.count)
            do {
                let results = try await gate.admit(batch.map(\.handOut))
                for (waiting, result) in zip(batch, results) { waiting.continuation.resume(with: result) }
            } catch {
                for waiting in batch { waiting.continuation.resume(throwing: error) }
            }
        }
        isRecording = false
    }
}
