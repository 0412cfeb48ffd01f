/// A page of Setup without its frame: the mark of the simulation, the menu and messages.
struct SetupPage: Sendable {
    let title: String
    /// The menu entry that the page belongs to.
    let place: SetupPlace
    let content: HTML

    init(_ title: String, _ place: SetupPlace, _ content: HTML...) {
        self.title = title
        self.place = place
        self.content = HTML(joining: content)
    }

    /// A page that asks for confirmation before an irreversible change. Its form posts to the page's own path.
    ///
    /// - Parameters:
    ///   - button: The label of the button that confirms.
    ///   - fields: Hidden fields of the form.
    ///   - cancel: The path that *Cancel* leads to.
    static func confirmation(
        _ title: String, _ visit: SetupVisit, _ question: HTML, button: String,
        fields: [(name: String, value: String)] = [], cancel: String
    ) -> SetupPage {
        SetupPage(
            title, visit.place,
            .form(
                visit.path(visit.action), token: visit.formToken,
                HTML(joining: fields.map { .hidden($0.name, $0.value) }),
                .section(
                    "Are you sure?", .paragraph(question, .unconfirmed),
                    .actions(.submit(button), .link("Cancel", to: cancel)))))
    }

    /// The first line of every page. Tests look for it.
    static let mark = "Simulation — this is not Salesforce"

    /// Returns the whole document with menu, notice and problem.
    ///
    /// - Parameters:
    ///   - notice: A message about the previous step, in one sentence.
    ///   - problem: Why nothing was saved, in one sentence. Tests find it by its class, `problem`.
    ///   - search: The text in *Quick Find*, which filters the menu.
    func document(of org: Org, notice: String?, problem: String?, search: String) -> String {
        Self.frame(
            "\(title) | \(org.name)",
            .element(
                "div", menu(search),
                .element(
                    "main", .element("h1", HTML(title)),
                    notice.map { .element("p", HTML($0), attributes: ["class": "notice", "role": "status"]) }
                        ?? .nothing,
                    problem.map { .element("p", HTML($0), attributes: ["class": "problem", "role": "alert"]) }
                        ?? .nothing,
                    content),
                attributes: ["class": "columns"]))
    }

    /// Returns a whole document with its head, and with the mark of the simulation above the content.
    static func frame(_ title: String, _ content: HTML) -> String {
        HTML.document(
            .element(
                "head", .void("meta", ["charset": "utf-8"]),
                .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
                .void("link", ["rel": "icon", "href": "data:,"]),
                .element("title", HTML("\(title) (simulation)")), .style(SetupStyle.sheet)),
            .element("body", .element("p", HTML(mark), attributes: ["class": "mark"]), content))
    }

    private func menu(_ search: String) -> HTML {
        let found = SetupPlace.found(search)
        let groups = SetupPlace.groups.compactMap { group -> HTML? in
            let places = found.filter { $0.group == group }
            guard !places.isEmpty else { return nil }
            return [
                .element("h2", HTML(group)),
                .element("ul", places.map { .element("li", entry($0)) }),
            ]
        }
        return .element(
            "nav",
            .element(
                "form", .element("label", "Quick Find", attributes: ["for": "quick-find"]),
                .void("input", ["type": "search", "id": "quick-find", "name": "find", "value": search]),
                attributes: ["method": "get", "action": SetupPlace.home.path]),
            groups.isEmpty ? .paragraph("No page of this Setup has that name.") : HTML(joining: groups),
            attributes: ["aria-label": "Setup"])
    }

    private func entry(_ place: SetupPlace) -> HTML {
        place == self.place
            ? .element("a", HTML(place.label), attributes: ["href": place.path, "aria-current": "page"])
            : .link(place.label, to: place.path)
    }
}
