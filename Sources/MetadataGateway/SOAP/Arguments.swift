internal import MetadataAPI

/// The children of an element, by name. Namespaces of arguments are not checked, as an org does not.
struct Arguments {
    let element: RequestElement

    init(_ element: RequestElement) { self.element = element }

    /// - Throws: ``Refusal`` if there is an argument with another name: nobody knows what it does.
    func allow(_ names: Set<String>) throws(Refusal) {
        for child in element.children where !names.contains(child.name) {
            throw Refusal(
                .notAllowed, "The gateway does not know \(Refusal.shown(child.name)) in \(Refusal.shown(element.name))."
            )
        }
    }

    func all(_ name: String) -> [RequestElement] { element.children(named: name) }

    func optional(_ name: String) throws(Refusal) -> RequestElement? {
        let found = all(name)
        guard found.count <= 1 else { throw Refusal(.notAllowed, "\(name) occurs twice.") }
        return found.first
    }

    func one(_ name: String) throws(Refusal) -> RequestElement {
        guard let found = try optional(name) else { throw Refusal(.notAllowed, "\(name) is missing.") }
        return found
    }

    /// The texts of elements without children.
    func texts(_ name: String) throws(Refusal) -> [String] {
        let found = all(name)
        guard found.allSatisfy({ $0.children.isEmpty }) else {
            throw Refusal(.notAllowed, "\(name) is a text.")
        }
        return found.map(\.text)
    }

    func version(_ name: String) throws(Refusal) -> APIVersion? {
        guard let text = try optional(name)?.text, !text.isEmpty else { return nil }
        // Clients write 66, 66.0 and, from a number, 66.00.
        guard let version = APIVersion(text.contains(".") ? text : text + ".0") else {
            throw Refusal(.notAllowed, "\(name) is no API version.")
        }
        try KnownVersions.check(version)
        return version
    }

    func flag(_ name: String) throws(Refusal) -> Bool? {
        switch try optional(name)?.text.lowercased() {
        case nil, "": return nil
        case "true", "1": return true
        case "false", "0": return false
        case _?: throw Refusal(.notAllowed, "\(name) is true or false.")
        }
    }
}
