import SOQL

/// Why a query is refused: an error code and a message of the API.
///
/// The codes are those of the API's documentation. The messages are inferred unless `isRecorded` is set. For what the
/// simulator cannot evaluate, it has a code of its own, which no real org uses.
struct QueryRefusal: Error, Equatable {
    let code: String
    /// The message without the excerpt of the query that an org puts before it.
    let message: String
    /// Whether an answer of an org to this case is recorded.
    var isRecorded = false
    /// The text that the field is compared with, without quotes; `nil` if the refusal does not refer to it.
    var literal: String?
    /// The word that the excerpt points to; `nil` if there is no excerpt.
    var place: QueryPlace?

    static func malformed(_ message: String) -> QueryRefusal {
        QueryRefusal(code: "MALFORMED_QUERY", message: message)
    }

    /// A query that begins with a word other than `SELECT`. The message has no quotes and no excerpt
    /// (heroku/sf-functions-python `query-malformed-soql.json`).
    static func wrongFirstWord(_ word: String) -> QueryRefusal {
        QueryRefusal(code: "MALFORMED_QUERY", message: "unexpected token: \(word)", isRecorded: true)
    }

    /// SFDO-Tooling/CumulusCI `TestCountSObjects.test_count_sobjects__errors.yaml`.
    static func unsupported(_ object: String) -> QueryRefusal {
        QueryRefusal(
            code: "INVALID_TYPE",
            message:
                "sObject type '\(object)' is not supported. If you are attempting to use a custom object, be sure to "
                + "append the '__c' after the entity name. \(seeDescribe)",
            isRecorded: true, place: QueryPlace(name: object, clause: .from))
    }

    /// heroku/sf-functions-python `query-unknown-column.json`.
    static func noColumn(_ field: String, on object: String) -> QueryRefusal {
        QueryRefusal(
            code: "INVALID_FIELD",
            message:
                "No such column '\(field)' on entity '\(object)'. If you are attempting to use a custom field, be sure "
                + "to append the '__c' after the custom field name. \(seeDescribe)",
            isRecorded: true)
    }

    private static let seeDescribe = "Please reference your WSDL or the describe call for the appropriate names."

    /// openstax/accounts `…/cannot_be_set_if_the_ID_is_malformed.yml`.
    static func invalidID(_ text: String) -> QueryRefusal {
        QueryRefusal(
            code: "INVALID_QUERY_FILTER_OPERATOR", message: "invalid ID field: \(text)", isRecorded: true, literal: text
        )
    }

    static func notFilterable(_ field: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_FIELD", message: "field '\(field)' can not be filtered in a query call")
    }

    static func notGroupable(_ field: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_FIELD", message: "field '\(field)' can not be grouped in a query call")
    }

    static func noRelationship(_ name: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_FIELD", message: "Didn't understand relationship '\(name)' in field path.")
    }

    static func noChildren(_ name: String) -> QueryRefusal {
        QueryRefusal(
            code: "INVALID_TYPE", message: "Didn't understand relationship '\(name)' in FROM part of query call.",
            place: QueryPlace(name: name, clause: .from))
    }

    static func noAggregate(_ function: String, of field: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_FIELD", message: "field \(field) does not support aggregate operator \(function)")
    }

    static func wrongType(_ field: String, _ kind: QueryValue.Kind) -> QueryRefusal {
        QueryRefusal(
            code: "INVALID_FIELD",
            message: "value of filter criterion for field '\(field)' must be of type \(kind.rawValue)")
    }

    /// The simulator's own refusal. A real org would return rows or another error.
    ///
    /// - Parameter what: The part of the query, as the object of a sentence. It ends in a comma if it ends in a clause.
    static func notEvaluated(_ what: String) -> QueryRefusal {
        QueryRefusal(
            code: "SIMULATOR_CANNOT_EVALUATE", message: "The simulator reads \(what), but does not evaluate it.")
    }

    // MARK: The excerpt

    /// Returns the message as an org sends it: with an excerpt before it if it refers to a word of the query.
    func message(about query: String) -> String {
        guard let excerpt = place.flatMap({ QueryExcerpt(of: query, at: $0) }) else { return message }
        return excerpt.text + message
    }

    /// Runs `body`. Its refusals with a code that begins with `INVALID_` refer to `expression`, unless they have a
    /// place already.
    static func locating<Value>(
        _ expression: FieldExpression, in clause: QueryPlace.Clause? = nil, _ body: () throws(QueryRefusal) -> Value
    ) throws(QueryRefusal) -> Value {
        try locating(expression.pathAsWritten, in: clause, body)
    }

    /// Runs `body`. Its refusals with a code that begins with `INVALID_` refer to a path in the query, unless they have
    /// a place already.
    static func locating<Value>(
        _ path: [String], in clause: QueryPlace.Clause?, _ body: () throws(QueryRefusal) -> Value
    ) throws(QueryRefusal) -> Value {
        do throws(QueryRefusal) {
            return try body()
        } catch {
            guard error.place == nil, error.code.hasPrefix("INVALID_"), !path.isEmpty else { throw error }
            var located = error
            located.place = QueryPlace(name: path.joined(separator: "."), clause: clause, literal: error.literal)
            throw located
        }
    }
}

extension FieldExpression {
    /// The first field path in the expression; empty if it has none.
    fileprivate var pathAsWritten: [String] {
        switch self {
        case .path(let path): path.names
        case .function(let call):
            call.arguments.lazy.compactMap { argument in
                if case .expression(let expression) = argument { expression.pathAsWritten } else { nil }
            }.first ?? []
        }
    }
}
