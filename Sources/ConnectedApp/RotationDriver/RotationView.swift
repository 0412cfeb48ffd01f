public import Foundation

/// A rotation as it is shown.
public struct RotationView: Codable, Sendable, Equatable {
    /// What the org answered since the state was entered.
    public struct EvidenceView: Codable, Sendable, Equatable {
        /// Answers since the last stale one in which the key that stays was taken, of so many that the state waits for;
        /// 0 if it waits for none.
        public let taken: Int
        public let takenNeeded: Int
        /// Answers since then in which the key that goes was refused, of so many that the state waits for; 0 if it waits
        /// for none.
        public let counterRefused: Int
        public let counterRefusedNeeded: Int
        @ExplicitNull public var lastStaleAt: Date?
        /// The chance that one stale server of eight was met by none of these answers.
        public let missChance: Double
        /// When the org last refused both keys one after the other: it has another certificate.
        @ExplicitNull public var neitherAcceptedAt: Date?
        /// Sign-ins that the rotation's own probes used, and those of them that were refused.
        public let probes: Int
        public let probesRefused: Int
        /// The cause's code of the last probe, where it was not taken.
        @ExplicitNull public var trouble: String?

        /// Whether the state waits for answers. If not, there is no progress to show.
        public var isCounting: Bool { takenNeeded + counterRefusedNeeded > 0 }
        /// Whether there was an answer, without which ``missChance`` says nothing.
        public var hasAnswers: Bool { taken + counterRefused > 0 }
    }

    public struct Entry: Codable, Sendable, Equatable {
        public let time: Date
        public let what: String
        public let by: String
    }

    public let connection: String
    public let state: RotationStateName
    /// For `retiring` and `destroying`: the other certificate is a next one that was given up, and was never in force.
    public let isGivenUp: Bool
    /// One sentence on where the rotation is.
    public let summary: String
    /// What an admin does now, a sentence each; empty where only waiting is left.
    public let toDo: [String]
    /// What aprity waits for; `null` where nothing.
    @ExplicitNull public var waitsFor: String?
    @ExplicitNull public var since: Date?
    /// The median of how long changes took in this org, and of how many; `null` before one was seen.
    @ExplicitNull public var usualSeconds: Double?
    @ExplicitNull public var changesSeen: Int?
    /// The least moment at which the former key, or the one that was given up, is destroyed.
    @ExplicitNull public var until: Date?
    /// When the policy asks for the next rotation.
    public let dueAt: Date
    public let isDue: Bool
    /// A prepared certificate was not uploaded for long.
    public let isOverdue: Bool
    /// The active certificate has ended.
    public let isLapsed: Bool
    public let hasSecondApp: Bool
    @ExplicitNull public var secondAppKind: AppKind?
    @ExplicitNull public var secondConsumerKey: String?
    public let active: CertificateView
    /// The other certificate: the next one, or the former or given-up one that is kept; `null` where there is none.
    @ExplicitNull public var other: CertificateView?
    /// Where the private key of the certificate in force lies, and that of the other one.
    public let keyStore: KeyStoreKind
    @ExplicitNull public var otherKeyStore: KeyStoreKind?
    @ExplicitNull public var evidence: EvidenceView?
    public let log: [Entry]
    public let warnings: [String]
}

extension RotationView {
    /// Whether ``other`` is the next certificate, which is not in force yet.
    public var hasNext: Bool { [RotationStateName.prepared, .publishing, .proving].contains(state) }

    /// What ``other`` is.
    public enum OtherRole: Sendable {
        case next, former, givenUp

        /// As the beginning of a label.
        public var label: String {
            switch self {
            case .next: "Next"
            case .former: "Former"
            case .givenUp: "Given-up"
            }
        }

        /// As part of a sentence: "the … key".
        public var word: String {
            switch self {
            case .next: "next"
            case .former: "former"
            case .givenUp: "given-up"
            }
        }
    }

    public var otherRole: OtherRole {
        switch state {
        case .steady, .generating, .prepared, .publishing, .proving: .next
        case .retiring, .destroying: isGivenUp ? .givenUp : .former
        }
    }

    public var mayRollBack: Bool {
        switch state {
        case .steady, .generating, .prepared, .destroying: false
        case .publishing, .proving: true
        case .retiring: !isGivenUp
        }
    }

    /// What is known of how long changes take in this org.
    public var usual: UsualSpread? {
        guard let usualSeconds, let changesSeen else { return nil }
        return UsualSpread(medianSeconds: usualSeconds, changesSeen: changesSeen)
    }

    /// - Parameter reader: Where ``toDo`` and ``warnings`` are read.
    init(_ found: Found, usual: UsualSpread?, reader: GuideReader, now: Date) throws {
        let record = found.rotation
        let state = found.rotationState
        let certificate = try found.credential.value.certificate()
        let other = try found.otherCredential?.certificate()
        let due = RotationPolicy.due(notBefore: certificate.notBefore, notAfter: certificate.notAfter)
        let words = RotationWords(found: found, state: state, reader: reader, now: now)
        connection = found.connection.value.alias.description
        self.state = state.name
        isGivenUp = record?.rotation.isGivenUp ?? false
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
    /// How far the proof is.
    ///
    /// - Returns: `nil` if no answers are waited for.
    public func sentences(on other: RotationView.OtherRole) -> String? {
        guard isCounting else { return nil }
        guard hasAnswers else { return progress(on: other) }
        let percent = (missChance * 100).formatted(.number.precision(.fractionLength(1)))
        return progress(on: other) + " One stale server of eight would be missed by chance in \(percent) % of cases."
    }

    private func progress(on other: RotationView.OtherRole) -> String {
        let taken = "The key that stays was taken \(taken) of \(takenNeeded) times that are needed"
        let refused = "was refused \(counterRefused) of \(counterRefusedNeeded) times"
        if takenNeeded == 0 { return "The \(other.word) key \(refused) that are needed." }
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

/// A rotation's state in words.
struct RotationWords {
    let found: Found
    let state: Rotation.State
    let reader: GuideReader
    let now: Date

    private var alias: String { found.connection.value.alias.description }
    private var record: RotationRecord? { found.rotation }
    private var hasTwoApps: Bool { record?.rotation.hasTwoApps ?? false }
    private var isGivenUp: Bool { record?.rotation.isGivenUp ?? false }

    var isOverdue: Bool {
        guard case .prepared(_, _, let since) = state else { return false }
        return now.timeIntervalSince(since) > RotationPolicy.uploadDeadline
    }

    var summary: String {
        switch state {
        case .steady: "One key, one certificate; no rotation is under way."
        case .generating: "The next key is being made."
        case .prepared:
            hasTwoApps
                ? "The next certificate is ready for a second app; the present app goes on."
                : "The next certificate is ready to be uploaded. Both keys are in use: an upload at any moment does no harm."
        case .publishing:
            hasTwoApps
                ? "The second app is being tried; the present app goes on."
                : "The upload was told, and no server has taken the next key yet. Both keys are in use."
        case .proving:
            hasTwoApps
                ? "The second app takes the next key; the present app goes on until that is proven."
                : "Servers of the org take the next key; it is being proven that all do. Both keys are in use."
        case .retiring(_, _, let until) where isGivenUp:
            """
            The next certificate was given up; the certificate in force is unchanged. The given-up key is kept until \
            \(until.ISO8601Format()) at least, in case its certificate was uploaded.
            """
        case .retiring:
            "The new certificate is in force. The former key is kept, and tried where the new one is refused."
        case .destroying: "The \(isGivenUp ? "given-up" : "former") key is being destroyed."
        }
    }

    var waitsFor: String? {
        switch state {
        case .steady: nil
        case .generating: "the key to be made"
        case .prepared: "the upload of the next certificate"
        case .publishing:
            "a server of the org to take the next key; a change takes 2 to 10 minutes, and not everywhere at once"
        case .proving:
            hasTwoApps
                ? "ten minutes in which the second app takes every sign-in"
                : "ten minutes without a stale answer, and then that the former key is refused everywhere"
        case .retiring(_, _, let until) where isGivenUp:
            now < until ? "the end of the given-up key's time" : "the given-up key to be refused everywhere"
        case .retiring(_, _, let until):
            now < until
                ? "the end of the former key's time"
                : hasTwoApps ? "the former app to be deleted in Salesforce" : "the former key to be refused everywhere"
        case .destroying: "the key store"
        }
    }

    var toDo: [GuideStep] {
        switch state {
        case .steady, .generating, .destroying, .publishing: []
        case .prepared:
            hasTwoApps ? movingToSecondApp : SetupGuide(.rotate, for: subject).steps(without: .startRotation)
        case .proving: afterNeither
        case .retiring(_, _, let until):
            hasTwoApps && !isGivenUp && record?.otherApp != nil ? [.click(deleteFormerApp(now < until))] : []
        }
    }

    private var subject: SetupSubject {
        found.setupSubject(of: found.app.value.as(record?.otherApp), reader: reader)
    }

    private var movingToSecondApp: [GuideStep] {
        let createClicks =
            switch reader {
            case .commandLine: "`aprity app guide \(alias) --task create`"
            case .settingsPage: "Create the app, under Clicks in Setup on this connection's page"
            }
        let confirm =
            switch reader {
            case .commandLine: "`aprity rotate uploaded \(alias) --consumer-key KEY` with the second app's Consumer Key"
            case .settingsPage: "Paste the second app's Consumer Key, and choose I uploaded it"
            }
        return [
            SetupGuide.downloadNext(subject),
            .click(
                "Create a second app in Setup as the first one was, with another name and that file as its certificate "
                    + "(\(createClicks)), and pre-authorize the same user"),
            .command(confirm, .confirmUpload),
        ]
    }

    /// What to do after the org refused both keys; empty if it did not.
    private var afterNeither: [GuideStep] {
        guard let neither = record?.rotation.evidence.neitherAt else { return [] }
        let next =
            switch reader {
            case .commandLine: "`aprity certificate download \(alias) --next`"
            case .settingsPage: subject.nextCertificateFile
            }
        return [
            .check(
                "At \(neither.ISO8601Format()) the org refused both keys: look which certificate the app has, and upload the "
                    + "next one (\(next))")
        ]
    }

    private func deleteFormerApp(_ isKept: Bool) -> String {
        "Delete the former app in Setup"
            + (isKept ? ", at the earliest when nobody else uses it" : "; until then its key is kept")
    }

    func warnings(active: AppCertificate, other: AppCertificate?, isDue: Bool) -> [String] {
        var warnings: [String] = []
        if now > active.notAfter {
            warnings.append("The active certificate has ended; Salesforce may refuse it at any moment.")
        }
        if isDue, state.name == .steady {
            switch reader {
            case .commandLine: warnings.append("A rotation is due: `aprity rotate start \(alias)`.")
            case .settingsPage: warnings.append("A rotation is due.")
            }
        }
        if isOverdue {
            warnings.append("The next certificate has been ready for over 30 days, and nobody uploaded it.")
        }
        if let other, state.next != nil, now > other.notAfter {
            warnings.append("The next certificate itself has ended: abort this rotation, and begin another.")
        }
        if record?.rotation.evidence.neitherAt != nil, state.name != .steady {
            warnings.append(
                "The org refuses both keys: the app has a certificate that is none of ours. Upload the next one again.")
        }
        return warnings
    }
}
