/// The first page, with *Quick Find*, and My Domain.
enum SetupHomePages {
    static func outcome(of visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        guard visit.isHome else { throw .notFound }
        let signedIn = visit.org.administrator.map { "\($0.shownName), \($0.username)" } ?? "an admin"
        let rows = SetupPlace.allCases.filter { $0 != .home }.map { place in
            [HTML(place.group), HTML.link(place.label, to: place.path)]
        }
        return .page(
            SetupPage(
                "Setup Home", .home,
                .section(
                    "About this simulation",
                    .paragraph(
                        "This is a simulated org for practice and tests. It asks for no login: you are taken to be "
                            + "signed in as \(signedIn). Verification codes arrive by mail, at ",
                        visit.management.link(to: "/mail"), "."),
                    .paragraph(
                        "What you save changes how the org answers sign-ins. As in a real org a change reaches its "
                            + "servers one after the other. ",
                        .link("Org Time", to: SetupPlace.orgTime.path),
                        " shows when each change is in force, and moves the time on.")),
                .section("Places", .table(["Quick Find", "Page"], rows, empty: ""))))
    }

    static func myDomain(_ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        guard visit.isHome else { throw .notFound }
        let domain = visit.org.myDomain
        return .page(
            SetupPage(
                "My Domain", .myDomain,
                .section(
                    "My Domain Details",
                    .facts([
                        ("Current My Domain URL", domain.isEmpty ? "none" : HTML("https://\(domain)")),
                        ("Organization ID", HTML(visit.org.id)),
                        ("Sandbox", visit.org.isSandbox ? "yes" : "no"),
                    ]),
                    .note(
                        "Called by a loopback address, as this page may be, that address counts as the My Domain too."
                    ))))
    }
}

extension SetupPage {
    private static let whatThisIs =
        "This is a simulation of a Salesforce org for tests. It is not Salesforce and holds no real data."

    /// What stands at `/` of an org: what this is, and the way to Setup.
    static func landing(of org: Org) -> String {
        let places = SetupPlace.allCases.filter { $0 != .home }.map {
            HTML.element("li", .link($0.label, to: $0.path))
        }
        return frame(
            org.name,
            .element(
                "main", .element("h1", HTML(org.name)),
                .section(
                    "What this is", .paragraph("\(whatThisIs) It asks for no login."),
                    .actions(.link("⚙ Setup", to: SetupPlace.home.path)), .element("ul", places))))
    }

    /// What stands at `/` of `login.salesforce.com` and `test.salesforce.com`, which have no Setup.
    static func landing(at name: String) -> String {
        frame(
            name,
            .element(
                "main", .element("h1", "\(name).salesforce.com"),
                .section("What this is", .paragraph("\(whatThisIs) Setup is at each org's own address."))))
    }
}
