/// The records as people are shown them: an app is blocked if a sign-in would find it blocked, also while the store could not take
/// the order.
struct ShownRecords: RecordsAtHand {
    let records: CheckedReading
    private let orders: [BlockOrder]

    /// - Parameter state: `nil` if the order file is missing or cannot be read. That is told to whoever signs in
    ///   (`.blockMayBeLost`); the records can be shown all the same.
    init(_ records: CheckedReading, _ state: BlockOrderState?) {
        self.records = records
        guard let state else {
            orders = []
            return
        }
        do { orders = try StoreOrderMark(records.orderMark).waitingOrders(in: state) } catch {
            // As above: the file is not the one that belongs to the store.
            orders = []
        }
    }

    func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try records.find(type, id).map(shown)
    }

    func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] { try records.all(type).map(shown) }

    private func shown<Value>(_ found: Revisioned<Value>) -> Revisioned<Value> {
        guard var app = found.value as? AppRecord, app.block == nil else { return found }
        app.block = records.heldBlocks[app.id] ?? orders.first(covering: app.id)?.block
        return (app as? Value).map { Revisioned(value: $0, revision: found.revision) } ?? found
    }
}

extension AppService {
    /// Reads what is shown.
    func readShown<T: Sendable>(_ body: @Sendable (ShownRecords) throws -> T) async throws -> T {
        let state = try? await gate.orders.state()
        return try await records.read { try body(ShownRecords($0, state)) }
    }
}
