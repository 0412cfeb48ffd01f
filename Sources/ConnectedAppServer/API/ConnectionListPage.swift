internal import ConnectedApp
internal import HTTPTypes
internal import Hummingbird

/// The part of the list of connections that a request asks for with `limit` and `after`.
struct ConnectionListPage: Equatable {
    static let limits = 1...50
    /// RFC 8288.
    static let link = HTTPField.Name("Link")!

    /// The maximum number of connections.
    let limit: Int
    /// Only connections with a later alias; empty: from the first one.
    let after: String

    /// - Returns: `nil` if the request has neither parameter, so it asks for all connections.
    /// - Throws: ``ConnectedAppError`` with `.usage` if `limit` is not a number in ``limits``.
    init?(_ request: Request) throws {
        let parameters = request.uri.queryParameters
        let (limit, after) = (parameters["limit"].map(String.init), parameters["after"].map(String.init))
        guard limit != nil || after != nil else { return nil }
        guard let number = limit.map({ Int($0) }) ?? Self.limits.upperBound, Self.limits.contains(number) else {
            throw ConnectedAppError(
                .usage, subject: limit,
                detail: "limit must be a number from \(Self.limits.lowerBound) to \(Self.limits.upperBound).")
        }
        (self.limit, self.after) = (number, after ?? "")
    }

    /// The value of the header `Link` that leads to the next page.
    ///
    /// - Parameter alias: The last one of this page. It needs no escaping in a URL.
    func next(after alias: String) -> String {
        "<\(APIRoutes.prefix)/connections?limit=\(limit)&after=\(alias)>; rel=\"next\""
    }
}
