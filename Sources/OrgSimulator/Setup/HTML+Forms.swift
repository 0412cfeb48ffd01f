/// Forms and their fields.
extension HTML {
    /// A form that changes something. It uses POST and includes the form token that every change requires.
    ///
    /// - Parameters:
    ///   - action: The path that the form is sent to.
    ///   - isUpload: Whether the form has a file field, which needs another encoding.
    static func form(
        _ action: String, token: String, _ parts: HTML..., isUpload: Bool = false, inNewTab: Bool = false
    ) -> HTML {
        let hidden = hidden(SetupForm.tokenField, token)
        let encoding = isUpload ? "multipart/form-data" : "application/x-www-form-urlencoded"
        return element(
            "form", [hidden] + parts,
            attributes: [
                "method": "post", "action": action, "enctype": encoding, "target": inNewTab ? "_blank" : "_self",
            ])
    }

    /// A form with a single button.
    static func button(_ label: String, posts action: String, token: String, inNewTab: Bool = false) -> HTML {
        form(action, token: token, submit(label), inNewTab: inNewTab)
    }

    static func submit(_ label: String) -> HTML {
        element("button", HTML(label), attributes: ["type": "submit"])
    }

    /// A submit button that sends its own name and value.
    static func submit(_ label: String, _ name: String, _ value: String) -> HTML {
        element("button", HTML(label), attributes: ["type": "submit", "name": name, "value": value])
    }

    /// A button that opens a page. It changes nothing, so it needs no form token.
    ///
    /// - Parameter fields: The fields of the query.
    static func opening(_ label: String, _ path: String, _ fields: [(name: String, value: String)] = []) -> HTML {
        element(
            "form", fields.map { hidden($0.name, $0.value) } + [submit(label)],
            attributes: ["method": "get", "action": path])
    }

    static func hidden(_ name: String, _ value: String) -> HTML {
        void("input", ["type": "hidden", "name": name, "value": value])
    }

    static func textField(
        _ label: String, _ name: String, _ value: String, hint: String = "", isRequired: Bool = false
    ) -> HTML {
        let field =
            isRequired
            ? void("input", ["type": "text", "id": name, "name": name, "value": value, "required": ""])
            : void("input", ["type": "text", "id": name, "name": name, "value": value])
        return element("div", fieldLabel(label, name), field, small(hint), attributes: ["class": "field"])
    }

    static func textArea(_ label: String, _ name: String, hint: String) -> HTML {
        element(
            "div", fieldLabel(label, name),
            element("textarea", attributes: ["id": name, "name": name, "rows": "4", "spellcheck": "false"]),
            small(hint), attributes: ["class": "field"])
    }

    static func fileField(_ label: String, _ name: String, hint: String) -> HTML {
        element(
            "div", fieldLabel(label, name), void("input", ["type": "file", "id": name, "name": name]),
            small(hint), attributes: ["class": "field"])
    }

    /// A list from which one value can be chosen.
    ///
    /// - Parameters:
    ///   - value: The value that is chosen at first.
    ///   - options: The values and their visible texts.
    ///   - hidesLabel: Whether to show no label, for example in a table with headings. Screen readers still read it.
    static func choice(
        _ label: String, _ name: String, _ value: String, _ options: [(String, String)], hidesLabel: Bool = false
    ) -> HTML {
        let written = options.map { option, text in
            option == value
                ? element("option", HTML(text), attributes: ["value": option, "selected": ""])
                : element("option", HTML(text), attributes: ["value": option])
        }
        if hidesLabel { return element("select", written, attributes: ["name": name, "aria-label": label]) }
        return element(
            "div", fieldLabel(label, name), element("select", written, attributes: ["id": name, "name": name]),
            attributes: ["class": "field"])
    }

    /// A checkbox. The form contains its field only if it is ticked.
    static func tick(_ label: HTML, _ name: String, value: String = "1", isTicked: Bool) -> HTML {
        element("label", box(name, value, isTicked), " ", label, attributes: ["class": "tick"])
    }

    /// A checkbox that shows `parts` only while it is ticked, without a script. ``SetupStyle`` hides them by the class
    /// names. Hidden fields are sent too.
    static func reveal(_ label: HTML, _ name: String, isTicked: Bool, _ parts: HTML...) -> HTML {
        let box =
            isTicked
            ? void(
                "input",
                ["type": "checkbox", "class": "reveals", "id": name, "name": name, "value": "1", "checked": ""])
            : void("input", ["type": "checkbox", "class": "reveals", "id": name, "name": name, "value": "1"])
        return element(
            "div", box, " ", element("label", label, attributes: ["for": name]),
            element("div", parts, attributes: ["class": "revealed"]), attributes: ["class": "reveal"])
    }

    /// Checkboxes with the same field name and a common title. The form contains a field for each ticked one.
    static func ticks(
        _ title: String, _ name: String, _ options: [(value: String, label: HTML)], ticked: Set<String>
    ) -> HTML {
        let boxes = options.map { tick($0.label, name, value: $0.value, isTicked: ticked.contains($0.value)) }
        return element("fieldset", [element("legend", HTML(title))] + boxes)
    }

    private static func box(_ name: String, _ value: String, _ isTicked: Bool) -> HTML {
        isTicked
            ? void("input", ["type": "checkbox", "name": name, "value": value, "checked": ""])
            : void("input", ["type": "checkbox", "name": name, "value": value])
    }

    private static func fieldLabel(_ text: String, _ name: String) -> HTML {
        element("label", HTML(text), attributes: ["for": name])
    }

    private static func small(_ text: String) -> HTML {
        text.isEmpty ? .nothing : element("small", HTML(text))
    }
}
