import Foundation

// The names of these properties are JSON keys of the management API and must not change.

/// The clock, as `GET` and `POST /clock` return it.
struct ClockView: Codable, Equatable, Sendable {
    var orgTime: Date
    var wallTime: Date
    /// Seconds of org time for each second of wall time, also while org time is frozen.
    var speed: Double
    var frozen: Bool
    /// The offset of the `Date` header and the check of `exp` from wall time.
    var dateHeaderOffsetSeconds: Double
}

/// The body of `POST /clock`. It has one or more members, which are applied in this order.
struct ClockAdjustment: Decodable, Sendable {
    /// The seconds by which org time advances, from 0. Org time never goes back.
    var step: Double?
    /// Seconds of org time for each second of wall time, above 0.
    var speed: Double?
    var frozen: Bool?

    private enum CodingKeys: CodingKey { case step, speed, frozen }

    init() {}

    init(from decoder: any Decoder) throws {
        let keys = try decoder.strictContainer(keyedBy: CodingKeys.self)
        step = try keys.decodeIfPresent(Double.self, forKey: .step)
        speed = try keys.decodeIfPresent(Double.self, forKey: .speed)
        frozen = try keys.decodeIfPresent(Bool.self, forKey: .frozen)
    }

    /// - Throws: ``StateProblem`` if a member is out of bounds, or there is none.
    func validate() throws(StateProblem) {
        if let step, !(0...1e10).contains(step) { throw StateProblem("step must be from 0 to 10000000000 seconds.") }
        if let speed, !(speed > 0 && speed <= 1_000_000) {
            throw StateProblem("speed must be above 0 and at most 1000000.")
        }
        if step == nil, speed == nil, frozen == nil { throw StateProblem("Give step, speed or frozen.") }
    }
}

/// The changes that have not reached every server yet, as `GET /propagation` returns them.
struct PropagationView: Codable, Equatable, Sendable {
    /// One saved change of an app.
    struct Change: Codable, Equatable, Sendable {
        /// The org's name.
        var org: String
        /// The app's name.
        var app: String
        /// The number of the change among those of the app, from 1.
        var revision: Int
        /// `created`, `deleted`, or the keys that changed.
        var change: String
        /// The number of `servers` on which the change is in force.
        var inForceOn: Int
        var servers: Int
        /// The org time at which the change is in force on all servers.
        var completeAt: Date
    }

    var orgTime: Date
    /// Sorted by org, app and revision.
    var pending: [Change]
}

/// The recorded requests and sign-ins, oldest first, as `GET /history` returns them.
struct HistoryView: Codable, Equatable, Sendable {
    var requests: [RequestRecord]
    var logins: [LoginRecord]
}

extension OrgSimulation {
    func clockView() -> ClockView {
        let wall = wallTime
        let settings = clock.settings(at: wall)
        return ClockView(
            orgTime: clock.orgTime(at: wall), wallTime: wall, speed: settings.speed, frozen: settings.frozen,
            dateHeaderOffsetSeconds: settings.dateHeaderOffsetSeconds)
    }

    func adjustClock(_ adjustment: ClockAdjustment) -> ClockView {
        adjustClock { clock, wall in
            if let step = adjustment.step { clock.step(by: step, wall: wall) }
            if let speed = adjustment.speed { clock.setSpeed(speed, wall: wall) }
            if let frozen = adjustment.frozen { clock.setFrozen(frozen, wall: wall) }
        }
        return clockView()
    }

    /// Returns the changes to an org's apps that have not reached every server yet. The change that completes first
    /// comes first.
    func spreadingChanges(of org: Org) -> [OrgTimePage.Change] {
        propagation.pending(at: orgTime).filter { $0.id.org == org.id }.map { id, version in
            let app = propagation.lastKnown(id)?.shownName ?? id.app
            return OrgTimePage.Change(app: app, change: version.change, inForce: version.effectiveTimes)
        }.sorted { ($0.inForce.max() ?? orgTime, $0.app) < ($1.inForce.max() ?? orgTime, $1.app) }
    }

    func propagationView() -> PropagationView {
        let now = orgTime
        let pending = propagation.pending(at: now).map { id, version in
            let org = state.orgs.first { $0.id == id.org }
            return PropagationView.Change(
                org: org?.name ?? id.org, app: propagation.lastKnown(id)?.name ?? id.app, revision: version.revision,
                change: version.change, inForceOn: version.effectiveTimes.count { $0 <= now },
                servers: version.effectiveTimes.count, completeAt: version.effectiveTimes.max() ?? now)
        }
        return PropagationView(
            orgTime: now, pending: pending.sorted { ($0.org, $0.app, $0.revision) < ($1.org, $1.app, $1.revision) })
    }

    func historyView() -> HistoryView { HistoryView(requests: history.requests, logins: history.logins) }

    func clearHistory() { history.clear() }
}
