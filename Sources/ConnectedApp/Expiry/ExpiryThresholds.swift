/// The days before a certificate expires at which a check warns, and at which it is critical.
package struct ExpiryThresholds: Sendable, Equatable {
    package static let standardWarn = 30
    package static let standardCritical = 7

    let warn: Int
    let critical: Int

    /// - Throws: ``ConnectedAppError`` with `.usage` if `warn` is not in 0...3650, or `critical` not in 0...`warn`.
    package init(warn: Int = standardWarn, critical: Int = standardCritical) throws(ConnectedAppError) {
        guard (0...3650).contains(warn), (0...warn).contains(critical) else {
            throw ConnectedAppError(
                .usage,
                detail: "The warning threshold must be 0 to 3650 days, and the critical one must not be larger.")
        }
        self.warn = warn
        self.critical = critical
    }
}
