internal import Foundation

/// Compares the audit record with the signed checkpoints, entry by entry.
///
/// The caller passes all entries to ``add(_:)``, sorted by number, then calls ``finish(storeRecords:)`` once.
struct AuditVerification {
    private let key: AuditPublicKey
    private var findings: [AuditVerificationView.Finding] = []
    /// The checkpoints with a valid signature, by sequence number.
    private var checkpoints: [AuditCheckpoint] = []

    /// The digest of the entries so far; see ``AuditCheckpoint/digest``.
    private var digest = AuditCheckpoint.firstDigest
    /// The last entry so far of each chain, by writer and epoch.
    private var heads: [String: AuditRecord] = [:]
    private var lastNumber: Int64 = 0
    private var count = 0
    /// The number up to which the entries match a signed checkpoint and none is altered.
    private var protectedTo: Int64 = 0
    /// The last entry of the newest checkpoint whose digest matches. An entry before it may still have been changed,
    /// because the digest covers the stored hashes.
    private var digestFitsTo: Int64 = 0
    /// Whether a checkpoint did not match. Later ones cannot match then and are not compared.
    private var isDigestBroken = false
    /// The index of the next checkpoint to compare.
    private var next = 0
    /// The cut in the newest checkpoint with a valid signature.
    private var cut: AuditCut?
    /// Whether the checkpoints are the store's own, because there are none outside it.
    private let isFromStore: Bool
    private let history: String?
    /// The newest state of the store's records that the audit record or a checkpoint names.
    private var newestNamedPosition: RecordsPosition?

    /// - Parameters:
    ///   - lines: Signed checkpoints from outside the store. If there are none, the store's are used.
    ///   - storeLines: Signed checkpoints in the store.
    ///   - history: The store's history id; see ``CheckedReading/historyID``. Lines of other stores are skipped.
    init(lines: [String], storeLines: [String], history: String?, key: AuditPublicKey) {
        self.key = key
        isFromStore = lines.isEmpty
        self.history = history
        read(lines.isEmpty ? storeLines : lines, storeLines)
        newestNamedPosition = checkpoints.compactMap(\.records).max()
        checkForRollback(storeLines)
        startAtCut()
    }

    // MARK: Checkpoints

    /// Reads the checkpoints, and reports forged lines and gaps.
    private mutating func read(_ lines: [String], _ storeLines: [String]) {
        var previous: String?
        var unsigned: [Int] = []
        let own = Set(storeLines)
        for (index, line) in lines.enumerated() {
            if Self.isBrokenOff(line, index + 1 < lines.count ? [lines[index + 1]] : storeLines) { continue }
            if let other = SignedCheckpoint.read(line)?.checkpoint.history, other != history, !own.contains(line) {
                continue
            }
            guard let signed = SignedCheckpoint.read(line), signed.isSigned(by: key) else {
                unsigned.append(index + 1)
                previous = nil
                continue
            }
            let checkpoint = signed.checkpoint
            if let last = checkpoints.last {
                let continues = previous == nil || checkpoint.previous == previous
                if checkpoint.sequence != last.sequence.next || !continues {
                    report(
                        .checkpointMissing,
                        "Checkpoints are missing between checkpoint \(last.sequence) and checkpoint \(checkpoint.sequence)."
                    )
                }
            }
            previous = AuditCheckpoint.hash(ofLine: line)
            checkpoints.append(checkpoint)
        }
        reportUnsigned(lines: unsigned)
        checkpoints.sort { $0.sequence < $1.sequence }
    }

    /// Reports each line that is not a checkpoint signed by the key. If there is no signed one and several others, the
    /// key is probably wrong: that is one finding, not one per line.
    private mutating func reportUnsigned(lines: [Int]) {
        guard lines.count > 1, checkpoints.isEmpty else {
            for line in lines {
                report(.checkpointForged, "Line \(line) of the checkpoints is not a checkpoint signed by this key.")
            }
            return
        }
        report(
            .checkpointForged,
            "None of the \(lines.count) checkpoints is signed by the key \(key.hex). Check that this is the right key.")
    }

    /// Reports a rollback of the store if the checkpoints outside it are newer than its own.
    private mutating func checkForRollback(_ storeLines: [String]) {
        guard let outside = checkpoints.last else { return }
        let inside = storeLines.last.flatMap { SignedCheckpoint.read($0)?.checkpoint.sequence } ?? 0
        guard inside < outside.sequence else { return }
        report(
            .restoredOlder,
            """
            The store ends with checkpoint \(inside), but checkpoint \(outside.sequence) was signed at \(outside.time): \
            the store was rolled back.
            """, record: outside.upToNumber)
    }

    /// Whether a line is the beginning of a complete line. A process that crashed while writing leaves such a line.
    ///
    /// - Parameter complete: Lines that may be the complete one: the next line, or the store's.
    private static func isBrokenOff(_ line: String, _ complete: [String]) -> Bool {
        SignedCheckpoint.read(line) == nil && complete.contains { $0.count > line.count && $0.hasPrefix(line) }
    }

    /// Starts at the checkpoint of the cut if a signed checkpoint says that older entries were removed on purpose.
    private mutating func startAtCut() {
        cut = checkpoints.last?.cut
        guard let cut else { return }
        protectedTo = cut.upToNumber
        digestFitsTo = cut.upToNumber
        digest = cut.digest
        lastNumber = cut.upToNumber
        next = checkpoints.firstIndex { $0.sequence > cut.checkpoint } ?? checkpoints.count
    }

    // MARK: Entries

    /// Checks the next entry.
    mutating func add(_ record: AuditRecord) {
        count += 1
        if record.number > lastNumber.next {
            report(
                .removed, "\(Self.range(lastNumber.next, record.number - 1)) missing.", record: lastNumber.next)
        }
        lastNumber = record.number
        check(record)
        // An entry that cannot be read was reported above.
        if let named = try? record.event().records {
            newestNamedPosition = max(newestNamedPosition ?? named, named)
        }
        digest = AuditCheckpoint.digest(digest, with: record)
        while next < checkpoints.count, checkpoints[next].upToNumber <= record.number { compare(checkpoints[next]) }
    }

    /// Compares an entry with its hash and with the previous entry in its chain.
    private mutating func check(_ record: AuditRecord) {
        let link = record.link
        let chain = "\(link.writer) \(link.epoch)"
        let last = heads[chain]
        heads[chain] = record
        if link.hash(of: record.body) != record.hash {
            report(.changed, "Entry \(record.number) was changed.", record: record.number)
        }
        let isFirstAfterCut = last == nil && cut != nil
        guard !isFirstAfterCut else { return }
        let expected = (last?.link.sequence ?? 0).next
        if link.sequence > expected {
            let count = link.sequence.subtractingReportingOverflow(expected).partialValue.magnitude
            report(
                .removed,
                "Before entry \(record.number), \(count) \(count == 1 ? "entry" : "entries") of the same writer "
                    + "\(count == 1 ? "was" : "were") removed.",
                record: record.number)
        } else if link.sequence < expected {
            report(.reordered, "Entry \(record.number) is out of order.", record: record.number)
        } else if link.previous != last?.hash ?? AuditLink.none {
            report(
                .changed, "Entry \(record.number) does not contain the hash of the same writer's entry before it.",
                record: record.number)
        }
    }

    /// Compares the digest of the entries so far with a checkpoint.
    private mutating func compare(_ checkpoint: AuditCheckpoint) {
        next += 1
        guard !isDigestBroken else { return }
        if checkpoint.upToNumber == lastNumber, checkpoint.digest == digest {
            digestFitsTo = checkpoint.upToNumber
            if !hasAlteredRecord { protectedTo = checkpoint.upToNumber }
            return
        }
        isDigestBroken = true
        let first = digestFitsTo.next
        // An entry reported since the last matching checkpoint already explains the mismatch.
        guard !findings.contains(where: { ($0.record ?? 0) >= first && $0.kind != .restoredOlder }) else { return }
        report(
            .recomputed,
            Self.range(first, checkpoint.upToNumber)
                + " linked correctly, but checkpoint \(checkpoint.sequence) signed different content: somebody rewrote "
                + (first == checkpoint.upToNumber ? "it." : "them."), record: first)
    }

    private var hasAlteredRecord: Bool {
        findings.contains { finding in
            switch finding.kind {
            case .changed, .removed, .reordered, .recomputed: true
            case .truncated, .restoredOlder, .checkpointForged, .checkpointMissing, .recordsPutBack, .recordsAltered:
                false
            }
        }
    }

    // MARK: The end

    /// Returns the result. Also compares the state of the store's records with ``newestNamedPosition``.
    mutating func finish(storeRecords: RecordsFound) -> AuditVerificationView {
        switch storeRecords {
        case .unreadable(let why): report(.recordsAltered, "The records cannot be compared: \(why)")
        case .read(let state):
            if let newest = newestNamedPosition, state.position < newest {
                report(
                    .recordsPutBack,
                    """
                    The records are at state \(state.position), but the audit record names state \(newest): the records \
                    were rolled back, and a block may be lost.
                    """)
            }
            for name in state.alteredRecords {
                report(.recordsAltered, "The record \(name) is missing or was changed outside aprity.")
            }
        }
        if let signed = checkpoints.last?.upToNumber, signed > lastNumber {
            report(
                .truncated, "\(Self.range(lastNumber.next, signed)) missing from the end.", record: lastNumber.next)
        }
        let later = Int(max(0, max(0, lastNumber) - max(0, protectedTo)))
        return AuditVerificationView(
            isIntact: findings.isEmpty, records: count, protectedTo: protectedTo, laterRecords: later,
            checkpoints: checkpoints.count, publicKey: key.hex,
            sentence: Self.sentence(isIntact: findings.isEmpty, protectedTo: protectedTo, later: later)
                + (isFromStore && !checkpoints.isEmpty
                    ? " There are no checkpoints outside the store, so whoever controls the store can also roll back the checkpoints."
                    : ""),
            findings: findings)
    }

    private static func sentence(isIntact: Bool, protectedTo: Int64, later: Int) -> String {
        guard protectedTo > 0 else {
            return later == 0
                ? "The audit record has no entries."
                : "Not protected by a checkpoint: \(later) \(later == 1 ? "entry" : "entries")."
        }
        let rest =
            later == 0
            ? "there are no later entries" : "\(later) later \(later == 1 ? "entry is" : "entries are") not protected"
        return
            (isIntact
            ? "The audit record is intact. Signed checkpoints protect it"
            : "Signed checkpoints protect the audit record")
            + " up to entry \(protectedTo); \(rest)."
    }

    /// The beginning of a sentence about one entry or several.
    private static func range(_ first: Int64, _ last: Int64) -> String {
        first == last ? "Entry \(first) is" : "Entries \(first) to \(last) are"
    }

    private mutating func report(_ kind: AuditVerificationView.Kind, _ sentence: String, record: Int64? = nil) {
        findings.append(AuditVerificationView.Finding(kind: kind, record: record, sentence: sentence))
    }
}

/// The state of the store's records, for verification.
enum RecordsFound: Sendable {
    case read(SealedRecords.StoredState)
    /// The records cannot be read, for this reason.
    case unreadable(String)

    var history: String? {
        switch self {
        case .read(let state): state.historyID
        case .unreadable: nil
        }
    }
}

extension AuditTrail {
    /// The lines of the configured checkpoint file; empty if there is none.
    private func ownLines() throws -> [String] { try exports.file.map { try CheckpointFile(path: $0).lines() } ?? [] }

    private func existingPublicKey() throws -> AuditPublicKey {
        do { return try AuditPublicKey(ofKeyFile: keyFile) } catch let error as ConnectedAppError
            where error.cause == .fileMissing
        {
            throw ConnectedAppError(
                .fileMissing, subject: keyFile,
                detail: "The key that signs the checkpoints is not here.",
                remedy:
                    "Put its file back, or set APRITY_AUDIT_KEY_FILE. Without it, give the public key with --public-key "
                    + "HEX; an earlier `aprity audit verify --json` shows it.",
                remedyOnPage: "Put its file back, or set APRITY_AUDIT_KEY_FILE in the settings of the server.")
        }
    }

    /// Compares the audit record with the checkpoints outside the store or, if there are none, with those in the store.
    ///
    /// - Parameters:
    ///   - file: A checkpoint file to use instead of the configured one.
    ///   - publicKey: A key to use instead of the configured one.
    ///   - found: The state of the store's records.
    /// - Throws: ``ConnectedAppError``: `.fileMissing` or `.fileUnreadable` for a checkpoint file, the causes of
    ///   ``AuditKey/init(existing:)``, and a failing store's causes.
    func verify(
        file: String? = nil, publicKey: AuditPublicKey? = nil, records found: RecordsFound
    ) async throws -> AuditVerificationView {
        // A named file must exist. The configured one is created with the first checkpoint.
        let lines = try file.map { try CheckpointFile(path: $0).linesOfInput() } ?? ownLines()
        // Do not create a missing key: a new one could verify nothing.
        let key = try publicKey ?? existingPublicKey()
        return try await store.read { reading in
            let storeLines = try reading.checkpointLines(after: 0)
            let last = storeLines.last.flatMap { SignedCheckpoint.read($0)?.checkpoint }
            var walk = AuditVerification(
                lines: lines, storeLines: storeLines, history: found.history ?? last?.history, key: key)
            var number: Int64 = 0
            while true {
                let records = try reading.auditRecords(after: number, limit: 1000)
                for record in records { walk.add(record) }
                guard let last = records.last, last.number > number else { break }
                number = last.number
            }
            return walk.finish(storeRecords: found)
        }
    }
}
