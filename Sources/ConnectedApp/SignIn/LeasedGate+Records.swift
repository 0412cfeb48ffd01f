extension LeasedGate {
    /// Compares the records with what was recorded of them. To be called when a process starts.
    ///
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost`.
    func checkRecords() async throws {
        let check = RecordsCheck(exported: exportedCheckpoint)
        try await records.read { reading in
            try check.check(reading.position, reading.historyID, reading.reading)
        }
    }
}
