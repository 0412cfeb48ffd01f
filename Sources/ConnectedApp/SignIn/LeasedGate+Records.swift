extension LeasedGate {
    /// Checks that the records were not rolled back, by the audit record and its checkpoints. Each process that signs
    /// in or hands out tokens calls it once, at its start.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost`, or the causes of a failing store.
    func checkRecords() async throws {
        let check = RecordsCheck(exported: exportedCheckpoint)
        try await records.read { reading in
            try check.check(reading.position, reading.historyID, reading.reading)
        }
    }
}
