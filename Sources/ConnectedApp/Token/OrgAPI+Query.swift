internal import JWTBearer
internal import MetadataAPI

extension OrgAPI {
    /// The maximum number of pages of a query that are read. A page has at most 2,000 rows.
    static let pageLimit = 50

    private struct Page: Decodable {
        /// The number of rows of the whole query, not of this page.
        let totalSize: Int
        /// Whether this is the last page; `nil` if the answer does not say.
        let done: Bool?
        let records: [QueryRow]
        let nextRecordsUrl: String?
    }

    /// Returns all rows of a query, in the org's order. Never returns only a part of them.
    ///
    /// - Parameter soql: The query, unescaped. Its literals must come from ``literal(_:)``.
    /// - Throws: ``ConnectedAppError``: `.typeUnknown` or `.metadataFault` if the user may not see the object or one of
    ///   its fields (the org does not distinguish this from a name that does not exist); `.answerTooLarge` if there are
    ///   more than ``pageLimit`` pages; `.answerUnintelligible` if the org names no next page, or one outside its query
    ///   resource.
    func rows(_ soql: String, _ version: APIVersion) async throws -> [QueryRow] {
        var path = Self.queryPath(soql, version)
        var rows: [QueryRow] = []
        var total = 0
        for _ in 0..<Self.pageLimit {
            let page = try await page(path)
            rows += page.records
            total = page.totalSize
            guard let next = page.nextRecordsUrl else {
                guard page.done != false else { throw Self.incomplete(next: nil, rows.count, of: total) }
                return rows
            }
            // The token is sent to this path, so it must be this org's query resource.
            guard next.hasPrefix("/services/data/v\(version)/query/") else {
                throw Self.incomplete(next: next, rows.count, of: total)
            }
            path = next
        }
        throw ConnectedAppError(
            .answerTooLarge,
            detail: "A query has more rows than aprity reads. It reads at most \(Self.pageLimit) pages of a query.",
            remedy: "Check this in Setup instead.",
            evidence: ["rowsRead": String(rows.count), "rowsInAll": String(total)])
    }

    /// - Parameter next: The next page that the org names outside its query resource; `nil` if it names none.
    private static func incomplete(next: String?, _ count: Int, of total: Int) -> ConnectedAppError {
        ConnectedAppError(
            .answerUnintelligible,
            detail: next == nil
                ? "The org has more rows of a query, but does not say where to read them."
                : "The org has more rows of a query, but names a next page that is not in its query resource.",
            evidence: [
                "nextRecordsUrl": next.map { OrgWords().clean($0, atMost: OrgWords.longestName) } ?? "(none)",
                "rowsRead": String(count), "rowsInAll": String(total),
            ])
    }

    /// Returns the result of a query of the form `SELECT COUNT() FROM …`.
    func count(_ soql: String, _ version: APIVersion) async throws -> Int {
        try await page(Self.queryPath(soql, version)).totalSize
    }

    private func page(_ path: String) async throws -> Page {
        try await read(Page.self, at: path)
    }

    /// Returns the path and query of the request for the first page.
    ///
    /// - Parameter soql: The query, unescaped.
    static func queryPath(_ soql: String, _ version: APIVersion) -> String {
        "/services/data/v\(version)/query?q=\(PercentEncoding.escaped(soql))"
    }

    /// Returns a text as a SOQL string literal, with its quotes. Escapes quotes and backslashes, and drops control
    /// characters.
    static func literal(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars where scalar.value >= 0x20 {
            if scalar == "'" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result + "'"
    }
}
