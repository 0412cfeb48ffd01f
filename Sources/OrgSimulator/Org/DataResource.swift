/// A resource below `/services/data/vXX.0/` that the simulator implements.
enum DataResource: Equatable, Sendable {
    /// The list of resources.
    case resources
    case limits
    case query(QueryEndpoint)
    /// A later page of a result, identified by the last segment of its `nextRecordsUrl`, such as `01g…-2000`.
    case queryPage(QueryEndpoint, String)
    /// The list of objects.
    case objects(QueryEndpoint)
    case describe(QueryEndpoint, object: String)
    /// What can change the org, or reads rows without a query; see ``DirectAccess``.
    case direct(DirectAccess)

    /// - Parameter segments: The path segments after the version.
    /// - Returns: `nil` if the simulator does not implement the resource.
    init?(_ segments: some Collection<String>) {
        let segments = Array(segments)
        let endpoint: QueryEndpoint = segments.first == "tooling" ? .tooling : .data
        let rest = segments.dropFirst(endpoint == .tooling ? 1 : 0)
        switch (rest.first, rest.count) {
        case (nil, _) where endpoint == .data: self = .resources
        case ("limits", 1) where endpoint == .data: self = .limits
        case ("query", 1): self = .query(endpoint)
        case ("query", 2): self = .queryPage(endpoint, rest[rest.index(before: rest.endIndex)])
        case ("sobjects", 1): self = .objects(endpoint)
        case ("sobjects", 3) where rest.last == "describe":
            self = .describe(endpoint, object: segments[segments.count - 2])
        default:
            guard let access = DirectAccess(Array(rest), at: endpoint) else { return nil }
            self = .direct(access)
        }
    }

    /// Returns the list of a version's resources, with the names and order of "List Available REST Resources" (REST API
    /// Developer Guide, v60.0). Like an org's list, it has more resources than the simulator implements.
    ///
    /// - Parameter identity: The caller's identity URL. It is the only absolute URL in the list.
    static func list(version: Int, identity: String) -> JSONValue {
        .record(
            names.map { name in
                (name, .string(name == "identity" ? identity : "/services/data/v\(version).0/\(name)"))
            })
    }

    private static let names = """
        tooling metadata eclair folders prechatForms contact-tracing jsonxform chatter payments tabs appMenu quickActions \
        queryAll commerce wave iot analytics search smartdatadiscovery identity composite parameterizedSearch fingerprint \
        theme nouns domino event serviceTemplates recent connect licensing limits process dedupe async-queries query jobs \
        localizedvalue mobile emailConnect consent tokenizer compactLayouts sobjects actions support
        """.split(separator: " ").map(String.init)
}
