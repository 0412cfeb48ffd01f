/// The endpoint of a query. Each answers its own objects, and many objects are in both; their envelopes differ. The raw
/// value is the endpoint's path below the version's path, and its name in the request history.
enum QueryEndpoint: String, Sendable {
    case data = "query"
    case tooling = "tooling/query"

    /// The path of the records of an answer, below the version's path.
    var recordPath: String { self == .data ? "sobjects" : "tooling/sobjects" }

    /// Whether the endpoint can query the object.
    func answers(_ object: OrgObject) -> Bool {
        switch self {
        case .data: object.isInData
        case .tooling: object.isInTooling
        }
    }
}
