internal import NIOCore

/// How many connections may be open, and the deadlines of each.
package struct ConnectionLimits: Sendable {
    /// Beyond this number, the oldest connection without a valid credential is closed.
    var maximum: Int
    /// From the opening of a connection to the end of its first request's head.
    var head: Duration = .seconds(10)
    /// From the end of a request's head to the end of its body.
    var body: Duration = .seconds(20)
    /// From the end of a request without a valid credential to the end of its response. A request with a credential has
    /// no such limit, because it may be a pull or an event stream.
    var answer: Duration = .seconds(60)
    /// From the end of a response to the end of the next request's head.
    var idle: Duration = .seconds(60)

    package init(maximum: Int) { self.maximum = maximum }

    /// The limits for a process that may open this many descriptors.
    package init(descriptors: Int) {
        self.init(maximum: min(Self.most, max(Self.least, descriptors - Self.reserve - Self.closing)))
    }

    /// One person's browsers and scripts never need more.
    private static let most = 512
    private static let least = 16
    /// Extra connections for those that are being closed.
    static let closing = 16
    /// Descriptors for everything else: three per event loop, and some dozens for the store, its log, output files and
    /// the connections to orgs.
    private static let reserve = 64 + 3 * System.coreCount
}
