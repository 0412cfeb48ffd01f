internal import Foundation
package import MetadataAPI

/// One row of a query's result; a relationship's row lies inside.
package struct QueryRow: Decodable, Sendable, Equatable {
    private let members: [String: QueryValue]

    package init(from decoder: any Decoder) throws {
        members = try decoder.singleValueContainer().decode([String: QueryValue].self)
    }

    /// - Parameter path: A field, or relationships and a field joined by points: `Parent.Profile.Name`. Case counts.
    package func text(_ path: String) -> String? {
        if case .text(let text)? = value(path) { OrgWords().clean(text) } else { nil }
    }

    package func flag(_ path: String) -> Bool? {
        if case .flag(let flag)? = value(path) { flag } else { nil }
    }

    private func value(_ path: String) -> QueryValue? {
        let names = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard let first = names.first, let value = members[first] else { return nil }
        guard names.count == 2 else { return value }
        return if case .row(let row) = value { row.value(names[1]) } else { nil }
    }

    /// The names of the fields that are `true`.
    package var trueFields: [String] {
        members.compactMap { if case .flag(true) = $0.value { $0.key } else { nil } }.sorted()
    }
}

private indirect enum QueryValue: Decodable, Sendable, Equatable {
    case text(String)
    case flag(Bool)
    case number(Double)
    case row(QueryRow)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let row = try? container.decode(QueryRow.self) {
            self = .row(row)
        } else {
            self = .other
        }
    }
}

extension OrgAPI {
    /// Pages of one query; a page has at most 2,000 rows.
    private static let mostPages = 50

    private struct Page: Decodable {
        let totalSize: Int
        let records: [QueryRow]
        let nextRecordsUrl: String?
    }

    /// Asks for rows of setup objects.
    ///
    /// - Parameter soql: Its literals come from ``literal(_:)``.
    /// - Throws: ``ConnectedAppError``: `.typeUnknown` or `.metadataFault` where the user may not see the object or a
    ///   field of it, since the org says no more than that.
    package func rows(_ soql: String, _ version: APIVersion) async throws -> [QueryRow] {
        var path: String? = Self.queryPath(soql, version)
        var rows: [QueryRow] = []
        for _ in 0..<Self.mostPages {
            guard let next = path else { return rows }
            let page = try await page(next)
            rows += page.records
            // Never led away from this org's own query resource.
            path = page.nextRecordsUrl.flatMap { $0.hasPrefix("/services/data/v\(version)/query/") ? $0 : nil }
        }
        return rows
    }

    /// The number that a `SELECT COUNT() FROM …` gives.
    package func count(_ soql: String, _ version: APIVersion) async throws -> Int {
        try await page(Self.queryPath(soql, version)).totalSize
    }

    private func page(_ path: String) async throws -> Page {
        try await read(Page.self, at: path)
    }

    private static func queryPath(_ soql: String, _ version: APIVersion) -> String {
        let unreserved = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        let encoded = soql.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
        return "/services/data/v\(version)/query?q=\(encoded)"
    }

    /// A text as a literal of SOQL: quotes and backslashes escaped, control characters gone.
    package static func literal(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars where scalar.value >= 0x20 {
            if scalar == "'" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result + "'"
    }
}
