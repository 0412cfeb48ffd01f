internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Runs one request's ``OutgoingRequest/beforeSending``, and records whether it passed or which error it threw.
final class SendingCheck: Sendable {
    private let check: @Sendable () async throws -> Void
    private let thrown = Mutex<(any Error)?>(nil)
    private let passed = Mutex(false)

    init(_ check: @escaping @Sendable () async throws -> Void) { self.check = check }

    /// The error that the check threw; `nil` if it threw none or has not run.
    var refusal: (any Error)? { thrown.withLock { $0 } }

    /// Whether the check passed. The request is then sent at once, on an open connection.
    var hasPassed: Bool { passed.withLock { $0 } }

    func run() async throws {
        do { try await check() } catch {
            thrown.withLock { $0 = error }
            throw error
        }
        passed.withLock { $0 = true }
    }
}

/// The checks of requests that have not been answered yet.
///
/// The HTTP client offers no way to attach a check to a request. So each such request has a header field with the
/// number of its check. ``HeldRequestHandler`` removes the field before it sends the request.
final class PendingChecks: Sendable {
    /// The name of the header field.
    static let field = "X-Aprity-Check"

    private struct State {
        var nextID = 0
        var checks: [String: SendingCheck] = [:]
    }

    private let state = Mutex(State())

    /// Registers a check. Call ``remove(_:)`` when the request has ended.
    ///
    /// - Returns: The value of the header ``field``.
    func add(_ check: SendingCheck) -> String {
        state.withLock { state in
            state.nextID += 1
            state.checks[String(state.nextID)] = check
            return String(state.nextID)
        }
    }

    /// - Parameter id: The value of the header ``field``.
    /// - Returns: `nil` if the request has ended.
    func check(_ id: String) -> SendingCheck? { state.withLock { $0.checks[id] } }

    func remove(_ check: SendingCheck) { state.withLock { $0.checks = $0.checks.filter { $0.value !== check } } }
}

/// Holds a request back on its connection until its check has passed. If the check throws, closes the connection
/// without sending anything.
///
/// A request may wait several seconds for a connection, and a check before that would be outdated.
final class HeldRequestHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let checks: PendingChecks
    /// The parts of the request whose check is running; `nil` if none is. It stays empty, not `nil`, after a check
    /// threw, so that nothing else is sent on this connection.
    private var held: [(part: HTTPClientRequestPart, promise: EventLoopPromise<Void>?)]?

    init(_ checks: PendingChecks) { self.checks = checks }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        guard held == nil else {
            held?.append((part, promise))
            return
        }
        guard case .head(var head) = part, let id = head.headers.first(name: PendingChecks.field) else {
            return context.write(data, promise: promise)
        }
        head.headers.remove(name: PendingChecks.field)
        held = [(.head(head), promise)]
        let check = checks.check(id)
        context.eventLoop.makeFutureWithTask {
            guard let check else { throw CancellationError() }
            try await check.run()
        }
        .assumeIsolated().whenComplete { result in self.finish(result, context) }
    }

    func flush(context: ChannelHandlerContext) {
        if held == nil { context.flush() }
    }

    private func finish(_ result: Result<Void, any Error>, _ context: ChannelHandlerContext) {
        switch result {
        case .success:
            let parts = held ?? []
            held = nil
            for (part, promise) in parts { context.write(wrapOutboundOut(part), promise: promise) }
            context.flush()
        case .failure(let refusal):
            drop(refusal)
            context.fireErrorCaught(refusal)
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { drop(ChannelError.ioOnClosedChannel) }

    private func drop(_ error: any Error) {
        let parts = held ?? []
        held = held.map { _ in [] }
        for (_, promise) in parts { promise?.fail(error) }
    }
}
