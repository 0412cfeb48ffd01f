/// Builds the patches that Setup pages save, in the format of `PATCH /state`. Changes are pairs of a key in the state
/// document and its new value.
enum SetupChange {
    static func org(_ org: Org, _ changes: [(String, JSONValue)]) -> JSONValue {
        let identity = [("id", JSONValue.string(org.id)), ("name", JSONValue.string(org.name))]
        return ["orgs": [.record(identity + changes)]]
    }

    static func app(_ app: App, of org: Org, _ changes: [(String, JSONValue)]) -> JSONValue {
        record("apps", ("name", app.name), of: org, changes)
    }

    static func removal(of app: App, from org: Org) -> JSONValue { self.app(app, of: org, [StatePatch.removal]) }

    static func user(_ user: User, of org: Org, _ changes: [(String, JSONValue)]) -> JSONValue {
        record("users", ("username", user.username), of: org, changes)
    }

    /// A change of one record of a list, or a new record.
    ///
    /// - Parameters:
    ///   - list: The key of the list in the org, such as `profiles`.
    ///   - identity: The key and value that identify the record; see ``StatePatch``.
    static func record(
        _ list: String, _ identity: (key: String, value: String), of org: Org, _ changes: [(String, JSONValue)]
    ) -> JSONValue {
        records(list, of: org, [.record([(identity.key, .string(identity.value))] + changes)])
    }

    /// A change of several records of one list.
    static func records(_ list: String, of org: Org, _ records: [JSONValue]) -> JSONValue {
        self.org(org, [(list, .array(records))])
    }
}

extension JSONValue {
    static func record(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { Member(key: $0.0, value: $0.1) })
    }

    static func strings(_ values: [String]) -> JSONValue { .array(values.map(JSONValue.string)) }
}
