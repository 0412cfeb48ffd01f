import Foundation
import SOQL

extension OrgSimulation {
    /// `GET /services/data/vXX.0/query?q=…` and the same below `tooling`.
    func query(_ exchange: Exchange, at endpoint: QueryEndpoint, version: Int, _ caller: Caller) -> OrgAnswer {
        // What cannot be read may be meant for anything.
        var answer = OrgAnswer(
            status: 200, operation: endpoint.rawValue, verdict: .touchesBusinessData, reason: "Asks for rows.")
        let tables = OrgTables(
            caller.org, for: caller.user, logins: history.logins.filter { $0.orgID == caller.org.id }, audit: audit,
            source: metadataSource(of: caller.org))
        do {
            let query = try SOQLQuery(parsing: exchange.request.form["q"] ?? "")
            if tables.leadsToSetupObjectsOnly(query) {
                answer.verdict = .readsMetadata
                answer.reason = "Reads setup objects only."
            }
            let evaluation = QueryEvaluation(
                tables: tables, endpoint: endpoint, now: exchange.orgTime, dataPath: "/services/data/v\(version).0")
            let result = try evaluation.result(of: query)
            answer.synthetic = result.object == .setupAuditTrail && audit.tellsSynthetic(of: caller.org)
            return answer.json(result.envelope(endpoint))
        } catch let error as SyntaxError {
            return answer.refused(.malformed(error.apiMessage))
        } catch let refusal as QueryRefusal {
            return answer.refused(refusal)
        } catch {
            return answer.refused(.malformed("unexpected token"))
        }
    }
}

extension OrgTables {
    /// Whether every object that the query touches anywhere is one of those that hold no business data.
    func leadsToSetupObjectsOnly(_ query: SOQLQuery) -> Bool {
        query.reach.objects.allSatisfy { leads(to: $0) != nil }
    }

    private func leads(to touched: TouchedObject) -> SetupObject? {
        switch touched {
        case .named(let name): SetupObject(named: name)
        case .parent(let relationship, let child):
            leads(to: child).flatMap { table($0).parent(relationship)?.object }
        case .children(let relationship, let parent):
            leads(to: parent).flatMap { table($0).children(relationship)?.object }
        }
    }
}

extension QueryEvaluation.Result {
    /// "Query" (REST API Developer Guide); the Tooling API's envelope has more members.
    fileprivate func envelope(_ endpoint: QueryEndpoint) -> JSONValue {
        let size = JSONValue.integer(Int64(totalSize))
        return switch endpoint {
        case .data: ["totalSize": size, "done": true, "records": .array(records)]
        case .tooling:
            [
                "size": size, "totalSize": size, "done": true, "queryLocator": .null,
                "entityTypeName": .string(object.rawValue), "records": .array(records),
            ]
        }
    }
}

extension SyntaxError {
    fileprivate var apiMessage: String {
        switch reason {
        case .unexpectedToken: "unexpected token: '\(token)'"
        case .tooLong, .tooDeep: description
        }
    }
}

extension OrgAnswer {
    fileprivate func refused(_ refusal: QueryRefusal) -> OrgAnswer {
        var answer = self
        answer.status = 400
        answer.synthetic = true
        return answer.apiError(refusal.code, refusal.message)
    }
}
