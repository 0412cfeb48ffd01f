/// The members of the records of an answer, in the order in which the query selects them. It converts rows to records.
struct RecordShape {
    typealias Row = QueryTable.Row

    /// The record that a relationship leads to, which is nested in the record.
    struct Parent {
        let shape: RecordShape
        /// Returns the row to which a row refers; `nil` if it refers to none.
        let row: (Row) -> Row?
    }

    private enum Member {
        /// The index of the value in a row.
        case field(Int)
        /// A key of ``parents``.
        case parent(String)
        /// The name of the relationship, and a function that returns the JSON of a row's children.
        case children(String, (Row) -> JSONValue)
    }

    let table: QueryTable
    /// By the relationship's name.
    private(set) var parents: [String: Parent] = [:]
    private var members: [Member] = []
    /// The names of all members.
    private var known: Set<String> = []
    private let path: String

    /// - Parameter path: The base path of the `url` in a record's attributes.
    init(_ table: QueryTable, at path: String) {
        self.table = table
        self.path = path
    }

    /// Adds a field by the index of its value in a row.
    ///
    /// - Throws: The refusal of an org if the field was added before.
    mutating func add(position: Int) throws(QueryRefusal) {
        let name = table.fields[position].name
        guard known.insert(name).inserted else { throw .malformed("duplicate field selected: \(name)") }
        members.append(.field(position))
    }

    /// Adds the record that a relationship leads to, or replaces the one added for it before.
    mutating func add(parent name: String, _ shape: RecordShape, _ row: @escaping (Row) -> Row?) {
        if known.insert(name).inserted { members.append(.parent(name)) }
        parents[name] = Parent(shape: shape, row: row)
    }

    /// Adds the records of a sub-query.
    ///
    /// - Throws: The refusal of an org if the relationship was added before.
    mutating func add(children name: String, _ rows: @escaping (Row) -> JSONValue) throws(QueryRefusal) {
        guard known.insert(name).inserted else { throw .malformed("duplicate relationship selected: \(name)") }
        members.append(.children(name, rows))
    }

    func record(_ row: Row) -> JSONValue {
        .object(
            [.init(key: "attributes", value: attributes(row))]
                + members.map { member in
                    switch member {
                    case .field(let position):
                        .init(key: table.fields[position].name, value: row[position]?.json ?? .null)
                    case .parent(let name):
                        .init(key: name, value: parents[name].flatMap { $0.record(from: row) } ?? .null)
                    case .children(let name, let rows): .init(key: name, value: rows(row))
                    }
                })
    }

    private func attributes(_ row: Row) -> JSONValue {
        let object = table.object.rawValue
        var url = "\(path)/\(object)"
        if let position = try? table.position(of: table.keyName) {
            switch row[position] {
            case .id(let key)?, .text(let key)?: url += "/\(key)"
            case .boolean?, .number?, .dateTime?, .complex?, nil: break
            }
        }
        return ["type": .string(object), "url": .string(url)]
    }
}

extension RecordShape.Parent {
    fileprivate func record(from child: QueryTable.Row) -> JSONValue? { row(child).map(shape.record) }
}
