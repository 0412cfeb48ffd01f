/// Where a query was sent: each address has objects and an envelope of its own.
enum QueryEndpoint: String, Sendable {
    case data = "query"
    case tooling = "tooling/query"

    /// Where the records of an answer are, below the version's path.
    var recordPath: String { self == .data ? "sobjects" : "tooling/sobjects" }

    func answers(_ object: SetupObject) -> Bool { self == .data || object.isInTooling }
}
