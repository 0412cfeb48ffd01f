/// The records as views show them. An app also counts as blocked if its block is not in its record yet but only in the
/// order file or in the register, because its sign-ins fail already.
struct ShownRecords: CheckedRecords {
    let records: CheckedReading
    private let orders: [BlockOrder]

    /// - Parameter state: The state of the order file; `nil` if the file is missing or cannot be read. Then each
    ///   sign-in fails with `.blockMayBeLost`, and views show what the store has.
    init(_ records: CheckedReading, _ state: BlockOrderState?) {
        self.records = records
        guard let state else {
            orders = []
            return
        }
        do { orders = try StoreOrderMark(records.orderMark).pendingOrders(in: state) } catch {
            // The file belongs to another store, or is an older state. Sign-ins fail in this case.
            orders = []
        }
    }

    func find<Value: RecordValue>(_ type: Value.Type, _ id: String) throws -> Revisioned<Value>? {
        try records.find(type, id).map(shown)
    }

    func all<Value: RecordValue>(_ type: Value.Type) throws -> [Revisioned<Value>] { try records.all(type).map(shown) }

    func ids<Value: RecordValue>(of type: Value.Type) throws -> [String] { try records.ids(of: type) }

    /// Whether an app counts as blocked although its record has no block.
    func isBlockedOutsideRecord(_ appID: String) -> Bool {
        records.heldBlocks[appID] != nil || orders.first(covering: appID) != nil
    }

    private func shown<Value>(_ found: Revisioned<Value>) -> Revisioned<Value> {
        guard var app = found.value as? AppRecord, app.block == nil else { return found }
        app.block = records.heldBlocks[app.id] ?? orders.first(covering: app.id)?.block
        return (app as? Value).map { Revisioned(value: $0, revision: found.revision) } ?? found
    }
}
