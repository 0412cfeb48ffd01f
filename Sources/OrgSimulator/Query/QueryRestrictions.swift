import SOQL

/// What some objects of the Tooling API do not support, although other objects do.
extension OrgObject {
    /// The most rows of `MetadataComponentDependency` in one answer. There are no further pages, and nothing says that
    /// rows are missing ("MetadataComponentDependency", Tooling API Developer Guide).
    static let dependencyLimit = 2_000

    /// Returns the query as the object evaluates it.
    ///
    /// - Throws: ``QueryRefusal`` if the object does not support a part of the query.
    func restricted(_ query: SOQLQuery) throws(QueryRefusal) -> SOQLQuery {
        if isInCatalog { return try restrictedInCatalog(query) }
        guard self == .metadataComponentDependency else { return query }
        let isUnsupported =
            !query.order.isEmpty || query.offset != nil || query.isCount || query.isAggregate
            || query.condition?.hasUnsupportedDependencyFilter == true
        // Only that these are not supported is documented.
        if isUnsupported { throw .notInStorage }
        return query
    }

    /// Returns the rows that one answer has.
    func limited(_ rows: [QueryTable.Row]) -> [QueryTable.Row] {
        self == .metadataComponentDependency ? Array(rows.prefix(Self.dependencyLimit)) : rows
    }

    private func restrictedInCatalog(_ query: SOQLQuery) throws(QueryRefusal) -> SOQLQuery {
        if query.isCount || query.isAggregate { throw .notInStorage }
        try query.condition?.checkCatalogFilter()
        if self == .fieldDefinition, query.condition?.hasFilter(on: Self.fieldDefinitionKeys) != true {
            throw .noReifiedFilter(self, "EntityDefinitionId,DurableId")
        }
        // "An incorrect result is returned because LIMIT and LIMIT OFFSET are ignored."
        var query = query
        (query.limit, query.offset) = (nil, nil)
        return query
    }

    private static let fieldDefinitionKeys: Set<String> = [
        "entitydefinitionid", "durableid", "entitydefinition.qualifiedapiname", "entitydefinition.durableid",
    ]
}

extension SOQLQuery {
    /// Whether the query selects `Metadata` or `FullName` of its own object.
    func selectsSingleRowField(_ scope: NameScope) -> Bool {
        select.contains { item in
            guard case .field(.path(let path), _) = item else { return false }
            let names = scope.resolve(path.names)
            return names.count == 1 && ["metadata", "fullname"].contains(names[0].lowercased())
        }
    }
}

extension Condition {
    /// - Throws: ``QueryRefusal`` for what no object of the Metadata Catalog supports.
    fileprivate func checkCatalogFilter() throws(QueryRefusal) {
        switch self {
        case .and(let parts): for part in parts { try part.checkCatalogFilter() }
        case .or: throw .catalogFilter("Disjunctions not supported")
        case .not, .isNotIn: throw .catalogFilter("Only equals comparisons permitted")
        case .comparison(_, let sign, _):
            if sign == .notEqual { throw .catalogFilter("Only equals comparisons permitted") }
        case .includes, .excludes: throw .catalogFilter("Unsupported filter type")
        case .like, .isIn: return
        }
    }

    /// Whether the condition requires a value of one of the fields.
    ///
    /// - Parameter fields: Paths in lower case.
    fileprivate func hasFilter(on fields: Set<String>) -> Bool {
        switch self {
        case .and(let parts): parts.contains { $0.hasFilter(on: fields) }
        case .comparison(.path(let path), .equal, _), .isIn(.path(let path), _):
            fields.contains(path.names.joined(separator: ".").lowercased())
        default: false
        }
    }

    fileprivate var hasUnsupportedDependencyFilter: Bool {
        switch self {
        case .and(let parts), .or(let parts): parts.contains(where: \.hasUnsupportedDependencyFilter)
        case .comparison(_, let sign, _): sign != .equal && sign != .notEqual
        case .not, .like, .isIn, .isNotIn, .includes, .excludes: true
        }
    }
}

extension QueryRefusal {
    /// "SOQL Operation Limitations" (Tooling API Developer Guide). The code is not documented.
    static let notInStorage = QueryRefusal(
        code: "INVALID_OPERATION",
        message: "The requested operation is not yet supported by this SObject storage type, contact salesforce.com "
            + "support for more information.")

    /// "SOQL Operation Limitations" (Tooling API Developer Guide). The code is not documented.
    static func catalogFilter(_ message: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_OPERATION", message: message)
    }

    /// Published logs of a program that queries every object quote it for FieldDefinition and EntityParticle.
    static func noReifiedFilter(_ object: OrgObject, _ fields: String) -> QueryRefusal {
        QueryRefusal(
            code: "MALFORMED_QUERY",
            message: "\(object.rawValue): a filter on a reified column is required [\(fields)]", isRecorded: true)
    }

    /// Read in an org in 2026, for `Metadata` of Flow.
    static func severalRows(_ count: Int) -> QueryRefusal {
        QueryRefusal(
            code: "MALFORMED_QUERY",
            message: "When retrieving results with Metadata or FullName fields, the query qualifications must specify "
                + "no more than one row for retrieval. Result size: \(count)", isRecorded: true)
    }
}
