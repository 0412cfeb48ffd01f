import HTTPTypes

extension Fault {
    /// Refuses what could not be carried out, and what the kind would not look at.
    ///
    /// - Parameter place: The key path of the fault.
    func validate(_ place: String) throws(StateProblem) {
        guard (path == nil) != (prefix == nil) else { throw StateProblem("\(place) needs either a path or a prefix.") }
        guard (100...599).contains(status), count ?? 1 >= 1, after >= 0 else {
            throw StateProblem("\(place): the status is not 100 through 599, the count is below 1 or after below 0.")
        }
        guard (0...1).contains(probability ?? 0) else {
            throw StateProblem("\(place).probability is not 0 through 1.")
        }
        try validateMeasures(place)
        try validateHeaders(place)
    }

    private func validateMeasures(_ place: String) throws(StateProblem) {
        let measures = kind.measures
        let given: [(Measure, Bool)] = [
            (.milliseconds, milliseconds != nil), (.seconds, seconds != nil), (.bytes, bytes != nil),
            (.row, row != nil),
        ]
        for (measure, isGiven) in given where isGiven && !measures.contains(measure) {
            throw StateProblem("\(place).\(measure.rawValue): a fault of the kind \(kind.rawValue) has none.")
        }
        guard (0...3_600_000).contains(milliseconds ?? 0) else {
            throw StateProblem("\(place).milliseconds is not 0 through 3600000.")
        }
        let lowest = kind == .dateOffset ? -1e10 : 0
        guard (lowest...1e10).contains(seconds ?? 0) else { throw StateProblem("\(place).seconds is out of bounds.") }
        guard bytes ?? 1 >= (kind == .drip ? 1 : 0) else { throw StateProblem("\(place).bytes is too small.") }
        if kind == .refusal, row.flatMap(TokenRow.numbered) == nil {
            throw StateProblem("\(place).row is no number of a known answer, 1 through \(TokenRow.all.count).")
        }
        if kind == .dateOffset, seconds == nil { throw StateProblem("\(place).seconds is missing.") }
    }

    private func validateHeaders(_ place: String) throws(StateProblem) {
        guard kind == .answer || (headers.isEmpty && body.isEmpty) else {
            throw StateProblem("\(place): only a fault of the kind answer has headers and a body.")
        }
        let framing: [HTTPField.Name] = [.contentLength, .transferEncoding, .connection, .date]
        for (name, value) in headers {
            guard let field = HTTPField.Name(name), HTTPField.isValidValue(value), !framing.contains(field) else {
                throw StateProblem("\(place).headers: \(name) cannot be set.")
            }
        }
    }
}

/// A number that some kinds of fault look at.
private enum Measure: String { case milliseconds, seconds, bytes, row }

extension Fault.Kind {
    fileprivate var measures: Set<Measure> {
        switch self {
        case .answer, .drop, .html, .maintenance, .empty, .corruptZip: []
        case .refusal: [.row]
        case .latency: [.milliseconds]
        case .stall, .dateOffset: [.seconds]
        case .truncate, .giant: [.bytes]
        case .drip: [.milliseconds, .bytes]
        }
    }
}
