import Foundation
import SOQL

extension OrgSimulation {
    /// `GET /services/data/vXX.0/query?q=…` and the same path below `tooling`. A query that fails is answered with 400.
    func query(_ exchange: Exchange, at endpoint: QueryEndpoint, version: Int, _ caller: Caller) -> OrgAnswer {
        // A query that cannot be parsed may concern business data, so this is the verdict until it has been parsed.
        var answer = OrgAnswer(
            status: 200, operation: endpoint.rawValue, verdict: .touchesBusinessData, reason: "Asks for rows.")
        let tables = OrgTables(
            caller.org, for: caller.user, logins: history.logins.filter { $0.orgID == caller.org.id }, audit: audit,
            source: metadataSource(of: caller.org))
        let text = exchange.request.form["q"] ?? ""
        do {
            let query = try SOQLQuery(parsing: text)
            if tables.readsOnlySetupObjects(query) {
                answer.verdict = .readsMetadata
                answer.reason = "Reads setup objects only."
            }
            let evaluation = QueryEvaluation(
                tables: tables, endpoint: endpoint, now: exchange.orgTime, dataPath: "/services/data/v\(version).0")
            let result = try evaluation.result(of: query)
            answer.isSynthetic = result.object == .setupAuditTrail && audit.hasSyntheticRecords(of: caller.org)
            return answer.json(firstPage(of: result, at: endpoint, answer.verdict, caller).envelope(version: version))
        } catch let error as SyntaxError {
            return answer.refused(error.refusal(of: text), of: text)
        } catch let refusal as QueryRefusal {
            return answer.refused(refusal, of: text)
        } catch {
            return answer.refused(.malformed("unexpected token"), of: text)
        }
    }

    /// Returns the first page of a result, and stores the result if it has more pages.
    private func firstPage(
        of result: QueryEvaluation.Result, at endpoint: QueryEndpoint, _ verdict: RequestVerdict, _ caller: Caller
    ) -> QueryPage {
        let cursor = QueryCursors.Cursor(
            userID: caller.user.id, endpoint: endpoint, result: result, verdict: verdict)
        let isWhole = result.records.count <= QueryCursors.pageSize
        return QueryPage(
            cursor: cursor, locator: isWhole ? nil : queryCursors.store(cursor, using: &headerRandom), start: 0)
    }

    /// `GET …/query/01g…-2000`: a later page of a result.
    ///
    /// - Parameter name: The last segment of the path.
    func queryPage(_ name: String, at endpoint: QueryEndpoint, version: Int, _ caller: Caller) -> OrgAnswer {
        var answer = OrgAnswer(
            status: 200, operation: endpoint.rawValue, verdict: .touchesBusinessData, reason: "Asks for more rows.")
        guard let page = queryCursors.page(name, of: caller.user.id, at: endpoint) else {
            answer.status = 400
            answer.isSynthetic = true
            return answer.apiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        }
        answer.verdict = page.cursor.verdict
        return answer.json(page.envelope(version: version))
    }
}

extension OrgTables {
    /// Whether all objects that the query reads are setup objects, which hold no business data. An unknown object or
    /// relationship may be business data.
    func readsOnlySetupObjects(_ query: SOQLQuery) -> Bool {
        query.reach.objects.allSatisfy { object(at: $0).map { !$0.isBusinessData } ?? false }
    }

    private func object(at touched: QueriedObject) -> OrgObject? {
        switch touched {
        case .named(let name): OrgObject(named: name)
        case .parent(let relationship, let child):
            object(at: child).flatMap { table($0).parent(relationship)?.object }
        case .children(let relationship, let parent):
            object(at: parent).flatMap { table($0).children(relationship)?.object }
        }
    }
}

extension SyntaxError {
    /// Returns the org's refusal of a query that cannot be parsed.
    fileprivate func refusal(of query: String) -> QueryRefusal {
        switch reason {
        case .unexpectedToken:
            let isFirst = query.unicodeScalars.prefix(offset).allSatisfy(\.properties.isWhitespace)
            return isFirst && token != "<EOF>" ? .wrongFirstWord(token) : .malformed("unexpected token: '\(token)'")
        case .tooLong, .tooDeep: return .malformed(description)
        }
    }
}

extension OrgAnswer {
    fileprivate func refused(_ refusal: QueryRefusal, of query: String) -> OrgAnswer {
        var answer = self
        answer.status = 400
        answer.isSynthetic = !refusal.isRecorded
        return answer.apiError(refusal.code, refusal.message(about: query))
    }
}
