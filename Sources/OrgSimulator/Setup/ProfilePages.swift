/// *Profiles*, their *Login IP Ranges* and *Login Hours*.
enum ProfilePages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        if visit.isHome { return .page(list(visit)) }
        guard visit.pathSegments.count == 2,
            let profile = visit.org.profiles.first(where: { $0.id == visit.pathSegments[0] })
        else { throw .notFound }
        switch (visit.action, visit.isPost) {
        case ("view", false): return .page(view(profile, visit))
        case ("new-range", false): return .page(newRange(profile, visit))
        case ("new-range", true): return try addRange(profile, visit)
        case ("delete-range", false): return .page(deletion(of: range(visit), visit))
        case ("delete-range", true):
            let gone = range(visit)
            return save(profile, visit, profile.loginIPRanges.filter { $0 != gone })
        case ("edit-hours", false): return .page(LoginHoursForm.page(profile, visit))
        case ("edit-hours", true): return try saveHours(profile, visit)
        case ("clear-hours", true): return save(profile, visit, "Login Hours", LoginHoursForm.changes([]))
        default: throw .notFound
        }
    }

    private static func save(_ profile: Profile, _ visit: SetupVisit, _ ranges: [IPRange]) -> SetupOutcome {
        let written = ranges.map { JSONValue.record([("start", .string($0.start)), ("end", .string($0.end))]) }
        return save(profile, visit, "Login IP Ranges", [("loginIPRanges", .array(written))])
    }

    private static func save(
        _ profile: Profile, _ visit: SetupVisit, _ what: String, _ changes: [(String, JSONValue)]
    ) -> SetupOutcome {
        .save(
            SetupChange.record("profiles", ("name", profile.name), of: visit.org, changes),
            what: "\(what) of a profile", then: SetupNotice.saved.path(visit.path("view")))
    }

    private static func saveHours(_ profile: Profile, _ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        do {
            return save(
                profile, visit, "Login Hours", LoginHoursForm.changes(try LoginHoursForm.hours(visit.form, of: profile))
            )
        } catch {
            throw error.on(LoginHoursForm.page(profile, visit))
        }
    }

    /// The range in the form, which may be invalid.
    private static func range(_ visit: SetupVisit) -> IPRange {
        IPRange(start: visit.form["start"] ?? "", end: visit.form["end"] ?? "")
    }

    private static func deletion(of range: IPRange, _ visit: SetupVisit) -> SetupPage {
        .confirmation(
            "Delete Login IP Range", visit,
            "\(range.start) to \(range.end) is deleted. If other ranges remain, users cannot sign in from these "
                + "addresses. If none remain, users can sign in from any address.",
            button: "Delete", fields: [("start", range.start), ("end", range.end)], cancel: visit.path("view"))
    }

    private static func list(_ visit: SetupVisit) -> SetupPage {
        let rows = visit.org.profiles.map { profile in
            [
                HTML.link(profile.name, to: visit.place.path(profile.id, "view")),
                HTML(String(visit.org.users.count { $0.profile == profile.name })),
            ]
        }
        return SetupPage(
            "Profiles", .profiles, .section("All Profiles", .table(["Profile Name", "Users"], rows, empty: "None.")))
    }

    private static func view(_ profile: Profile, _ visit: SetupVisit) -> SetupPage {
        let rows = profile.loginIPRanges.map { range in
            [
                HTML(range.start), HTML(range.end),
                HTML.opening(
                    "Delete", visit.path("delete-range"), [("start", range.start), ("end", range.end)]),
            ]
        }
        return SetupPage(
            profile.name, .profiles,
            .section(
                "Login IP Ranges", .actions(.link("New", to: visit.path("new-range"))),
                .table(
                    ["IP Start Address", "IP End Address", "Action"], rows,
                    empty: "None: users can sign in from any address.")),
            .section(
                "Login Hours", .actions(.link("Edit", to: visit.path("edit-hours"))), LoginHoursForm.view(profile)),
            .section("System Permissions", .list(profile.userPermissions, empty: "None.")))
    }

    private static func newRange(_ profile: Profile, _ visit: SetupVisit) -> SetupPage {
        SetupPage(
            "Login IP Ranges of \(profile.name)", .profiles,
            .form(
                visit.path("new-range"), token: visit.formToken,
                .section(
                    "Login IP Range",
                    .textField("IP Start Address", "start", visit.form["start"] ?? "", isRequired: true),
                    .textField("IP End Address", "end", visit.form["end"] ?? "", isRequired: true)),
                .actions(.submit("Save"), .link("Cancel", to: visit.path("view")))))
    }

    private static func addRange(_ profile: Profile, _ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        let range = range(visit)
        guard range.bounds != nil else {
            throw SetupRefusal(
                "Nothing was saved: enter two IPv4 or two IPv6 addresses, the lower one first.",
                page: newRange(profile, visit)
            )
        }
        return save(profile, visit, profile.loginIPRanges + [range])
    }
}
