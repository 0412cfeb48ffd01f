/// The endpoint of a query. `data` answers every object, `tooling` those of the Tooling API; their envelopes differ. The
/// raw value is the endpoint's path below the version's path, and its name in the request history.
enum QueryEndpoint: String, Sendable {
    case data = "query"
    case tooling = "tooling/query"

    /// The path of the records of an answer, below the version's path.
    var recordPath: String { self == .data ? "sobjects" : "tooling/sobjects" }

    /// Whether the endpoint can query the object.
    func answers(_ object: SetupObject) -> Bool { self == .data || object.isInTooling }
}
