import HTTPTypes

extension Fault {
    /// Rejects values that cannot be applied, and members that the kind does not use.
    ///
    /// - Parameter place: The key path of the fault for messages, such as `faults[0]`.
    /// - Throws: ``StateProblem`` for the first such value.
    func validate(_ place: String) throws(StateProblem) {
        guard (path == nil) != (prefix == nil) else { throw StateProblem("\(place) needs either a path or a prefix.") }
        guard operation != "" else { throw StateProblem("\(place).operation is empty.") }
        guard (100...599).contains(status), count ?? 1 >= 1, after >= 0 else {
            throw StateProblem("\(place): status must be from 100 to 599, count at least 1 and after at least 0.")
        }
        guard (0...1).contains(probability ?? 0) else {
            throw StateProblem("\(place).probability must be from 0 to 1.")
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
            throw StateProblem("\(place).\(measure.rawValue): a fault of the kind \(kind.rawValue) does not use it.")
        }
        guard (0...3_600_000).contains(milliseconds ?? 0) else {
            throw StateProblem("\(place).milliseconds must be from 0 to 3600000.")
        }
        let lowest = kind == .dateOffset ? -1e10 : 0
        guard (lowest...1e10).contains(seconds ?? 0) else {
            throw StateProblem("\(place).seconds must be from 0 (dateOffset: from -10000000000) to 10000000000.")
        }
        guard bytes ?? 1 >= (kind == .drip ? 1 : 0) else {
            throw StateProblem("\(place).bytes must be at least \(kind == .drip ? 1 : 0).")
        }
        if kind == .refusal, row.flatMap(KnownTokenRefusal.numbered) == nil {
            throw StateProblem(
                "\(place).row must be the number of a known refusal, from 1 to \(KnownTokenRefusal.all.count).")
        }
        if kind == .dateOffset, seconds == nil { throw StateProblem("\(place).seconds is missing.") }
    }

    private func validateHeaders(_ place: String) throws(StateProblem) {
        guard kind == .answer || (headers.isEmpty && body.isEmpty) else {
            throw StateProblem("\(place): only a fault of the kind answer may have headers and a body.")
        }
        let framing: [HTTPField.Name] = [.contentLength, .transferEncoding, .connection, .date]
        for (name, value) in headers {
            guard let field = HTTPField.Name(name), HTTPField.isValidValue(value), !framing.contains(field) else {
                throw StateProblem(
                    "\(place).headers: \(name) cannot be set: the name or the value is invalid, or the server sets it.")
            }
        }
    }
}

/// A numeric member that only some kinds of fault use.
private enum Measure: String { case milliseconds, seconds, bytes, row }

extension Fault.Kind {
    /// The measures that this kind uses. Any other is rejected.
    fileprivate var measures: Set<Measure> {
        switch self {
        case .answer, .drop, .html, .maintenance, .empty, .corruptZip, .endSession: []
        case .refusal: [.row]
        case .latency: [.milliseconds]
        case .stall, .dateOffset: [.seconds]
        case .truncate, .giant: [.bytes]
        case .drip: [.milliseconds, .bytes]
        }
    }
}
