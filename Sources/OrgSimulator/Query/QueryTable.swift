import Foundation

/// An object that can be queried: its fields, which of them a `WHERE` may name, and its rows.
struct QueryTable<Row> {
    struct Field {
        let name: String
        let isFilterable: Bool
        let value: (Row) -> SOQL.Value?
    }

    let object: String
    let fields: [Field]

    enum Refused: Error {
        case noField(String)
        case notFilterable(String)
    }

    /// The rows that a query asks for, in its order.
    func rows(_ query: SOQL, of all: [Row]) throws(Refused) -> [Row] {
        var tests: [(Row) -> Bool] = []
        for comparison in query.comparisons {
            let field = try field(comparison.field)
            guard field.isFilterable else { throw .notFilterable(field.name) }
            tests.append { row in Self.holds(field.value(row), comparison.sign, comparison.value) }
        }
        var found = all.filter { row in tests.allSatisfy { $0(row) } }
        if let order = query.order {
            let field = try field(order.field)
            found.sort { left, right in
                Self.holds(field.value(order.descends ? right : left), "<", field.value(order.descends ? left : right))
            }
        }
        return query.limit.map { Array(found.prefix($0)) } ?? found
    }

    func field(_ name: String) throws(Refused) -> Field {
        guard let field = fields.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw .noField(name)
        }
        return field
    }

    private static func holds(_ left: SOQL.Value?, _ sign: String, _ right: SOQL.Value?) -> Bool {
        switch sign {
        case "=": left == right
        case "!=": left != right
        case "<": isLess(left, right)
        case ">": isLess(right, left)
        case "<=": left == right || isLess(left, right)
        default: left == right || isLess(right, left)
        }
    }

    private static func isLess(_ left: SOQL.Value?, _ right: SOQL.Value?) -> Bool {
        switch (left, right) {
        case (.date(let left), .date(let right)): left < right
        case (.number(let left), .number(let right)): left < right
        case (.text(let left), .text(let right)): left < right
        default: false
        }
    }
}

extension QueryTable where Row == LoginRecord {
    /// "LoginHistory" (Object Reference for the Salesforce Platform): `Application` and `Status` cannot be filtered by.
    static var loginHistory: QueryTable {
        QueryTable(
            object: "LoginHistory",
            fields: [
                Field(name: "UserId", isFilterable: true) { $0.userID.map { .text($0) } },
                Field(name: "LoginTime", isFilterable: true) { .date($0.orgTime) },
                Field(name: "LoginType", isFilterable: true) { .text($0.loginType) },
                Field(name: "LoginUrl", isFilterable: true) { .text($0.loginURL) },
                Field(name: "SourceIp", isFilterable: false) { .text($0.sourceAddress) },
                Field(name: "LoginSubType", isFilterable: false) { $0.loginSubType.map { .text($0) } },
                Field(name: "Application", isFilterable: false) { $0.application.map { .text($0) } },
                Field(name: "Status", isFilterable: false) { .text($0.status) },
            ])
    }
}
