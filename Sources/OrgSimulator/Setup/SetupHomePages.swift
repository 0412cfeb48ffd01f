/// The pages *Setup Home*, *Company Information* and *My Domain*.
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
                        "This is a simulated org for practice and tests. It needs no login: you count as signed in as "
                            + "\(signedIn). Verification codes arrive by mail at ",
                        visit.management.link(to: "/mail"), "."),
                    .paragraph(
                        "Changes that you save affect how the org answers sign-ins. As in a real org, a change reaches "
                            + "the servers one after the other. ",
                        .link("Org Time", to: SetupPlace.orgTime.path),
                        " shows when each change is in force, and moves the time forward.")),
                .section("Places", .table(["Quick Find", "Page"], rows, empty: ""))))
    }

    static func companyInformation(_ visit: SetupVisit) throws(SetupRefusal) -> SetupOutcome {
        guard visit.isHome else { throw .notFound }
        return .page(
            SetupPage(
                "Company Information", .companyInformation,
                .section(
                    "Organization Detail",
                    .facts([
                        ("Organization Name", HTML(visit.org.name)),
                        (
                            "Salesforce.com Organization ID",
                            .element("code", HTML(visit.org.id), attributes: ["id": "organization-id"])
                        ),
                    ]))))
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
                        "If you open the org at a loopback address, the address counts as its My Domain too."
                    ))))
    }
}

extension SetupPage {
    private static let whatThisIs =
        "This is a simulation of a Salesforce org for tests. It is not Salesforce and contains no real data."

    /// Returns the page at `/` of an org. It explains the simulation and links to Setup.
    static func landing(of org: Org) -> String {
        let places = SetupPlace.allCases.filter { $0 != .home }.map {
            HTML.element("li", .link($0.label, to: $0.path))
        }
        return frame(
            org.name,
            .element(
                "main", .element("h1", HTML(org.name)),
                .section(
                    "What this is", .paragraph("\(whatThisIs) It needs no login."),
                    .actions(.link("⚙ Setup", to: SetupPlace.home.path)), .element("ul", places))))
    }

    /// Returns the page at `/` of `login.salesforce.com` and `test.salesforce.com`, which have no Setup.
    static func landing(at name: String) -> String {
        frame(
            name,
            .element(
                "main", .element("h1", "\(name).salesforce.com"),
                .section("What this is", .paragraph("\(whatThisIs) Setup is at each org's own address."))))
    }
}
