internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// The host names that this server answers to. A page of another site cannot use them, even if that site's name
/// resolves to this machine (DNS rebinding).
final class ServedAuthority: Sendable {
    private let port: Mutex<Int>

    /// - Parameter port: The requested port. ``setPort(to:)`` sets the actual one.
    init(port: Int) { self.port = Mutex(port) }

    /// Sets the port that the server listens on. Until then, no authority is accepted if a free port was requested.
    func setPort(to port: Int) { self.port.withLock { $0 = port } }

    /// 0 until the server listens, if a free port was requested.
    var currentPort: Int { port.withLock { $0 } }

    /// The origin at which people reach the server, without a trailing slash. Addresses outside the server, such as the
    /// Callback URL of the app for signing in, contain it.
    var origin: String { currentPort == 80 ? "http://127.0.0.1" : "http://127.0.0.1:\(currentPort)" }

    /// Whether the authority is a loopback name with this server's port. The port may be missing if it is 80.
    ///
    /// - Parameter authority: The value of the `Host` header; `nil` if it is missing.
    func includes(_ authority: String?) -> Bool {
        let port = currentPort
        guard let authority = authority?.lowercased(), port > 0 else { return false }
        let names = ["127.0.0.1", "localhost", "[::1]"]
        return names.contains { authority == "\($0):\(port)" || (port == 80 && authority == $0) }
    }
}

/// Rejects requests whose `Host` is not a ``ServedAuthority``, with ``ServerRefusal`` and `.hostRefused`, and requests
/// that name two hosts, with `.requestMalformed` (RFC 9112 §3.2).
struct HostCheck: RouterMiddleware {
    let authority: ServedAuthority

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        // The first `Host` is the authority. Only further ones are header fields.
        guard request.headers[.host] == nil else {
            throw ServerRefusal(.requestMalformed, detail: "The request names two hosts.")
        }
        guard authority.includes(request.head.authority) else { throw ServerRefusal(.hostRefused) }
        return try await next(request, context)
    }
}

extension HTTPField.Name {
    // A valid field name.
    fileprivate static let host = Self("Host")!
}
