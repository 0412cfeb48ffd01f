/// From when on a certificate check warns, and from when on it is critical.
///
/// All numbers are whole days before the certificate expires. A threshold is crossed when fewer whole days are left.
/// A threshold of 0 is crossed only once the certificate has expired.
package struct ExpiryThresholds: Sendable, Equatable {
    package static let standardWarn = 30
    package static let standardCritical = 7

    let warn: Int
    /// At most ``warn``.
    let critical: Int

    /// - Throws: ``ConnectedAppError`` with `.usage` if `warn` is not in 0...3650, or `critical` not in 0...`warn`.
    package init(warn: Int = standardWarn, critical: Int = standardCritical) throws(ConnectedAppError) {
        guard (0...3650).contains(warn), (0...warn).contains(critical) else {
            throw ConnectedAppError(
                .usage,
                detail: "The warning threshold must be from 0 to 3650 days, and the critical threshold from 0 days to "
                    + "the warning threshold.")
        }
        self.warn = warn
        self.critical = critical
    }
}
