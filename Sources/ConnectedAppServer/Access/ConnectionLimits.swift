internal import NIOCore

/// The maximum number of open connections, and the deadlines of each connection.
package struct ConnectionLimits: Sendable {
    /// Beyond this number, the oldest connection without an unlimited credential is closed.
    var maximum: Int
    /// From the opening of a connection to the end of its first request's head.
    var head: Duration = .seconds(10)
    /// From the end of a request's head to the end of its body.
    var body: Duration = .seconds(20)
    /// From the end of a request to the end of its response, on a connection that has presented no unlimited credential.
    /// Otherwise there is no such limit, because the request may be a pull or an event stream.
    var answer: Duration = .seconds(60)
    /// From the end of a response to the end of the next request's head.
    var idle: Duration = .seconds(60)

    package init(maximum: Int) { self.maximum = maximum }

    /// The limits for a process that may open this many file descriptors: 16 through 512 connections.
    package init(descriptors: Int) {
        self.init(maximum: min(Self.most, max(Self.least, descriptors - Self.reserve - Self.closingReserve)))
    }

    /// More than the browsers and scripts of one person need.
    private static let most = 512
    private static let least = 16
    /// The server accepts this many connections beyond the maximum, because evicted ones take a moment to close.
    static let closingReserve = 16
    /// Descriptors for everything else: three per event loop, and 64 for the store, its log, output files and the
    /// connections to orgs.
    private static let reserve = 64 + 3 * System.coreCount
}
