extension LeasedGate {
    /// Checks the records against the audit record and its checkpoints. Call it when a process starts.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost`.
    func checkRecords() async throws {
        let check = RecordsCheck(exported: exportedCheckpoint)
        try await records.read { reading in
            try check.check(reading.position, reading.historyID, reading.reading)
        }
    }
}
