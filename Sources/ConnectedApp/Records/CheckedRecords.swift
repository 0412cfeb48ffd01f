/// Reads checked records within a transaction: a ``CheckedReading``, a ``CheckedWriting``, or ``ShownRecords``. The
/// methods throw what those of ``CheckedReading`` throw.
protocol CheckedRecords {
    func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>?
    func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>]
    /// The ids of the records of a kind, sorted, whether they are intact or not.
    func ids<Value: RecordValue>(of type: Value.Type) throws -> [String]
}

/// The result of looking up a dispensable record.
enum DispensableFinding<Value: DispensableRecord> {
    case missing
    case intact(Value)
    /// The record cannot be used: it was changed, swapped, removed or rolled back outside aprity, is not encrypted under a
    /// loaded master key, or cannot be decoded.
    case altered
}

extension CheckedRecords {
    /// Looks up a record. An altered record, or one that cannot be decoded, is part of the result and causes no error.
    func lookUp<Value: DispensableRecord>(_ type: Value.Type, _ id: String) throws -> DispensableFinding<Value> {
        do { return try find(type, id).map { .intact($0.value) } ?? .missing } catch let error as ConnectedAppError
            where [.recordAltered, .masterKeyWrong, .storeDamaged].contains(error.cause)
        {
            return .altered
        }
    }

    /// Returns the record; `nil` if there is none or it was altered.
    func intactOrNone<Value: DispensableRecord>(_ type: Value.Type, _ id: String) throws -> Value? {
        if case .intact(let value) = try lookUp(type, id) { value } else { nil }
    }
}

extension CheckedReading: CheckedRecords {}
extension CheckedWriting: CheckedRecords {}
