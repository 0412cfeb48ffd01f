extension SealedRecords {
    /// Checks that the records on which sign-ins depend are authentic and current, and that none is missing.
    ///
    /// - Throws: As ``read(_:)``; ``ConnectedAppError`` with `.recordAltered`, which names the connections.
    func checkIntact() async throws {
        try await read { reading in
            for kind in [RecordKind.connection, .app, .credential, .rotation, .approvedApp] {
                try reading.register.checkAll(kind, reading.reading, reading.opener.ring)
            }
        }
    }
}

extension CheckedReading {
    /// Checks that the summaries are authentic and current, and that none is missing.
    ///
    /// - Throws: ``ConnectedAppError`` with `.recordAltered`.
    func checkSummaries() throws {
        for kind in [RecordKind.connectionSummary, .appSummary, .consumerKeyUse] {
            try register.checkAll(kind, reading, opener.ring)
        }
    }
}
