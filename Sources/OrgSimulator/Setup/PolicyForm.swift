/// The form sections *OAuth Policies* and *Session Policies*, which both kinds of app have.
enum PolicyForm {
    static func label(_ policy: App.PermittedUsers) -> String {
        switch policy {
        case .allSelfAuthorized: "All users may self-authorize"
        case .adminApprovedPreAuthorized: "Admin approved users are pre-authorized"
        }
    }

    static func label(_ policy: App.IPRelaxation) -> String {
        switch policy {
        case .enforce: "Enforce IP restrictions"
        case .enforceButRelaxForRefresh: "Enforce IP restrictions, but relax for refresh tokens"
        case .relaxForActivatedDevices: "Relax IP restrictions for activated devices"
        case .relax: "Relax IP restrictions"
        }
    }

    static func sections(_ app: App) -> [HTML] {
        [
            .section(
                "OAuth Policies",
                .choice(
                    "Permitted Users", "permittedUsers", app.permittedUsers.rawValue,
                    App.PermittedUsers.allCases.map { ($0.rawValue, label($0)) }),
                .choice(
                    "IP Relaxation", "ipRelaxation", app.ipRelaxation.rawValue,
                    App.IPRelaxation.allCases.map { ($0.rawValue, label($0)) }),
                .note("JWT Bearer always enforces the Login IP Ranges of the user's profile, whatever is set here.")),
            .section(
                "Session Policies",
                .tick(
                    "High assurance session required", "highAssurance",
                    isTicked: app.requiredSessionLevel == .highAssurance),
                .choice("Timeout Value", "timeout", timeout(app), timeouts(app))),
        ]
    }

    /// Returns the changes that the form contains, with the keys of an app in the state document.
    ///
    /// - Throws: ``SetupRefusal`` if a field is missing or has a value that the form does not offer.
    static func changes(to app: App, _ form: SetupForm) throws(SetupRefusal) -> [(String, JSONValue)] {
        guard let users = form["permittedUsers"].flatMap(App.PermittedUsers.init(rawValue:)) else {
            throw notOffered("Permitted Users")
        }
        guard let relaxation = form["ipRelaxation"].flatMap(App.IPRelaxation.init(rawValue:)) else {
            throw notOffered("IP Relaxation")
        }
        guard let timeout = form["timeout"], timeouts(app).contains(where: { $0.0 == timeout }) else {
            throw notOffered("Timeout Value")
        }
        // The form has only one checkbox for three levels. If it is not ticked, a level below high assurance remains.
        let kept: App.SessionLevel = app.requiredSessionLevel == .highAssurance ? .standard : app.requiredSessionLevel
        let level = form.has("highAssurance") ? App.SessionLevel.highAssurance : kept
        return [
            ("permittedUsers", .string(users.rawValue)), ("ipRelaxation", .string(relaxation.rawValue)),
            ("requiredSessionLevel", .string(level.rawValue)),
            ("sessionTimeoutMinutes", Int64(timeout).map(JSONValue.integer) ?? .null),
        ]
    }

    private static func notOffered(_ label: String) -> SetupRefusal {
        SetupRefusal("Nothing was saved: \(label) is missing, or has a value that Setup does not offer.")
    }

    /// Whether the form disables self-authorization and the admin has not confirmed it yet. Setup then shows
    /// ``warning(_:_:cancel:)`` instead of saving.
    static func needsWarning(_ app: App, _ form: SetupForm) -> Bool {
        app.permittedUsers == .allSelfAuthorized && !form.has("confirmed")
            && form["permittedUsers"] == App.PermittedUsers.adminApprovedPreAuthorized.rawValue
    }

    /// The warning page. Its *OK* button sends the same form again, confirmed.
    ///
    /// - Parameter cancel: The path that *Cancel* leads to.
    static func warning(_ app: App, _ visit: SetupVisit, cancel: String) -> SetupPage {
        let copies = visit.form.fields.filter { !["notice", SetupForm.tokenField].contains($0.name) }
            .map { HTML.hidden($0.name, $0.value) }
        return SetupPage(
            app.shownName, visit.place,
            .form(
                visit.path(visit.action), token: visit.formToken, HTML(joining: copies), .hidden("confirmed", "1"),
                .section(
                    "Confirm",
                    .paragraph(
                        "Users who approved this app themselves lose access to it, unless they have one of its profiles "
                            + "or permission sets.", .unconfirmed),
                    .actions(.submit("OK"), .link("Cancel", to: cancel)))))
    }

    /// The chosen value of *Timeout Value*: minutes, or empty for *None*.
    private static func timeout(_ app: App) -> String { app.sessionTimeoutMinutes.map(String.init) ?? "" }

    /// The values on offer and their texts. A value from the state document is added if it is missing.
    private static func timeouts(_ app: App) -> [(String, String)] {
        let offered = Set([15, 30, 60, 120, 240, 480, 720, 1_440] + [app.sessionTimeoutMinutes].compactMap(\.self))
        return [("", "None")] + offered.sorted().map { (String($0), "\($0) minutes") }
    }
}
