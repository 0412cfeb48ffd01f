internal import Foundation

/// The latest rotation of one app as it is stored: the state machine, its settings, its probes and its log. The names
/// of properties must not change.
struct RotationRecord: RecordValue, Equatable {
    static let kind = RecordKind.rotation

    /// The app that the other key belongs to, if that is not the present app: at first the second app, and after the
    /// cut-over the former one.
    struct OtherApp: Codable, Sendable, Equatable {
        var kind: AppKind
        /// `nil` until the second app's Consumer Key is entered.
        var consumerKey: String?
    }

    /// An entry of the log, for people.
    struct Entry: Codable, Sendable, Equatable {
        let time: Date
        /// A sentence.
        let what: String
        /// The description of the principal.
        let by: String
    }

    let appID: String
    private(set) var rotation: Rotation
    /// `nil` if both keys belong to the same app, and after the rotation.
    var otherApp: OtherApp?
    let begunAt: Date
    /// The size of the next key.
    package private(set) var keySize = KeySize.bits2048
    /// How long the next certificate is valid.
    package private(set) var certificateDays = 365
    /// The key store for the next key; `nil` in records of older versions, which means this home's default.
    package private(set) var keyStore: KeyStoreKind?
    /// When any process last began a probe. It is saved before the probe is sent, so that two processes do not send the
    /// same one. `nil` before the first probe, and after an admin's report, which makes a probe due at once.
    var lastProbe: Date?
    /// How many probes began. Each is a sign-in.
    var probes = 0
    /// How many of them the org refused because of the key.
    var probesRefused = 0
    /// The code of the cause for which the last probe failed; `nil` if it was accepted, or if there was none.
    var trouble: String?
    /// The oldest entry first.
    private(set) var log: [Entry] = []

    var recordID: String { appID }
    package var summarizedRotation: SummarizedRotation? {
        SummarizedRotation(appID: appID, state: rotation.state.name.rawValue)
    }
    /// How many entries of the log are kept; older ones are dropped.
    private static let longestLog = 100

    init(_ rotation: Rotation, of appID: String, otherApp: OtherApp?, at now: Date) {
        self.rotation = rotation
        self.appID = appID
        self.otherApp = otherApp
        begunAt = now
    }

    /// Begins a rotation. The caller saves the record and then creates the next key.
    ///
    /// - Parameters:
    ///   - next: The id of the next credential.
    ///   - otherApp: The second app, if the next certificate belongs to one.
    ///   - certificateDays: How long the next certificate is valid.
    init(
        of app: AppRecord, next: String, otherApp: OtherApp?, keySize: KeySize, certificateDays: Int,
        keyStore: KeyStoreKind, at now: Date, by principal: Principal
    ) throws(ConnectedAppError) {
        self.init(
            Rotation(steadyWith: app.activeCredentialID, hasTwoApps: otherApp != nil), of: app.id, otherApp: otherApp,
            at: now)
        self.keySize = keySize
        self.certificateDays = certificateDays
        self.keyStore = keyStore
        try apply(.begun(next: next), at: now, by: principal)
    }

    /// Applies an event, and logs it if the state changes or an upload is reported.
    ///
    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` if the state does not allow the event. Nothing is
    ///   changed in this case.
    mutating func apply(_ event: Rotation.Event, at now: Date, by principal: Principal) throws(ConnectedAppError) {
        let former = rotation.state
        let key = rotation.isGivenUp ? "given-up" : rotation.isRolledBack ? "rolled-back" : "former"
        do { try rotation.apply(event, at: now) } catch { throw refusal(sentence(error), of: event) }
        guard rotation.state != former || event == .uploadReported else { return }
        let by = principal.description
        log.append(Entry(time: now, what: Self.words(for: event, rotation, oldKey: key), by: by))
        log = log.suffix(Self.longestLog)
    }

    /// Applies an answer of the org, unless it came too late because another process was faster or somebody rolled
    /// back.
    ///
    /// For steps that this process has just found to be due, use ``apply(_:at:by:)`` instead: if the state does not
    /// allow them, that is a bug.
    ///
    /// - Returns: Whether the answer was applied. If it was not, nothing is changed.
    @discardableResult
    mutating func applyIfPossible(_ event: Rotation.Event, at now: Date, by principal: Principal) -> Bool {
        // `apply` throws only if the state does not allow the event.
        do { try apply(event, at: now, by: principal) } catch { return false }
        return true
    }

    /// Applies an answer that could not be saved when it came.
    ///
    /// Only a stale answer counts. Without the others, the rotation takes longer but is just as safe.
    ///
    /// - Parameter event: The answer; `nil` if it is no longer known, which counts as a refusal of the key to keep.
    mutating func catchUp(with event: Rotation.Event?, at now: Date, by principal: Principal) {
        let event = event ?? .refused(rotation.state.wanted)
        if rotation.isContradicted(by: event) { applyIfPossible(event, at: now, by: principal) }
    }

    /// - Parameter event: The event that the state does not allow; `nil` if it is not about an event.
    private func refusal(_ reason: String, of event: Rotation.Event? = nil) -> ConnectedAppError {
        let remedy = rotation.remedy(insteadOf: event)
        return ConnectedAppError(
            .rotationRefused, detail: reason, remedy: remedy?.inCommands, remedyOnPage: remedy?.onPage,
            evidence: ["state": rotation.state.name.rawValue])
    }

    /// - Throws: ``ConnectedAppError`` with `.rotationRefused` and the reason if no other rotation can begin.
    func checkAnotherCanBegin() throws(ConnectedAppError) {
        if let reason = whyNoOtherCanBegin { throw refusal(reason) }
    }

    /// Why no other rotation can begin, as a sentence; `nil` if one can.
    private var whyNoOtherCanBegin: String? {
        switch rotation.state {
        case .steady: nil
        case .generating: "The next key is being created."
        case .prepared, .publishing, .proving: "A rotation is already under way."
        case .retiring(_, _, let until) where rotation.isGivenUp:
            """
            The next certificate of the last rotation was given up. Its key is kept at least until \
            \(until.ISO8601Format()), in case the certificate was uploaded; another rotation can begin after that key \
            is destroyed.
            """
        case .retiring(_, _, let until):
            """
            The former key of the last rotation is kept at least until \(until.ISO8601Format()); another rotation can \
            begin after it is destroyed.
            """
        case .destroying:
            "The \(rotation.isGivenUp ? "given-up" : "former") key of the last rotation is being destroyed."
        }
    }

    /// Returns why the state does not allow the event, and what to do instead.
    private func sentence(_ refusal: Rotation.Refusal) -> String {
        if case .begun = refusal.event, let reason = whyNoOtherCanBegin { return reason }
        return switch (refusal.state, refusal.event) {
        case (.retiring(_, _, let until), .abandoned) where rotation.isGivenUp:
            "The next certificate was already given up; its key is kept at least until \(until.ISO8601Format())."
        case (.retiring, .rollbackReported) where rotation.isGivenUp:
            "The next certificate was given up and was never in force, so there is nothing to roll back."
        case (.retiring, .uploadReported) where rotation.isGivenUp:
            """
            The next certificate was given up. If it was uploaded, upload the certificate in force again. Until then, \
            sign-ins succeed, because the given-up key is still tried.
            """
        case (.steady, _): "No rotation is under way."
        case (.generating, _): "The next key is being created."
        case (.prepared, .rollbackReported):
            "No upload was reported yet, so there is nothing to roll back; abort the rotation instead."
        case (.publishing, .abandoned), (.proving, .abandoned):
            "The next certificate may already be uploaded, so it cannot be given up; roll back instead."
        case (.retiring, .uploadReported):
            "The certificate is already in force everywhere, so there is nothing to confirm."
        case (.retiring, .abandoned): "The rotation is over; roll back to return to the former certificate."
        case (.prepared, _), (.publishing, _), (.proving, _), (.retiring, _), (.destroying, _):
            "The rotation is in the state `\(refusal.state.name.rawValue)`, which does not allow this."
        }
    }

    /// Returns an event's sentence for the log.
    ///
    /// - Parameters:
    ///   - rotation: The rotation after the event.
    ///   - oldKey: `former`, `rolled-back` or `given-up`.
    private static func words(for event: Rotation.Event, _ rotation: Rotation, oldKey: String) -> String {
        let wanted = rotation.isRolledBack ? "former" : "next"
        return switch event {
        case .begun: "The rotation began."
        case .nextCreated: "The next key and its certificate were created."
        case .uploadReported: "Reported: the certificate was saved in the app."
        case .accepted where rotation.state.name == .proving: "A server accepted a signature of the \(wanted) key."
        case .accepted, .refused, .neitherAccepted: "The org answered."
        case .proven where rotation.isRolledBack:
            "The former certificate is in force again; the rolled-back key is kept for a while."
        case .proven: "The next certificate is in force; the former key is kept for a while."
        case .rollbackReported: "Rolled back: the \(wanted) certificate is to be in force again."
        case .abandoned: "The next certificate was given up; its key is kept for a while."
        case .oldCompromised: "Reported: the former key is compromised, so it is kept no longer than necessary."
        case .destructionBegan: "The \(oldKey) key is refused everywhere and will be destroyed."
        case .destroyed: "The \(oldKey) key was destroyed."
        }
    }
}

extension RotationRecord {
    /// Returns whether an answer must be saved. An expected answer that proves nothing need not be saved, for example if
    /// the active key is accepted before the upload.
    func mustSave(_ event: Rotation.Event) -> Bool {
        switch (rotation.state, event) {
        case (.prepared(let active, _, _), .accepted(let id)), (.retiring(let active, _, _), .accepted(let id)):
            id != active || rotation.evidence.neitherAt != nil
        case (.steady, _), (.generating, _), (.destroying, _): false
        case (.prepared, _), (.publishing, _), (.proving, _), (.retiring, _): true
        }
    }
}

extension AppRecord {
    /// Returns this record with the kind and Consumer Key of the other app, for sign-ins and guides; unchanged if there
    /// is none.
    func `asOtherApp`(_ other: RotationRecord.OtherApp?) -> AppRecord {
        guard let other else { return self }
        var app = self
        app.kind = other.kind
        app.consumerKey = other.consumerKey
        app.nameInSetup = nil
        return app
    }
}
