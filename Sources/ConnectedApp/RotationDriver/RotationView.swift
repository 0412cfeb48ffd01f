package import Foundation

/// A rotation, for people and JSON.
///
/// The names of properties are JSON names (`Rotation` and `RotationEvidence` in `openapi.yaml`) and must not change.
package struct RotationView: Codable, Sendable, Equatable {
    /// The org's answers since the state began; see ``Rotation/Evidence``.
    package struct EvidenceView: Codable, Sendable, Equatable {
        /// The number of answers since the last stale one that accepted the key to keep.
        let taken: Int
        /// How many of them the state needs; 0 if it needs none.
        let takenNeeded: Int
        /// The number of answers since the last stale one that refused the key to be replaced.
        let counterRefused: Int
        /// How many of them the state needs; 0 if it needs none.
        let counterRefusedNeeded: Int
        /// When the last stale answer came; `null` if there is none.
        @ExplicitNull var lastStaleAt: Date?
        /// The probability, from 0 to 1, that these answers missed one stale server of eight.
        let missChance: Double
        /// When one server last refused both keys, which means that the app has another certificate; `null` if none
        /// did, or if a key was accepted since.
        @ExplicitNull var neitherAcceptedAt: Date?
        /// The number of sign-ins that the whole rotation made to test its keys.
        let probes: Int
        /// How many of them the org refused because of the key.
        let probesRefused: Int
        /// The code of the cause for which the last probe failed; `null` if it was accepted, or if there was none.
        @ExplicitNull var trouble: String?

        /// Whether the state needs answers. If not, there is no progress to show.
        var isCounting: Bool { takenNeeded + counterRefusedNeeded > 0 }
        /// Whether there was an answer. Without one, ``missChance`` means nothing.
        var hasAnswers: Bool { taken + counterRefused > 0 }
    }

    /// An entry of the log.
    package struct Entry: Codable, Sendable, Equatable {
        package let time: Date
        package let what: String
        package let by: String
    }

    package let connection: String
    package let state: RotationStateName
    /// For `retiring` and `destroying`: whether the other certificate is a given-up next one, which was never in force.
    package let isGivenUp: Bool
    /// Whether somebody rolled back, so that the certificate from before the rotation is to be in force again. While
    /// that is not proven, it is ``other``.
    package let isRolledBack: Bool
    /// The rotation's state in a few sentences.
    package let summary: String
    /// What an admin has to do now, one step each; empty if there is nothing to do but wait.
    package let toDo: [String]
    /// What aprity waits for, as the end of a sentence that begins "Waits for"; `null` if it waits for nothing.
    @ExplicitNull package var waitsFor: String?
    /// When the state began; `null` if that is not recorded.
    @ExplicitNull package var since: Date?
    /// The median time that changes took to spread in this org; `null` before aprity saw one.
    @ExplicitNull var usualSeconds: Double?
    /// How many changes the median is based on; `null` before aprity saw one.
    @ExplicitNull var changesSeen: Int?
    /// The earliest time at which the former or given-up key is destroyed; `null` unless the state is `retiring`.
    @ExplicitNull package var until: Date?
    /// When the certificate in force is due to be replaced.
    package let dueAt: Date
    /// Whether that time has come and no rotation is under way.
    package let isDue: Bool
    /// Whether the next certificate has been ready for over 30 days and nobody uploaded it.
    let isOverdue: Bool
    /// Whether the active certificate has expired.
    let isLapsed: Bool
    /// Whether a rotation is under way in which the two keys belong to different apps.
    package let hasSecondApp: Bool
    /// The kind of the app that is not in use: the second one before the cut-over, the former one after it.
    @ExplicitNull var secondAppKind: AppKind?
    /// That app's Consumer Key; `null` until it is entered.
    @ExplicitNull var secondConsumerKey: String?
    /// The certificate of the key that the app's connections use.
    package let active: CertificateView
    /// The other certificate: the next one, or the former or given-up one that is kept; `null` if there is none.
    @ExplicitNull package var other: CertificateView?
    /// The key store of the active certificate's private key.
    package let keyStore: KeyStoreKind
    /// The key store of the other certificate's private key; `null` if there is none.
    @ExplicitNull package var otherKeyStore: KeyStoreKind?
    /// `null` if no rotation is under way.
    @ExplicitNull package var evidence: EvidenceView?
    /// The log of the latest rotation, the oldest entry first.
    package let log: [Entry]
    /// Sentences about what is wrong or due.
    package let warnings: [String]
}

extension RotationView {
    /// Whether ``other`` is to come into force and is not proven yet: the next certificate or, after a rollback, the former
    /// one.
    package var isOtherUnproven: Bool { [RotationStateName.prepared, .publishing, .proving].contains(state) }

    /// Whether the upload of ``other`` was reported and the org has not accepted its key yet. The state is the same after a
    /// rollback, but then there is something to do until the upload is reported again.
    package var isUploadReported: Bool { state == .publishing && toDo.isEmpty }

    /// What the certificate ``other`` and its key are.
    package enum OtherRole: Sendable {
        case next, former, givenUp, rolledBack

        /// As the beginning of a label.
        package var label: String {
            switch self {
            case .next: "Next"
            case .former: "Former"
            case .givenUp: "Given-up"
            case .rolledBack: "Rolled-back"
            }
        }

        /// As part of a sentence, as in "the … key".
        package var word: String {
            switch self {
            case .next: "next"
            case .former: "former"
            case .givenUp: "given-up"
            case .rolledBack: "rolled-back"
            }
        }
    }

    /// The role of ``other``. It means nothing if there is no other certificate.
    package var otherRole: OtherRole {
        switch state {
        case .steady, .generating, .prepared, .publishing, .proving: isRolledBack ? .former : .next
        case .retiring, .destroying: isGivenUp ? .givenUp : isRolledBack ? .rolledBack : .former
        }
    }

    /// Whether ``active`` was rolled back and is to be replaced by ``other``. The org may never have accepted it.
    package var isActiveRolledBack: Bool { isRolledBack && isOtherUnproven }

    /// Whether ``Rotations/rollBack(of:as:)`` is allowed now.
    package var mayRollBack: Bool {
        switch state {
        case .steady, .generating, .prepared, .destroying: false
        case .publishing, .proving: true
        case .retiring: !isGivenUp
        }
    }

    /// How long changes usually take in this org; `nil` if that is not known.
    package var usual: UsualSpread? {
        guard let usualSeconds, let changesSeen else { return nil }
        return UsualSpread(medianSeconds: usualSeconds, changesSeen: changesSeen)
    }

    /// - Parameters:
    ///   - usual: How long changes usually take in this org; `nil` if that is not known.
    ///   - reader: Who reads ``toDo`` and ``warnings``.
    /// - Throws: ``ConnectedAppError`` if a stored certificate cannot be read.
    init(_ found: FoundConnection, usual: UsualSpread?, reader: GuideMedium, now: Date) throws {
        let record = found.rotation
        let state = found.rotationState
        let certificate = try found.credential.value.certificate()
        let other = try found.otherCredential?.certificate()
        let due = RotationPolicy.due(notBefore: certificate.notBefore, notAfter: certificate.notAfter)
        let words = RotationWords(found: found, state: state, reader: reader, now: now)
        connection = found.connection.value.alias.description
        self.state = state.name
        isGivenUp = record?.rotation.isGivenUp ?? false
        isRolledBack = record?.rotation.isRolledBack ?? false
        summary = words.summary
        toDo = words.toDo.map(\.text)
        since = state.since
        usualSeconds = usual?.medianSeconds
        changesSeen = usual?.changesSeen
        dueAt = due
        isDue = now >= due && state.name == .steady
        isOverdue = words.isOverdue
        isLapsed = now > certificate.notAfter
        hasSecondApp = record?.rotation.hasTwoApps == true && state.name != .steady
        active = CertificateView(certificate, now: now)
        log = record?.log.map { Entry(time: $0.time, what: $0.what, by: $0.by) } ?? []
        warnings = words.warnings(active: certificate, other: other, isDue: now >= due)
        waitsFor = words.waitsFor
        if case .retiring(_, _, let date) = state { until = date } else { until = nil }
        secondAppKind = hasSecondApp ? record?.otherApp?.kind : nil
        secondConsumerKey = hasSecondApp ? record?.otherApp?.consumerKey : nil
        self.other = other.map { CertificateView($0, now: now) }
        keyStore = KeyStoreKind(found.credential.value.key)
        otherKeyStore = found.otherCredential.map { KeyStoreKind($0.key) }
        evidence = state.name == .steady ? nil : record.map { EvidenceView($0, now: now) }
    }
}

extension RotationView.EvidenceView {
    /// Returns sentences about the progress of the proof; `nil` if the state needs no answers.
    ///
    /// - Parameter other: The view's ``RotationView/otherRole``.
    package func sentences(on other: RotationView.OtherRole) -> String? {
        guard isCounting else { return nil }
        guard hasAnswers else { return progress(on: other) }
        let percent = (missChance * 100).formatted(.number.precision(.fractionLength(1)))
        return progress(on: other)
            + " The chance that these answers missed one stale server of eight is \(percent)%."
    }

    private func progress(on other: RotationView.OtherRole) -> String {
        let taken = "The key to keep was accepted \(taken) of the required \(takenNeeded) times"
        let refused = "was refused \(counterRefused) of the required \(counterRefusedNeeded) times"
        if takenNeeded == 0 { return "The \(other.word) key \(refused)." }
        if counterRefusedNeeded == 0 { return taken + "." }
        return taken + "; the other key \(refused)."
    }

    init(_ record: RotationRecord, now: Date) {
        let evidence = record.rotation.evidence
        taken = evidence.taken
        counterRefused = evidence.counterRefused
        (takenNeeded, counterRefusedNeeded) = record.rotation.answersNeeded(at: now)
        missChance = record.rotation.missChance()
        probes = record.probes
        probesRefused = record.probesRefused
        lastStaleAt = evidence.lastStale
        neitherAcceptedAt = evidence.neitherAt
        trouble = record.trouble
    }
}
