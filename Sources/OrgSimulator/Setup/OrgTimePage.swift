import Foundation

/// *Org Time*: the clock for propagation, sessions, limits and login hours, and the changes that have not reached every
/// server yet. A real org has no such page.
enum OrgTimePage {
    /// A change of an app that some server does not have yet.
    struct Change: Sendable {
        let app: String
        /// `created`, `deleted`, or the changed keys of the state document.
        let change: String
        /// The org time from which each server has the change, by the server's index.
        let inForce: [Date]
    }

    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        guard visit.pathSegments == ["home"] else { throw .notFound }
        guard visit.isPost else { return .page(page(visit)) }
        do {
            return .adjustClock(try adjustment(visit), next: SetupNotice.moved.path(visit.place.path))
        } catch {
            throw error.on(page(visit))
        }
    }

    private static func adjustment(_ visit: SetupVisit) throws(SetupRefusal) -> ClockAdjustment {
        var adjustment = ClockAdjustment()
        adjustment.step = try step(visit)
        adjustment.speed = visit.form["speed"].flatMap(Double.init)
        adjustment.frozen = visit.form["frozen"].map { $0 == "true" }
        do {
            try adjustment.validate()
        } catch {
            throw SetupRefusal("Org time was not changed: \(error.description)")
        }
        return adjustment
    }

    /// Returns the seconds to move org time forward, or `nil` if the form does not move it. The page has three forms
    /// for it: a number of minutes, a button for all pending changes, and buttons with a step in seconds.
    private static func step(_ visit: SetupVisit) throws(SetupRefusal) -> Double? {
        if let minutes = visit.form["minutes"] {
            guard let minutes = Double(minutes), minutes > 0, minutes <= 1e8 else {
                throw SetupRefusal("Org time was not changed: Minutes must be a number above 0 and at most 100000000.")
            }
            return minutes * 60
        }
        guard visit.form.has("settle") else { return visit.form["step"].flatMap(Double.init) }
        guard let last = visit.pendingChanges.flatMap(\.inForce).max() else {
            throw SetupRefusal("Org time was not changed: every change is already in force on every server.")
        }
        return last.timeIntervalSince(visit.clock.orgTime)
    }

    private static func page(_ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Org Time", .orgTime,
            .paragraph(
                "Only the simulation has this page; a real org does not. All orgs of this simulator share one clock. "
                    + "Its time can only be moved forward."),
            now(visit), clockForms(visit), changes(visit),
            .note(
                "Programs can read and move the time at ", .element("code", HTML(visit.management.text(of: "/clock"))),
                ", and can read these changes at ", .element("code", HTML(visit.management.text(of: "/propagation"))),
                "."))
    }

    private static func now(_ visit: SetupVisit) -> HTML {
        let clock = visit.clock
        return .section(
            "Now",
            .facts([
                ("Org time", .element("time", HTML(clock.orgTime.formatted(.iso8601)), attributes: ["id": "org-time"])),
                ("Time of this machine", HTML(clock.wallTime.formatted(.iso8601))),
                ("Speed", HTML(clock.frozen ? "stopped" : label(ofSpeed: clock.speed))),
            ]),
            .note(
                "Org time is used for propagation, sessions, limits, login hours and Login History. An assertion's exp "
                    + "and the Date header use this machine's time."))
    }

    /// The steps that buttons offer, in seconds.
    private static let steps = [
        (60, "1 minute"), (600, "10 minutes"), (1_800, "30 minutes"), (7_200, "2 hours"), (86_400, "1 day"),
    ]
    /// The speeds on offer, in seconds of org time for each second of wall time.
    private static let speeds: [Double] = [1, 10, 60, 600]

    private static func clockForms(_ visit: SetupVisit) -> HTML {
        let speeds = (Set(speeds).union([visit.clock.speed])).sorted().map { ("\($0)", label(ofSpeed: $0)) }
        return .section(
            "Move org time forward",
            form(visit, .actions(HTML(joining: steps.map { .submit("+ \($1)", "step", "\($0)") }))),
            form(visit, .line(.textField("Minutes", "minutes", visit.form["minutes"] ?? ""), .submit("Move"))),
            form(visit, .line(.choice("Speed", "speed", "\(visit.clock.speed)", speeds), .submit("Set Speed"))),
            form(
                visit,
                .actions(
                    visit.clock.frozen
                        ? .submit("Let It Run", "frozen", "false") : .submit("Stop It", "frozen", "true"))))
    }

    private static func label(ofSpeed speed: Double) -> String {
        speed == 1 ? "normal" : "\(speed.formatted()) times normal"
    }

    private static func form(_ visit: SetupVisit, _ parts: HTML...) -> HTML {
        .form(visit.place.path, token: visit.formToken, HTML(joining: parts))
    }

    private static func changes(_ visit: SetupVisit) -> HTML {
        let now = visit.clock.orgTime
        let rows = visit.pendingChanges.map { change in
            [
                HTML(change.app), HTML.element("code", HTML(change.change)),
                HTML("\(change.inForce.count { $0 <= now }) of \(change.inForce.count) servers"),
                moment(change.inForce.filter { $0 > now }.min(), since: now),
                moment(change.inForce.max(), since: now),
            ]
        }
        return .section(
            "Pending changes",
            .table(
                ["App", "Change", "In force on", "Next server", "In force everywhere"], rows,
                empty: "Every change of this org is in force on every server."),
            rows.isEmpty
                ? .nothing : form(visit, .actions(.submit("Move Forward Until All Are in Force", "settle", "1"))),
            .note(
                "Only changes of apps take time. Changes of users, profiles and permission sets are in force at once."))
    }

    private static func moment(_ time: Date?, since now: Date) -> HTML {
        guard let time else { return .nothing }
        return [
            .element("time", HTML(time.formatted(.iso8601)), attributes: ["class": "when"]),
            .element(
                "small", HTML("in \(span(time.timeIntervalSince(now)))"), attributes: ["class": "when"]),
        ]
    }

    /// Formats a duration with its two largest units, such as `6 min 40 s`. Fractions of a second are rounded up.
    static func span(_ seconds: TimeInterval) -> String {
        let whole = Int(seconds.rounded(.up))
        let parts = [(whole / 86_400, "d"), (whole / 3_600 % 24, "h"), (whole / 60 % 60, "min"), (whole % 60, "s")]
        let shown = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0) \($1)" }
        return shown.isEmpty ? "0 s" : shown.joined(separator: " ")
    }
}
