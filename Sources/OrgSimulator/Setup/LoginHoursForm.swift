/// *Login Hours* of a profile: a start and an end time in UTC for each day of the week.
enum LoginHoursForm {
    /// In minutes since midnight.
    private static let wholeDay = 0...1_440

    /// The login hours on the profile's page.
    static func view(_ profile: Profile) -> HTML {
        guard !profile.loginHours.isEmpty else { return .paragraph("None: sign-ins at every hour.") }
        return .facts(
            LoginHours.Day.allCases.map { day in
                let text = text(ranges(day, profile))
                return (day.label, HTML(text.isEmpty ? "no sign-ins" : text))
            })
    }

    private static func ranges(_ day: LoginHours.Day, _ profile: Profile) -> [LoginHours] {
        profile.loginHours.filter { $0.day == day }
    }

    private static func text(_ ranges: [LoginHours]) -> String {
        ranges.map { "\(clock($0.startMinutes)) – \(clock($0.endMinutes))" }.joined(separator: ", ")
    }

    /// The form, with the entered times if it is shown again after a refusal.
    static func page(_ profile: Profile, _ visit: SetupVisit) -> SetupPage {
        let hasSeveral = LoginHours.Day.allCases.contains { ranges($0, profile).count > 1 }
        return SetupPage(
            "Login Hours of \(profile.name)", .profiles,
            .form(
                visit.path("edit-hours"), token: visit.formToken,
                .section(
                    "Login Hours",
                    .table(
                        ["Day", "Start Time", "End Time"],
                        LoginHours.Day.allCases.map { row($0, profile, visit.form) }, empty: ""),
                    hasSeveral
                        ? .note(
                            "This form has one range per day. Save does not change a day with several ranges. To "
                                + "change it, edit the state document or clear all times.")
                        : .nothing,
                    .note(
                        "Times are org time in UTC. If start and end are the same, nobody can sign in on that day. "
                            + "00:00 to 24:00 on all days means no restriction. A real org has its own time zone.")),
                .actions(.submit("Save"), .link("Cancel", to: visit.path("view")))),
            .button("Clear all times", posts: visit.path("clear-hours"), token: visit.formToken))
    }

    /// Returns the login hours that the form contains. A day with several ranges keeps them, because the form has no
    /// fields for it. The names of the fields are `sunday-start`, `sunday-end` and so on; their values are minutes
    /// since midnight.
    ///
    /// - Returns: An empty array for no restriction.
    /// - Throws: ``SetupRefusal`` if a time is missing or out of bounds, a day ends before it starts, or nobody could
    ///   sign in.
    static func hours(_ form: SetupForm, of profile: Profile) throws(SetupRefusal) -> [LoginHours] {
        var all: [LoginHours] = []
        for day in LoginHours.Day.allCases {
            let present = ranges(day, profile)
            guard present.count < 2 else {
                all += present
                continue
            }
            guard let start = form["\(day.rawValue)-start"].flatMap(Int.init),
                let end = form["\(day.rawValue)-end"].flatMap(Int.init), wholeDay.contains(start),
                wholeDay.contains(end)
            else {
                throw SetupRefusal("Nothing was saved: \(day.label) needs a start and an end from 00:00 to 24:00.")
            }
            guard start <= end else {
                throw SetupRefusal("Nothing was saved: \(day.label) ends before it starts.")
            }
            guard start < end else { continue }
            var hours = LoginHours(day: day)
            (hours.startMinutes, hours.endMinutes) = (start, end)
            all.append(hours)
        }
        guard !all.isEmpty else {
            throw SetupRefusal("Nothing was saved: nobody could sign in. Set login hours for at least one day.")
        }
        return all == LoginHours.Day.allCases.map(LoginHours.init(day:)) ? [] : all
    }

    static func changes(_ hours: [LoginHours]) -> [(String, JSONValue)] {
        let records = hours.map { hours in
            JSONValue.record([
                ("day", .string(hours.day.rawValue)), ("startMinutes", .integer(Int64(hours.startMinutes))),
                ("endMinutes", .integer(Int64(hours.endMinutes))),
            ])
        }
        return [("loginHours", .array(records))]
    }

    private static func row(_ day: LoginHours.Day, _ profile: Profile, _ form: SetupForm) -> [HTML] {
        let own = ranges(day, profile)
        if own.count > 1 { return [HTML(day.label), HTML(text(own)), .nothing] }
        let isOpen = profile.loginHours.isEmpty
        let start = own.first?.startMinutes ?? 0
        let end = own.first?.endMinutes ?? (isOpen ? wholeDay.upperBound : 0)
        return [
            HTML(day.label), choice(day, "start", form, start), choice(day, "end", form, end),
        ]
    }

    /// A choice of every full hour, and of the entered or saved time if it is not a full hour.
    ///
    /// - Parameter edge: `start` or `end`.
    private static func choice(_ day: LoginHours.Day, _ edge: String, _ form: SetupForm, _ saved: Int) -> HTML {
        let name = "\(day.rawValue)-\(edge)"
        let value = form[name].flatMap(Int.init) ?? saved
        let offered = Set(stride(from: 0, through: wholeDay.upperBound, by: 60)).union([value]).sorted()
        return .choice(
            "\(day.label), \(edge)", name, "\(value)", offered.map { ("\($0)", clock($0)) }, hidesLabel: true)
    }

    /// Formats minutes since midnight, such as `09:00`.
    private static func clock(_ minutes: Int) -> String {
        [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

extension LoginHours.Day {
    fileprivate var label: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
