package import Foundation

/// The change of an app's certificate for another one, as a value: no clock, no I/O, no randomness.
///
/// A Salesforce app has one certificate slot. Saving another certificate there is the cut-over, at a moment that nobody
/// tells us, and it reaches the org's servers one by one. So both keys sign until it is proven which one the org trusts.
/// What to do next is a function of what is saved here, asked again after every restart.
package struct Rotation: Codable, Sendable, Equatable {
    package enum State: Codable, Sendable, Equatable {
        /// The org trusts `active`, as far as is known here; no other key exists.
        case steady(active: String)
        /// It is written down that `next` is being made; the key may exist or not.
        case generating(active: String, next: String)
        /// `next` exists, and its certificate may be downloaded. Whoever has it may upload it without saying so.
        case prepared(active: String, next: String, since: Date)
        /// In doubt: an admin said that the certificate of `next` was saved in the app. Only an answer leaves this state.
        case publishing(active: String, next: String, since: Date)
        /// `next` was accepted somewhere; some servers may still trust `active`.
        case proving(active: String, next: String, since: Date)
        /// The org trusts `active`; `old` is kept, and tried where `active` is refused, until the date at least.
        case retiring(active: String, old: String, until: Date)
        /// Nobody signs with `old` any more; its key may be gone already or not.
        case destroying(active: String, old: String)
    }

    /// What happened. Keys are named by their credential's id, so that an answer that comes late says whose it was.
    package enum Event: Codable, Sendable, Equatable {
        case begun(next: String)
        case made
        /// An admin said that the certificate was saved in the app.
        case uploadTold
        /// A server of the org took a signature of this key.
        case accepted(String)
        /// A server of the org refused it.
        case refused(String)
        /// One server refused both keys.
        case neitherAccepted
        /// Enough was seen; see ``Evidence``.
        case proven
        /// An admin wants the former certificate back, and saves it in the app.
        case rollbackTold
        /// An admin gives the next certificate up.
        case abandoned
        /// The key that is kept is in other hands too: it is not to be kept any longer than it has to be.
        case oldCompromised
        case destructionBegan
        case destroyed
    }

    /// Why an event cannot be. Nothing was changed.
    package struct Refusal: Error, Equatable {
        package let state: State
        package let event: Event
    }

    package private(set) var state: State
    package private(set) var evidence = Evidence()
    /// `next` belongs to an app of its own, and `active` goes on serving while that is tried.
    package let hasTwoApps: Bool
    /// The next key that an admin gave up; `nil` if none was, and in records of older versions.
    package private(set) var givenUp: String?

    package init(steadyWith active: String, hasTwoApps: Bool = false) {
        state = .steady(active: active)
        self.hasTwoApps = hasTwoApps
    }

    /// Records what happened.
    ///
    /// - Throws: ``Refusal`` naming state and event; everything is as it was.
    package mutating func apply(_ event: Event, at now: Date) throws(Refusal) {
        let refusal = Refusal(state: state, event: event)
        switch (state, event) {
        case (.steady(let active), .begun(let next)):
            state = .generating(active: active, next: next)
        case (.generating(let active, _), .abandoned):
            become(.steady(active: active))
        case (.generating(let active, let next), .made):
            become(.prepared(active: active, next: next, since: now))
        case (.prepared(let active, let next, _), .uploadTold),
            (.publishing(let active, let next, _), .uploadTold),
            (.proving(let active, let next, _), .uploadTold):
            become(.publishing(active: active, next: next, since: now))
        case (.prepared(let active, let next, _), .abandoned):
            givenUp = next
            become(.retiring(active: active, old: next, until: now.addingTimeInterval(Self.leastRetirement)))
        case (.publishing(let active, let next, _), .rollbackTold), (.proving(let active, let next, _), .rollbackTold):
            become(.publishing(active: next, next: active, since: now))
        case (.retiring(let active, let old, _), .rollbackTold):
            guard !isGivenUp else { throw refusal }
            become(.publishing(active: active, next: old, since: now))
        case (.proving(let active, let next, _), .proven):
            guard isProven(at: now) else { throw refusal }
            become(.retiring(active: next, old: active, until: now.addingTimeInterval(Self.leastRetirement)))
        case (.retiring(let active, let old, let until), .oldCompromised):
            state = .retiring(active: active, old: old, until: min(until, now))
        case (.retiring(let active, let old, let until), .destructionBegan):
            guard now >= until, mayDestroy(at: now) else { throw refusal }
            become(.destroying(active: active, old: old))
        case (.destroying(let active, _), .destroyed):
            become(.steady(active: active))
        case (.prepared, .accepted(let id)), (.prepared, .refused(let id)), (.publishing, .accepted(let id)),
            (.publishing, .refused(let id)), (.proving, .accepted(let id)), (.proving, .refused(let id)),
            (.retiring, .accepted(let id)), (.retiring, .refused(let id)):
            guard id == state.active || id == state.other else { throw refusal }
            heed(id, isAccepted: event == .accepted(id), at: now)
        case (.prepared, .neitherAccepted), (.publishing, .neitherAccepted), (.proving, .neitherAccepted),
            (.retiring, .neitherAccepted):
            evidence.neitherAt = now
        case (.steady, _), (.generating, _), (.prepared, _), (.publishing, _), (.proving, _), (.retiring, _),
            (.destroying, _):
            throw refusal
        }
    }

    private mutating func become(_ next: State) {
        state = next
        evidence = Evidence(lastAccepted: evidence.lastAccepted)
    }

    /// What an answer changes.
    private mutating func heed(_ id: String, isAccepted: Bool, at now: Date) {
        switch state {
        case .prepared(let active, let next, _), .publishing(let active, let next, _):
            if id == next, isAccepted { become(.proving(active: active, next: next, since: now)) }
        case .retiring(let active, let old, _):
            // It was not over: a server that was never met, or somebody put the old certificate back.
            if id == old, isAccepted, !hasTwoApps { become(.proving(active: old, next: active, since: now)) }
        case .proving, .steady, .generating, .destroying: break
        }
        // Of two apps, the old one may go on as long as it likes until it is to retire.
        if hasTwoApps, id != state.wanted, state.next != nil {
            return evidence.mention(id, isAccepted: isAccepted, at: now)
        }
        evidence.add(isAccepted: isAccepted, of: id, isWanted: (id == state.wanted) == isAccepted, at: now)
    }
}

extension Rotation {
    /// The keys to sign with, the likeliest to be taken first. The other is for where that one is refused.
    package var order: [String] {
        guard let other = state.other else { return [state.active] }
        let isOtherLikelier = !hasTwoApps && evidence.lastAccepted == other
        return isOtherLikelier ? [other, state.active] : [state.active, other]
    }

    /// Whether the key that is kept, or being destroyed, is a next one that was given up, and no former one.
    package var isGivenUp: Bool {
        switch state {
        case .retiring(_, let old, _), .destroying(_, let old): old == givenUp
        case .steady, .generating, .prepared, .publishing, .proving: false
        }
    }
}

extension Rotation.State {
    /// The credential that the connections of the app count as theirs.
    package var active: String {
        switch self {
        case .steady(let active), .generating(let active, _), .prepared(let active, _, _),
            .publishing(let active, _, _), .proving(let active, _, _), .retiring(let active, _, _),
            .destroying(let active, _):
            active
        }
    }

    /// The other key that may sign; `nil` where there is none.
    package var other: String? {
        switch self {
        case .prepared(_, let next, _), .publishing(_, let next, _), .proving(_, let next, _): next
        case .retiring(_, let old, _): old
        case .steady, .generating, .destroying: nil
        }
    }

    /// Whose certificate an admin is to upload; `nil` where nothing is to be uploaded.
    package var next: String? {
        switch self {
        case .prepared(_, let next, _), .publishing(_, let next, _), .proving(_, let next, _): next
        case .steady, .generating, .retiring, .destroying: nil
        }
    }

    /// Whether a former key is kept beyond the date, to be on the safe side.
    func keepsOld(after date: Date) -> Bool {
        guard case .retiring(_, _, let until) = self else { return false }
        return until > date
    }

    /// The key that every server is to trust in the end.
    var wanted: String { next ?? active }

    /// Since when; `nil` where that is not written down.
    package var since: Date? {
        switch self {
        case .prepared(_, _, let since), .publishing(_, _, let since), .proving(_, _, let since): since
        case .steady, .generating, .retiring, .destroying: nil
        }
    }

    package var name: RotationStateName {
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

/// Which state a rotation is in, without what the state carries.
public enum RotationStateName: String, Codable, Sendable, CaseIterable {
    case steady, generating, prepared, publishing, proving, retiring, destroying
}
