internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// The names under which this server answers. A page of another site cannot use them even where that site's name was
/// made to lead to this machine ("DNS rebinding").
final class ServedAuthority: Sendable {
    private let port: Mutex<Int>

    /// - Parameter port: The one asked for; ``bound(to:)`` tells the one that it became.
    init(port: Int) { self.port = Mutex(port) }

    func bound(to port: Int) { self.port.withLock { $0 = port } }

    /// 0 before the server listens on a free port.
    var currentPort: Int { port.withLock { $0 } }

    /// - Parameter authority: The `Host` header.
    func includes(_ authority: String?) -> Bool {
        let port = currentPort
        guard let authority = authority?.lowercased(), port > 0 else { return false }
        let names = ["127.0.0.1", "localhost", "[::1]"]
        return names.contains { authority == "\($0):\(port)" || (port == 80 && authority == $0) }
    }
}

/// Refuses requests for any other host than this machine's own names.
struct HostCheck: RouterMiddleware {
    let authority: ServedAuthority

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard authority.includes(request.head.authority) else { throw ServerRefusal(.hostRefused) }
        return try await next(request, context)
    }
}
