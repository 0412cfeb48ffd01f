internal import JWTBearer
package import MetadataAPI

/// A call of the REST API that a client may make. Each only reads; there is no case for anything else.
package enum RESTCall: Equatable, Sendable {
    case versions
    case resources(APIVersion)
    case limits(APIVersion)
    case objects(APIVersion, QueryEndpoint)
    case describe(APIVersion, QueryEndpoint, object: ObjectName)
    case query(APIVersion, QueryEndpoint, ReadableQuery)
    /// A further page of a result.
    case page(APIVersion, QueryEndpoint, QueryLocator)

    /// The path and query to send. It has only what was parsed, and nothing of the request's own text.
    package var target: String {
        switch self {
        case .versions: "/services/data/"
        case .resources(let version): Self.base(version) + "/"
        case .limits(let version): Self.base(version) + "/limits"
        case .objects(let version, let endpoint): Self.base(version) + endpoint.path + "/sobjects"
        case .describe(let version, let endpoint, let object):
            Self.base(version) + endpoint.path + "/sobjects/\(object)/describe"
        case .query(let version, let endpoint, let query):
            Self.base(version) + endpoint.path + "/query?q=" + PercentEncoding.escaped(query.text)
        case .page(let version, let endpoint, let locator):
            Self.base(version) + endpoint.path + "/query/\(locator)"
        }
    }

    private static func base(_ version: APIVersion) -> String { "/services/data/v\(version)" }
}

extension QueryEndpoint {
    fileprivate var path: String {
        switch self {
        case .data: ""
        case .tooling: "/tooling"
        }
    }
}

/// The API name of an object: letters, digits and underscores, at most 80, beginning with a letter.
package struct ObjectName: Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count <= 80, text.wholeMatch(of: #/[A-Za-z][A-Za-z0-9_]*/#) != nil else { return nil }
        description = text
    }
}

/// What the org's `nextRecordsUrl` ends with: the id of a result, and often `-` and a number.
package struct QueryLocator: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Parameter ticket: The last segment of a request's path.
    /// - Returns: `nil` if the text is no ``Ticket`` of the handle for a page.
    init?(_ ticket: some StringProtocol, of handle: Handle) {
        guard let opened = Ticket(handle).opened(String(ticket)), opened.subject == .page else { return nil }
        self.init(opened.id)
    }

    /// - Parameter text: The org's locator.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.wholeMatch(of: #/[A-Za-z0-9]{15,40}(-[0-9]{1,9})?/#) != nil else { return nil }
        description = text
    }
}
