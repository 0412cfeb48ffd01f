import Foundation

extension OrgSimulation {
    /// `GET /services/data/vXX.0/query?q=…`.
    ///
    /// A user sees its own rows of LoginHistory without any right; others' rows are left out, as nobody has the right to
    /// see them yet.
    func query(_ exchange: Exchange, version: Int, _ caller: Caller) -> OrgAnswer {
        // What cannot be read may be meant for anything.
        var answer = OrgAnswer(
            status: 200, operation: "query", verdict: .touchesBusinessData, reason: "Asks for rows.")
        do {
            let query = try SOQL(exchange.request.form["q"] ?? "")
            let table = QueryTable<LoginRecord>.loginHistory
            guard query.object.lowercased() == table.object.lowercased() else {
                return answer.refused("INVALID_TYPE", "sObject type '\(query.object)' is not supported.")
            }
            answer.verdict = .readsMetadata
            answer.reason = "Reads who signed in when."
            let own = history.logins.filter { $0.orgID == caller.org.id && $0.userID == caller.user.id }
            let rows = try table.rows(query, of: own)
            let records = try rows.map { row in try record(row, query, table, version) }
            return answer.json([
                "totalSize": .integer(Int64(rows.count)), "done": true,
                "records": .array(query.fields.isEmpty ? [] : records),
            ])
        } catch let malformed as SOQL.Malformed {
            return answer.refused("MALFORMED_QUERY", "unexpected token: \(malformed.found)")
        } catch QueryTable<LoginRecord>.Refused.noField(let name) {
            return answer.refused("INVALID_FIELD", "No such column '\(name)' on entity 'LoginHistory'.")
        } catch QueryTable<LoginRecord>.Refused.notFilterable(let name) {
            return answer.refused("INVALID_FIELD", "field '\(name)' can not be filtered in a query call")
        } catch {
            return answer.refused("MALFORMED_QUERY", "unexpected token")
        }
    }

    private func record(_ row: LoginRecord, _ query: SOQL, _ table: QueryTable<LoginRecord>, _ version: Int) throws
        -> JSONValue
    {
        var members: [JSONValue.Member] = [
            .init(
                key: "attributes",
                value: [
                    "type": .string(table.object),
                    "url": .string("/services/data/v\(version).0/sobjects/\(table.object)"),
                ])
        ]
        for name in query.fields {
            let field = try table.field(name)
            let value: JSONValue =
                switch field.value(row) {
                case .text(let text): .string(text)
                case .number(let number): .integer(Int64(number))
                case .date(let date): .string(Self.timestamp(date))
                case nil: .null
                }
            members.append(.init(key: field.name, value: value))
        }
        return .object(members)
    }

    /// As the REST API writes moments: `2026-11-25T05:00:00.000+0000`.
    private static func timestamp(_ date: Date) -> String {
        date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)) + "+0000"
    }
}

extension OrgAnswer {
    /// The code is published, the words for this case are not confirmed.
    fileprivate func refused(_ code: String, _ message: String) -> OrgAnswer {
        var answer = self
        answer.status = 400
        return answer.apiError(code, message).markedSynthetic
    }

    fileprivate var markedSynthetic: OrgAnswer {
        var answer = self
        answer.synthetic = true
        return answer
    }
}
