/// *Profiles* and their *Login IP Ranges*.
enum ProfilePages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        if visit.isHome { return .page(list(visit)) }
        guard visit.steps.count == 2, let profile = visit.org.profiles.first(where: { $0.id == visit.steps[0] })
        else { throw .notFound }
        switch (visit.action, visit.isPost) {
        case ("view", false): return .page(view(profile, visit))
        case ("new-range", false): return .page(newRange(profile, visit))
        case ("new-range", true): return try addRange(profile, visit)
        case ("delete-range", true):
            let gone = IPRange(start: visit.form["start"] ?? "", end: visit.form["end"] ?? "")
            return save(profile, visit, profile.loginIPRanges.filter { $0 != gone })
        default: throw .notFound
        }
    }

    private static func save(_ profile: Profile, _ visit: SetupVisit, _ ranges: [IPRange]) -> SetupOutcome {
        let written = ranges.map { JSONValue.record([("start", .string($0.start)), ("end", .string($0.end))]) }
        return .save(
            SetupChange.record(
                "profiles", ("name", profile.name), of: visit.org, [("loginIPRanges", .array(written))]),
            what: "Login IP Ranges of a profile", then: SetupNotice.saved.after(visit.path("view")))
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
                HTML.form(
                    visit.path("delete-range"), token: visit.formToken, .hidden("start", range.start),
                    .hidden("end", range.end), .submit("Delete")),
            ]
        }
        return SetupPage(
            profile.name, .profiles,
            .section(
                "Login IP Ranges", .actions(.link("New", to: visit.path("new-range"))),
                .table(
                    ["IP Start Address", "IP End Address", "Action"], rows, empty: "None: sign-ins from everywhere.")),
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
        let range = IPRange(start: visit.form["start"] ?? "", end: visit.form["end"] ?? "")
        guard range.bounds != nil else {
            throw SetupRefusal(
                "Nothing was saved: these are not two addresses of one family in order.", page: newRange(profile, visit)
            )
        }
        return save(profile, visit, profile.loginIPRanges + [range])
    }
}
