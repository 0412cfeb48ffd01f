/// Why a query gets no rows: an error code of the API and its words.
///
/// The codes are published; that a real org uses these words in each of these cases is not confirmed. What the simulator
/// cannot evaluate has a code that no real org uses.
struct QueryRefusal: Error, Equatable {
    let code: String
    let message: String

    static func malformed(_ message: String) -> QueryRefusal {
        QueryRefusal(code: "MALFORMED_QUERY", message: message)
    }

    static func unsupported(_ object: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_TYPE", message: "sObject type '\(object)' is not supported.")
    }

    static func noColumn(_ field: String, on object: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_FIELD", message: "No such column '\(field)' on entity '\(object)'.")
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
            code: "INVALID_TYPE", message: "Didn't understand relationship '\(name)' in FROM part of query call.")
    }

    static func noAggregate(_ function: String, of field: String) -> QueryRefusal {
        QueryRefusal(code: "INVALID_FIELD", message: "field \(field) does not support aggregate operator \(function)")
    }

    static func wrongType(_ field: String, _ kind: QueryValue.Kind) -> QueryRefusal {
        QueryRefusal(
            code: "INVALID_FIELD",
            message: "value of filter criterion for field '\(field)' must be of type \(kind.rawValue)")
    }

    /// Synthetic: a real org would answer with rows, or with an error of its own.
    static func notEvaluated(_ what: String) -> QueryRefusal {
        QueryRefusal(
            code: "SIMULATOR_CANNOT_EVALUATE", message: "The simulator reads \(what), but does not evaluate it.")
    }
}
