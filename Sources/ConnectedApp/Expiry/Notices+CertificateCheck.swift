extension Notices {
    /// Checks how soon certificates expire. It reads only the store, and sends no notice.
    ///
    /// - Parameters:
    ///   - alias: `nil` checks all connections, and the channels too.
    ///   - channels: The channels whose last attempt must not have failed. Ignored if there is an alias.
    /// - Throws: ``ConnectedAppError`` with `.unknownAlias`, or if a record was altered.
    package func checkCertificates(
        of alias: String?, _ thresholds: ExpiryThresholds, channels: [any NoticeChannel] = [], as principal: Principal
    ) async throws -> CertificateCheckView {
        let now = surroundings.now()
        let entries = try await targets.readShown { reading in
            let aliases =
                try alias.map { [$0] } ?? reading.all(ConnectionRecord.self).map(\.value.alias.description).sorted()
            return try aliases.map {
                try CertificateCheckView.Entry(FoundConnection($0, reading), thresholds, now: now)
            }
        }
        let warnings =
            alias == nil && !channels.isEmpty
            ? try await view(over: channels, limit: 0, as: principal).warnings : []
        return CertificateCheckView(
            outcome: max(entries.map(\.outcome).max() ?? .ok, warnings.isEmpty ? .ok : .warning),
            warnDays: thresholds.warn, criticalDays: thresholds.critical, certificates: entries, warnings: warnings)
    }
}
