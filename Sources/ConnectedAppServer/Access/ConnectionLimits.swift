internal import NIOCore

/// How many connections may be open, and the deadlines of each.
package struct ConnectionLimits: Sendable {
    /// Beyond it the oldest connection that has shown no right credential is closed.
    package var maximum: Int
    /// From the opening of a connection to the end of its first request's head.
    package var head: Duration = .seconds(10)
    /// From the end of a request's head to the end of its body.
    package var body: Duration = .seconds(20)
    /// From the end of a request without a right credential to the end of its answer. A request with a
    /// credential has no such limit: it may be a pull or a stream of events.
    package var answer: Duration = .seconds(60)
    /// From the end of an answer to the end of the next request's head.
    package var idle: Duration = .seconds(60)

    package init(maximum: Int) { self.maximum = maximum }

    /// For a process that may have this many descriptors open.
    package init(descriptors: Int) {
        self.init(maximum: min(Self.most, max(Self.least, descriptors - Self.reserve - Self.closing)))
    }

    /// No page and no script of one person needs more.
    private static let most = 512
    private static let least = 16
    /// Connections beyond the maximum, for those that are being closed.
    static let closing = 16
    /// Descriptors for everything else: each event loop has three; the store, its log, the files that are written and
    /// the connections to orgs need some dozens.
    private static let reserve = 64 + 3 * System.coreCount
}
