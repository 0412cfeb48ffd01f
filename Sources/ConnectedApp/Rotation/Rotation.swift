internal import Foundation

/// The replacement of an app's certificate, as a state machine without clock, I/O or randomness.
///
/// A Salesforce app has one certificate slot. Saving another certificate there is the cut-over. aprity does not learn
/// when that happens, and the change reaches the org's servers one by one. So both keys sign until it is proven which
/// one the org trusts. The next step depends only on the saved state and the time, so a restart does not matter.
///
/// Keys are named by the ids of their credentials. A rotation is stored in ``RotationRecord``: the names of properties,
/// and the names and labels of the states, must not change.
struct Rotation: Codable, Sendable, Equatable {
    enum State: Codable, Sendable, Equatable {
        /// The org trusts `active`, as far as aprity knows; no other key exists.
        case steady(active: String)
        /// `next` is being created; its key may exist already.
        case generating(active: String, next: String)
        /// `next` exists, and its certificate can be downloaded. Somebody may upload it without reporting it.
        case prepared(active: String, next: String, since: Date)
        /// An admin reported that the certificate of `next` was saved in the app, but no server has accepted it yet.
        /// The org's answer or a rollback ends this state. After a rollback, `next` is the former key.
        case publishing(active: String, next: String, since: Date)
        /// A server accepted `next`; others may still trust `active`.
        case proving(active: String, next: String, since: Date)
        /// The org trusts `active`. `old` is kept at least until the date, and is tried if `active` is refused. `old` is
        /// the former key, or a next key that was given up.
        case retiring(active: String, old: String, until: Date)
        /// No process signs with `old` any more; its key may already be destroyed.
        case destroying(active: String, old: String)
    }

    /// What happened. An answer of the org names its key, so that a late answer is attributed to the right key.
    enum Event: Codable, Sendable, Equatable {
        case begun(next: String)
        /// The next key and its certificate were created.
        case nextCreated
        /// An admin reported that the next certificate was saved in the app.
        case uploadReported
        /// A server of the org accepted a signature of this key.
        case accepted(String)
        /// A server of the org refused a signature of this key.
        case refused(String)
        /// One server refused both keys.
        case neitherAccepted
        /// There is enough evidence; see ``Rotation/isProven(at:)``.
        case proven
        /// An admin wants the former certificate to be in force again, and will save it in the app.
        case rollbackReported
        /// An admin gave up the next certificate, which was not uploaded as far as they know.
        case abandoned
        /// The key that is kept is compromised, so it is kept no longer than necessary.
        case oldCompromised
        /// From now on, no process signs with the old key.
        case destructionBegan
        /// The old key was destroyed.
        case destroyed
    }

    /// The error for an event that the state does not allow. The rotation is unchanged.
    struct Refusal: Error, Equatable {
        let state: State
        let event: Event
    }

    private(set) var state: State
    /// What the org answered since the state began.
    private(set) var evidence = Evidence()
    /// Whether `next` belongs to a second app. `active` stays in use while the second app is tried.
    let hasTwoApps: Bool
    /// The next key that an admin gave up; `nil` if there is none, and in records of older versions.
    private(set) var givenUp: String?
    /// The key that was in force when the rotation began; `nil` before, and in records of older versions.
    private(set) var replaces: String?
    /// When somebody rolled back, as long as no upload was reported or seen since; otherwise `nil`.
    private(set) var rolledBackAt: Date?

    /// Creates a rotation that has not begun.
    init(steadyWith active: String, hasTwoApps: Bool = false) {
        state = .steady(active: active)
        self.hasTwoApps = hasTwoApps
    }

    /// Applies an event to the state.
    ///
    /// - Throws: ``Refusal`` with the unchanged state and the event.
    mutating func apply(_ event: Event, at now: Date) throws(Refusal) {
        let refusal = Refusal(state: state, event: event)
        switch (state, event) {
        case (.steady(let active), .begun(let next)):
            replaces = active
            state = .generating(active: active, next: next)
        case (.generating(let active, _), .abandoned):
            enter(.steady(active: active))
        case (.generating(let active, let next), .nextCreated):
            enter(.prepared(active: active, next: next, since: now))
        case (.prepared(let active, let next, _), .uploadReported),
            (.publishing(let active, let next, _), .uploadReported),
            (.proving(let active, let next, _), .uploadReported):
            enter(.publishing(active: active, next: next, since: now))
        case (.prepared(let active, let next, _), .abandoned):
            givenUp = next
            enter(.retiring(active: active, old: next, until: now.addingTimeInterval(Self.leastRetirement)))
        case (.publishing(let active, let next, _), .rollbackReported),
            (.proving(let active, let next, _), .rollbackReported):
            enter(.publishing(active: next, next: active, since: now))
            rolledBackAt = now
        case (.retiring(let active, let old, _), .rollbackReported):
            guard !isGivenUp else { throw refusal }
            enter(.publishing(active: active, next: old, since: now))
            rolledBackAt = now
        case (.proving(let active, let next, _), .proven):
            guard isProven(at: now) else { throw refusal }
            enter(.retiring(active: next, old: active, until: now.addingTimeInterval(Self.leastRetirement)))
        case (.retiring(let active, let old, let until), .oldCompromised):
            state = .retiring(active: active, old: old, until: min(until, now))
        case (.retiring(let active, let old, let until), .destructionBegan):
            guard now >= until, mayDestroy(at: now) else { throw refusal }
            enter(.destroying(active: active, old: old))
        case (.destroying(let active, _), .destroyed):
            enter(.steady(active: active))
        case (.prepared, .accepted(let id)), (.prepared, .refused(let id)), (.publishing, .accepted(let id)),
            (.publishing, .refused(let id)), (.proving, .accepted(let id)), (.proving, .refused(let id)),
            (.retiring, .accepted(let id)), (.retiring, .refused(let id)):
            guard id == state.active || id == state.other else { throw refusal }
            applyAnswer(of: id, isAccepted: event == .accepted(id), at: now)
        case (.prepared, .neitherAccepted), (.publishing, .neitherAccepted), (.proving, .neitherAccepted),
            (.retiring, .neitherAccepted):
            evidence.neitherAt = now
        case (.steady, _), (.generating, _), (.prepared, _), (.publishing, _), (.proving, _), (.retiring, _),
            (.destroying, _):
            throw refusal
        }
    }

    /// Enters a state and drops the evidence of the state before, except which key was accepted last.
    private mutating func enter(_ next: State) {
        state = next
        rolledBackAt = nil
        evidence = Evidence(lastAccepted: evidence.lastAccepted)
    }

    /// Applies the org's answer to a signature of a key.
    private mutating func applyAnswer(of id: String, isAccepted: Bool, at now: Date) {
        switch state {
        case .prepared(let active, let next, _), .publishing(let active, let next, _):
            if id == next, isAccepted { enter(.proving(active: active, next: next, since: now)) }
        case .retiring(let active, let old, _):
            // The cut-over was not complete: either this server never answered before, or somebody uploaded the old
            // certificate again.
            if id == old, isAccepted, !hasTwoApps { enter(.proving(active: old, next: active, since: now)) }
        case .proving, .steady, .generating, .destroying: break
        }
        // With two apps, the present app rightly accepts its own key until the second app is proven. Until then, answers
        // to that key prove nothing, so they do not count.
        if hasTwoApps, id != state.wanted, state.next != nil {
            return evidence.noteUncounted(id, isAccepted: isAccepted, at: now)
        }
        evidence.add(isAccepted: isAccepted, of: id, isWanted: (id == state.wanted) == isAccepted, at: now)
    }
}

extension Rotation {
    /// What to do instead of something that the state does not allow, as a command and on the Settings page. ALIAS is
    /// replaced by the name of the error's connection.
    struct Remedy {
        let inCommands: String
        let onPage: String

        static let begin = Remedy(
            inCommands: "To begin one, run `aprity rotate start ALIAS`.",
            onPage: "To begin one, choose Certificate rotation on the page of the connection.")
        fileprivate static let rollBack = Remedy(
            inCommands: "Run `aprity rotate rollback ALIAS`.", onPage: "Choose Roll back on the page of the rotation.")
        fileprivate static let abort = Remedy(
            inCommands: "Run `aprity rotate abort ALIAS`.",
            onPage: "Choose Give up the next certificate on the page of the rotation.")
    }

    /// Returns what to do instead of an event; `nil` if there is nothing but to wait.
    ///
    /// - Parameter event: The event that the state does not allow; `nil` if another step is not allowed.
    func remedy(insteadOf event: Event?) -> Remedy? {
        switch state.name {
        case .steady: .begin
        case .prepared: event == .rollbackReported ? .abort : nil
        case .publishing, .proving: event == .abandoned ? .rollBack : nil
        case .generating, .retiring, .destroying: nil
        }
    }

    /// The keys to sign with, the one that the org is most likely to accept first. The second one is tried if the first
    /// is refused.
    var signingOrder: [String] {
        guard let other = state.other else { return [state.active] }
        let isOtherLikelier = !hasTwoApps && evidence.lastAccepted == other
        return isOtherLikelier ? [other, state.active] : [state.active, other]
    }

    /// Whether the key that is kept or being destroyed is a given-up next key, not a former one.
    var isGivenUp: Bool {
        switch state {
        case .retiring(_, let old, _), .destroying(_, let old): old == givenUp
        case .steady, .generating, .prepared, .publishing, .proving: false
        }
    }

    /// Whether the key to keep is the one that was in force when the rotation began, because somebody rolled back.
    var isRolledBack: Bool {
        switch state {
        case .steady, .generating, .prepared: false
        case .publishing, .proving, .retiring, .destroying: state.wanted == replaces && !isGivenUp
        }
    }
}

extension Rotation.State {
    /// The credential that the app's connections use. Its key is usually tried first; see ``Rotation/signingOrder``.
    var active: String {
        switch self {
        case .steady(let active), .generating(let active, _), .prepared(let active, _, _),
            .publishing(let active, _, _), .proving(let active, _, _), .retiring(let active, _, _),
            .destroying(let active, _):
            active
        }
    }

    /// The other key that may sign; `nil` if there is none.
    var other: String? {
        switch self {
        case .prepared(_, let next, _), .publishing(_, let next, _), .proving(_, let next, _): next
        case .retiring(_, let old, _): old
        case .steady, .generating, .destroying: nil
        }
    }

    /// The credential whose certificate an admin has to upload; `nil` if there is none.
    var next: String? {
        switch self {
        case .prepared(_, let next, _), .publishing(_, let next, _), .proving(_, let next, _): next
        case .steady, .generating, .retiring, .destroying: nil
        }
    }

    /// Returns whether a former or given-up key must still be kept after the date. `false` in every state but `retiring`.
    func keepsOld(after date: Date) -> Bool {
        guard case .retiring(_, _, let until) = self else { return false }
        return until > date
    }

    /// The key that every server must trust in the end: the key to keep. The other one is the key to be replaced.
    var wanted: String { next ?? active }

    /// When the state began; `nil` if that is not recorded.
    var since: Date? {
        switch self {
        case .prepared(_, _, let since), .publishing(_, _, let since), .proving(_, _, let since): since
        case .steady, .generating, .retiring, .destroying: nil
        }
    }

    var name: RotationStateName {
        switch self {
        case .steady: .steady
        case .generating: .generating
        case .prepared: .prepared
        case .publishing: .publishing
        case .proving: .proving
        case .retiring: .retiring
        case .destroying: .destroying
        }
    }
}

/// The name of a rotation's state, without the state's values. The raw value is its name in JSON, in metrics, in the
/// audit record, in `rotate status` and in the manual. The page of a rotation has labels of its own.
package enum RotationStateName: String, Codable, Sendable, CaseIterable {
    case steady, generating, prepared, publishing, proving, retiring, destroying
}
