package import Foundation

/// The rotation of one app as it is kept: the machine's value, and what happened around it.
package struct RotationRecord: RecordValue, Equatable {
    package static let kind = RecordKind.rotation

    /// The app that the other key belongs to, where that is not the same one.
    package struct OtherApp: Codable, Sendable, Equatable {
        package var kind: AppKind
        /// `nil` before it is told.
        package var consumerKey: String?
    }

    /// A moment that matters, for people.
    package struct Entry: Codable, Sendable, Equatable {
        package let time: Date
        package let what: String
        package let by: String
    }

    package let appID: String
    package private(set) var rotation: Rotation
    package var otherApp: OtherApp?
    package let begunAt: Date
    /// Of the next key and certificate.
    package private(set) var keySize = KeySize.bits2048
    package private(set) var certificateDays = 365
    /// Where the next key is made; `nil` in records of older versions: where this home makes its keys.
    package private(set) var keyStore: KeyStoreKind?
    /// When a probe was last begun, by whatever process: so that two do not ask for the same.
    package var lastProbe: Date?
    /// Sign-ins of this rotation's probes, and those of them that were refused.
    package var probes = 0
    package var probesRefused = 0
    /// What kept the last probe from having an answer; the cause's code.
    package var trouble: String?
    package private(set) var log: [Entry] = []

    package var recordID: String { appID }
    private static let longestLog = 100

    package init(_ rotation: Rotation, of appID: String, otherApp: OtherApp?, at now: Date) {
        self.rotation = rotation
        self.appID = appID
        self.otherApp = otherApp
        begunAt = now
    }

    /// A rotation that begins: its next key is to be made.
    ///
    /// - Parameters:
    ///   - next: The id of the next credential.
    ///   - otherApp: Where the next certificate belongs to a second app.
    ///   - keyStore: Where the next key is made.
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

    /// - Throws: ``ConnectedAppError`` with `.rotationRefused`; nothing is changed then.
    mutating func apply(_ event: Rotation.Event, at now: Date, by principal: Principal) throws(ConnectedAppError) {
        let former = rotation.state
        let key = rotation.isGivenUp ? "given-up" : "former"
        do { try rotation.apply(event, at: now) } catch { throw refusal(sentence(error)) }
        guard rotation.state != former || event == .uploadTold else { return }
        let by = principal.description
        log.append(Entry(time: now, what: Self.words(for: event, rotation.state, oldKey: key), by: by))
        log = log.suffix(Self.longestLog)
    }

    /// Applies an answer of the org, which may come too late: another process was quicker, or somebody rolled back.
    ///
    /// - Returns: Whether it was applied. If not, nothing is changed, and that is no failure. For what this process has just
    ///   found to be due use ``apply(_:at:by:)``: there a refusal is a mistake of ours.
    @discardableResult
    mutating func applyIfPossible(_ event: Rotation.Event, at now: Date, by principal: Principal) -> Bool {
        // The machine's refusal is the only error that `apply` throws.
        do { try apply(event, at: now, by: principal) } catch { return false }
        return true
    }

    /// Takes up an answer that could not be saved when it came.
    ///
    /// Only one that speaks against the end of the rotation counts. Without the others the rotation takes longer, and is
    /// as safe.
    ///
    /// - Parameter event: `nil`: what was answered is not known. It counts as a refusal of the key that stays.
    mutating func catchUp(with event: Rotation.Event?, at now: Date, by principal: Principal) {
        let event = event ?? .refused(rotation.state.wanted)
        if rotation.isContradicted(by: event) { applyIfPossible(event, at: now, by: principal) }
    }

    private func refusal(_ reason: String) -> ConnectedAppError {
        ConnectedAppError(.rotationRefused, detail: reason, evidence: ["state": rotation.state.name.rawValue])
    }

    /// - Throws: ``ConnectedAppError`` with `.rotationRefused`, saying why, if no other rotation can begin.
    func checkAnotherCanBegin() throws(ConnectedAppError) {
        if let reason = whyNoOtherCanBegin { throw refusal(reason) }
    }

    /// A sentence; `nil` if another rotation can begin.
    private var whyNoOtherCanBegin: String? {
        switch rotation.state {
        case .steady: nil
        case .generating: "The next key is being made."
        case .prepared, .publishing, .proving: "A rotation is under way already."
        case .retiring(_, _, let until) where rotation.isGivenUp:
            """
            The next certificate of the last rotation was given up. Its key is kept until \(until.ISO8601Format()) at least, in \
            case that certificate was uploaded; another rotation can begin when it is destroyed.
            """
        case .retiring(_, _, let until):
            """
            The former key of the last rotation is kept until \(until.ISO8601Format()) at least; another rotation can begin \
            when it is destroyed.
            """
        case .destroying:
            "The \(rotation.isGivenUp ? "given-up" : "former") key of the last rotation is being destroyed."
        }
    }

    private func sentence(_ refusal: Rotation.Refusal) -> String {
        if case .begun = refusal.event, let reason = whyNoOtherCanBegin { return reason }
        return switch (refusal.state, refusal.event) {
        case (.retiring(_, _, let until), .abandoned) where rotation.isGivenUp:
            "The next certificate was given up already; its key is kept until \(until.ISO8601Format()) at least."
        case (.retiring, .rollbackTold) where rotation.isGivenUp:
            "The next certificate was given up and was never in force, so there is nothing to roll back."
        case (.retiring, .uploadTold) where rotation.isGivenUp:
            """
            The next certificate was given up. Its key is still tried, so an upload of it interrupts nobody; upload the \
            certificate in force again.
            """
        case (.steady, _): "No rotation is under way."
        case (.generating, _): "The next key is being made."
        case (.prepared, .rollbackTold): "Nothing was uploaded yet, so there is nothing to roll back; abort instead."
        case (.publishing, .abandoned), (.proving, .abandoned):
            "The next certificate may have been uploaded already, so it cannot be given up; roll back instead."
        case (.retiring, .uploadTold): "The certificate is in force everywhere already; nothing is waited for."
        case (.retiring, .abandoned): "The rotation is over; to have the former certificate back, roll back."
        case (.prepared, _), (.publishing, _), (.proving, _), (.retiring, _), (.destroying, _):
            "This cannot be done while the rotation is \(refusal.state.name.rawValue)."
        }
    }

    /// - Parameter oldKey: What the key is called that was kept.
    private static func words(for event: Rotation.Event, _ state: Rotation.State, oldKey: String) -> String {
        switch event {
        case .begun: "The rotation began."
        case .made: "The next key and its certificate were made."
        case .uploadTold: "Told: the certificate was saved in the app."
        case .accepted where state.name == .proving: "A server took a signature of the next key."
        case .accepted, .refused, .neitherAccepted: "An answer of the org."
        case .proven: "The next certificate is in force; the former key is kept for a while."
        case .rollbackTold: "Told: the former certificate is to be in force again."
        case .abandoned: "The next certificate was given up; its key is kept for a while."
        case .oldCompromised: "Told: the former key is in other hands; it is not kept for long."
        case .destructionBegan: "The \(oldKey) key is refused everywhere, and is to be destroyed."
        case .destroyed: "The \(oldKey) key was destroyed."
        }
    }
}

extension RotationRecord {
    /// Whether an answer is worth a write: ordinary answers of a key that is taken as it should be are not.
    func heeds(_ event: Rotation.Event) -> Bool {
        switch (rotation.state, event) {
        case (.prepared(let active, _, _), .accepted(let id)), (.retiring(let active, _, _), .accepted(let id)):
            id != active || rotation.evidence.neitherAt != nil
        case (.steady, _), (.generating, _), (.destroying, _): false
        case (.prepared, _), (.publishing, _), (.proving, _), (.retiring, _): true
        }
    }
}

extension AppRecord {
    /// The same app of ours in another app of the org.
    func `as`(_ other: RotationRecord.OtherApp?) -> AppRecord {
        guard let other else { return self }
        var app = self
        app.kind = other.kind
        app.consumerKey = other.consumerKey
        app.nameInSetup = nil
        return app
    }
}
