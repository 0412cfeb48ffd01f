/// How many days before a certificate expires it is worth a warning, and from when it is urgent.
public struct ExpiryThresholds: Sendable, Equatable {
    public static let standardWarn = 30
    public static let standardCritical = 7

    public let warn: Int
    public let critical: Int

    /// - Throws: ``ConnectedAppError`` with `.usage`.
    public init(warn: Int = standardWarn, critical: Int = standardCritical) throws(ConnectedAppError) {
        guard (0...3650).contains(warn), (0...warn).contains(critical) else {
            throw ConnectedAppError(
                .usage, detail: "The days to warn of are 0 to 3650, and the critical ones are not more than those.")
        }
        self.warn = warn
        self.critical = critical
    }
}
