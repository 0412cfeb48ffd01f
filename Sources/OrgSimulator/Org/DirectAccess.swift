/// Resources of the REST API that can change an org, or read rows without a query. The embedded org has them so that tests can show
/// what a token can do and a handle cannot; nothing is stored.
///
/// The forms of the answers are those of "REST API Developer Guide" and "Tooling API Developer Guide". Bodies of requests are not read,
/// so an answer never tells of an error in one.
enum DirectAccess: Equatable, Sendable {
    /// `sobjects/Account`
    case rows(QueryEndpoint, object: String)
    /// `sobjects/Account/001…`
    case row(QueryEndpoint, object: String, id: String)
    /// `composite`, and what is below it.
    case composite
    case executeAnonymous
    case queryAll
    case search
    /// `metadata/deployRequest`
    case deployRequest

    /// - Parameter segments: The path segments after the version, without `tooling`.
    init?(_ segments: [String], at endpoint: QueryEndpoint) {
        switch (segments.first, segments.count) {
        case ("sobjects", 2): self = .rows(endpoint, object: segments[1])
        case ("sobjects", 3): self = .row(endpoint, object: segments[1], id: segments[2])
        case ("composite", _) where segments.count <= 3: self = .composite
        case ("executeAnonymous", 1) where endpoint == .tooling: self = .executeAnonymous
        case ("queryAll", 1) where endpoint == .data: self = .queryAll
        case ("search", 1) where endpoint == .data: self = .search
        case ("metadata", 2) where segments[1] == "deployRequest": self = .deployRequest
        default: return nil
        }
    }
}

extension OrgSimulation {
    func direct(
        _ access: DirectAccess, _ operation: String, _ exchange: Exchange, version: Int, _ caller: Caller
    ) -> OrgAnswer {
        func answer(_ status: Int, _ reason: String, changes: Bool = false) -> OrgAnswer {
            OrgAnswer(
                status: status, operation: operation, verdict: changes ? .changesMetadata : .touchesBusinessData,
                reason: reason)
        }
        // `_HttpMethod` stands for a method that a client cannot send ("Using REST Resources", REST API Developer Guide).
        let sent = exchange.request.method
        let method = sent == "POST" ? exchange.request.form["_HttpMethod"]?.uppercased() ?? sent : sent
        switch (access, method) {
        case (.rows(let endpoint, _), "POST"):
            return answer(201, "Creates a record.", changes: endpoint == .tooling)
                .json(["id": "001000000000001AAA", "success": .bool(true), "errors": .array([])])
        case (.row(let endpoint, _, _), "PATCH"), (.row(let endpoint, _, _), "DELETE"):
            return answer(204, "Changes or removes a record.", changes: endpoint == .tooling)
        case (.row(_, let name, let id), "GET"): return row(name, id, caller, answer(200, "Reads a record."))
        case (.composite, "POST"), (.composite, "PATCH"), (.composite, "DELETE"):
            return answer(200, "Makes several calls at once.")
                .json(["hasErrors": .bool(false), "results": .array([])])
        case (.executeAnonymous, "GET"):
            return answer(200, "Executes Apex.")
                .json([
                    "line": .integer(-1), "column": .integer(-1), "compiled": .bool(true), "success": .bool(true),
                    "compileProblem": .null, "exceptionMessage": .null, "exceptionStackTrace": .null,
                ])
        case (.queryAll, "GET"): return query(exchange, at: .data, version: version, caller)
        case (.search, "GET"):
            let names = (1...caller.org.canaryAccounts).map { CanaryRecord(number: $0) }
            return answer(200, "Searches records.")
                .json([
                    "searchRecords": .array(
                        names.map { ["Id": .string($0.id("001")), "Name": .string($0.text("AccountName"))] })
                ])
        case (.deployRequest, "POST"):
            return answer(201, "Deploys metadata.", changes: true).json(["id": "0Af000000000001AAA"])
        default: return .methodNotAllowed(operation, answer(0, "").verdict, exchange.request)
        }
    }

    private func row(_ name: String, _ id: String, _ caller: Caller, _ answer: OrgAnswer) -> OrgAnswer {
        let tables = tables(for: caller)
        guard let object = OrgObject(named: name), tables.mayRead(object) else {
            return .resourceMissing("sobjects", answer.verdict)
        }
        let table = tables.table(object)
        guard let position = try? table.position(of: "Id"),
            let row = table.rows.first(where: { $0[position]?.comparable == QueryValue.id(id).comparable })
        else { return .resourceMissing("sobjects", answer.verdict) }
        return answer.json(.record(zip(table.fields, row).map { ($0.name, $1?.json ?? .null) }))
    }

    private func tables(for caller: Caller) -> OrgTables {
        OrgTables(caller.org, for: caller.user, logins: [], audit: audit, source: metadataSource(of: caller.org))
    }

    // MARK: Descriptions

    /// "Describe Global" (REST API Developer Guide), with a part of the members.
    func objects(at endpoint: QueryEndpoint, version: Int, _ caller: Caller) -> OrgAnswer {
        let tables = tables(for: caller)
        let objects = OrgObject.allCases.filter { tables.mayRead($0) && $0.isOffered(at: endpoint) }
        return OrgAnswer(
            status: 200, operation: "sobjects", verdict: .readsMetadata, reason: "Lists the objects."
        ).json([
            "encoding": "UTF-8", "maxBatchSize": .integer(200),
            "sobjects": .array(objects.map { .record(Self.summary($0, at: endpoint, version: version)) }),
        ])
    }

    private static func summary(
        _ object: OrgObject, at endpoint: QueryEndpoint, version: Int
    ) -> [(String, JSONValue)] {
        let path =
            "/services/data/v\(version).0" + (endpoint == .tooling ? "/tooling" : "") + "/sobjects/\(object.rawValue)"
        return [
            ("custom", .bool(false)), ("label", .string(object.rawValue)), ("name", .string(object.rawValue)),
            ("queryable", .bool(true)),
            ("urls", ["describe": .string(path + "/describe"), "sobject": .string(path)]),
        ]
    }

    /// "sObject Describe" (REST API Developer Guide), with a part of the members.
    func describe(_ name: String, at endpoint: QueryEndpoint, version: Int, _ caller: Caller) -> OrgAnswer {
        let tables = tables(for: caller)
        guard let object = OrgObject(named: name), tables.mayRead(object), object.isOffered(at: endpoint) else {
            return .resourceMissing("sobjects", .readsMetadata)
        }
        let table = tables.table(object)
        let parents = Dictionary(table.parents.map { ($0.field, $0) }) { first, _ in first }
        let fields = table.fields.map { field -> JSONValue in
            let parent = parents[field.name]
            return [
                "name": .string(field.name), "label": .string(field.name),
                "type": .string(parent == nil ? field.kind.rawValue : "reference"),
                "filterable": .bool(field.isFilterable),
                "referenceTo": .array(parent.map { [.string($0.object.rawValue)] } ?? []),
                "relationshipName": parent.map { .string($0.name) } ?? .null,
            ]
        }
        let children = table.children.map { child -> JSONValue in
            [
                "childSObject": .string(child.object.rawValue), "field": .string(child.field),
                "relationshipName": .string(child.name),
            ]
        }
        return OrgAnswer(
            status: 200, operation: "sobjects", verdict: .readsMetadata, reason: "Describes an object."
        ).json(
            .record(
                Self.summary(object, at: endpoint, version: version) + [
                    ("fields", .array(fields)), ("childRelationships", .array(children)),
                ]))
    }
}

extension OrgObject {
    fileprivate func isOffered(at endpoint: QueryEndpoint) -> Bool {
        switch endpoint {
        case .data: isInData
        case .tooling: isInTooling
        }
    }
}
