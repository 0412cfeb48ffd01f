/// The results with more than one page. Each is stored under a locator until newer results replace it.
struct QueryCursors: Sendable {
    struct Cursor: Sendable {
        /// The user who sent the query. Only this user can read the other pages, and only at the same endpoint.
        let userID: String
        let endpoint: QueryEndpoint
        let result: QueryEvaluation.Result
        /// The verdict on the query, which also applies to requests for the other pages.
        let verdict: RequestVerdict
    }

    /// The number of rows in a page (heroku/sf-functions-python `query-with-next-records-url.json`).
    static let pageSize = 2_000
    /// The maximum number of stored results. A real org stores ten for each user; here all users share them.
    private static let limit = 10

    private var cursors: [(locator: String, cursor: Cursor)] = []

    /// Stores a result, and drops the oldest one if there are too many.
    ///
    /// - Returns: Its locator: 18 characters that begin with `01g`.
    mutating func store(_ cursor: Cursor, using random: inout SeededRandom) -> String {
        let locator = SalesforceID.make(prefix: "01g", using: &random)
        cursors = cursors.suffix(Self.limit - 1) + [(locator, cursor)]
        return locator
    }

    /// Returns the page with a name such as `01g…-2000`: the locator, and the index of the page's first row. Returns
    /// `nil` if the name is malformed, the result is no longer stored, or it belongs to another user or endpoint.
    func page(_ name: String, of userID: String, at endpoint: QueryEndpoint) -> QueryPage? {
        let parts = name.split(separator: "-")
        guard parts.count == 2, let start = Int(parts[1]), start >= 0,
            let cursor = cursors.first(where: { $0.locator == parts[0] })?.cursor,
            cursor.userID == userID, cursor.endpoint == endpoint, start < cursor.result.records.count
        else { return nil }
        return QueryPage(cursor: cursor, locator: String(parts[0]), start: start)
    }
}

/// The rows of a result in one answer.
struct QueryPage {
    let cursor: QueryCursors.Cursor
    /// `nil` if the result has only one page.
    let locator: String?
    /// The index of the first row.
    let start: Int

    /// The index after the last row.
    private var end: Int { min(start + QueryCursors.pageSize, cursor.result.records.count) }

    /// The JSON of the answer: "Query" (REST API Developer Guide). The Tooling API's envelope has more members. The
    /// order is recorded for both (heroku/sf-functions-python `query-with-next-records-url.json`,
    /// SFDO-Tooling/CumulusCI `cumulusci/**/cassettes/*.yaml`), but not for a Tooling result of several pages.
    func envelope(version: Int) -> JSONValue {
        let result = cursor.result
        let isLast = end == result.records.count
        let totalSize = JSONValue.integer(Int64(result.totalSize))
        var members: [(String, JSONValue)] = [("totalSize", totalSize), ("done", .bool(isLast))]
        if cursor.endpoint == .tooling {
            let size = result.records.isEmpty ? totalSize : .integer(Int64(end - start))
            let type = result.records.isEmpty ? JSONValue.null : .string(result.object.rawValue)
            members = [("size", size)] + members + [("queryLocator", .null), ("entityTypeName", type)]
        }
        if !isLast, let locator {
            let path = "/services/data/v\(version).0/\(cursor.endpoint.rawValue)/\(locator)-\(end)"
            members.append(("nextRecordsUrl", .string(path)))
        }
        members.append(("records", .array(Array(result.records[start..<end]))))
        return .record(members)
    }
}
