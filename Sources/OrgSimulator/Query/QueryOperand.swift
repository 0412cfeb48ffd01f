import Foundation
import SOQL

/// A value that conditions and orders read from a row or from a group of rows.
struct QueryOperand<Source> {
    /// The field's or function's name, for messages.
    let name: String
    let kind: QueryValue.Kind
    /// Reads the value; `nil` is null.
    let value: (Source) -> QueryValue?
}

/// Sorts by several operands, the most significant one first. The sort is stable.
struct QueryOrder<Source> {
    let operands: [(operand: QueryOperand<Source>, ordering: Ordering)]

    func sort(_ sources: [Source]) -> [Source] {
        guard !operands.isEmpty else { return sources }
        let keyed = sources.enumerated().map { number, source in
            (number: number, source: source, keys: operands.map { $0.operand.value(source) })
        }
        return keyed.sorted { left, right in
            for (index, (_, ordering)) in operands.enumerated() {
                if let precedes = ordering.precedes(left.keys[index], right.keys[index]) { return precedes }
            }
            return left.number < right.number
        }.map(\.source)
    }
}

extension Ordering {
    /// Whether `left` comes before `right`; `nil` if the values are equal in this ordering.
    fileprivate func precedes(_ left: QueryValue?, _ right: QueryValue?) -> Bool? {
        switch (left, right) {
        case (nil, nil): return nil
        case (nil, _): return !nullsLast
        case (_, nil): return nullsLast
        case (let left?, let right?):
            if QueryValue.isLess(left, right) { return !descends }
            return QueryValue.isLess(right, left) ? descends : nil
        }
    }
}
