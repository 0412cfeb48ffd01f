import Foundation

/// An object that can be queried: its fields, relationships and rows.
struct QueryTable {
    /// The values of a record, in the order of the table's ``fields``; `nil` is null.
    typealias Row = [QueryValue?]

    struct Field {
        let name: String
        let kind: QueryValue.Kind
        /// Whether the field may be used in `WHERE`.
        var isFilterable = true
        /// Whether the field may be the argument of an aggregate function.
        var isCountable = true
    }

    /// A relationship from a field of this object to the object that the field refers to.
    struct Parent {
        let name: String
        let field: String
        let object: OrgObject
    }

    /// A relationship from this object to the objects whose `field` refers to it.
    struct Children {
        let name: String
        let object: OrgObject
        let field: String
    }

    /// A field and the function that reads its value from a record.
    struct Column<Record> {
        var field: Field
        let value: (Record) -> QueryValue?

        static func id(_ name: String, _ value: @escaping (Record) -> String?) -> Column {
            Column(field: Field(name: name, kind: .id)) { value($0).map(QueryValue.id) }
        }

        static func text(_ name: String, _ value: @escaping (Record) -> String?) -> Column {
            Column(field: Field(name: name, kind: .text)) { value($0).map(QueryValue.text) }
        }

        static func boolean(_ name: String, _ value: @escaping (Record) -> Bool) -> Column {
            Column(field: Field(name: name, kind: .boolean)) { .boolean(value($0)) }
        }

        static func number(_ name: String, _ value: @escaping (Record) -> Double?) -> Column {
            Column(field: Field(name: name, kind: .number)) { value($0).map(QueryValue.number) }
        }

        /// Drops fractions of a second, because orgs store whole seconds: all recorded times of such objects end in
        /// `.000+0000`.
        static func dateTime(_ name: String, _ value: @escaping (Record) -> Date?) -> Column {
            Column(field: Field(name: name, kind: .dateTime)) { record in
                value(record).map { .dateTime(Date(timeIntervalSince1970: $0.timeIntervalSince1970.rounded(.down))) }
            }
        }

        /// The value of a complex type. It cannot be filtered.
        static func complex(_ name: String, _ value: @escaping (Record) -> JSONValue?) -> Column {
            Column(field: Field(name: name, kind: .complex, isFilterable: false, isCountable: false)) {
                value($0).map(QueryValue.complex)
            }
        }

        /// The same column, not allowed in `WHERE`.
        var unfilterable: Column {
            var column = self
            column.field.isFilterable = false
            return column
        }

        /// The same column, not allowed in aggregate functions.
        var uncountable: Column {
            var column = self
            column.field.isCountable = false
            return column
        }
    }

    let object: OrgObject
    /// The name of the field that relationships refer to.
    let keyName: String
    let fields: [Field]
    let rows: [Row]
    var parents: [Parent] = []
    var children: [Children] = []
    private let positions: [String: Int]
    private let rowsByID: [QueryValue: Int]

    /// - Parameter key: The name of the field that relationships refer to.
    init<Record>(_ object: OrgObject, of records: [Record], key: String = "Id", _ columns: [Column<Record>]) {
        self.object = object
        keyName = key
        fields = columns.map(\.field)
        rows = records.map { record in columns.map { $0.value(record) } }
        positions = Dictionary(
            fields.enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        var rowsByID: [QueryValue: Int] = [:]
        if let id = positions[key.lowercased()] {
            for (number, row) in rows.enumerated() { if let id = row[id] { rowsByID[id.comparable] = number } }
        }
        self.rowsByID = rowsByID
    }

    /// Returns the index of a field's value in a row. The case of the name does not matter.
    ///
    /// - Throws: The refusal of an org if there is no such field.
    func position(of name: String) throws(QueryRefusal) -> Int {
        guard let position = positions[name.lowercased()] else {
            throw .noColumn(name, on: object.rawValue)
        }
        return position
    }

    func parent(_ name: String) -> Parent? { parents.first { $0.name.lowercased() == name.lowercased() } }

    func children(_ name: String) -> Children? { children.first { $0.name.lowercased() == name.lowercased() } }

    /// Returns the row whose key is `id`. Ids can have 15 or 18 characters.
    func row(id: QueryValue) -> Row? { rowsByID[id.comparable].map { rows[$0] } }
}
