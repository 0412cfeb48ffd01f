internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// The host names that this server answers to. A page of another site cannot use them, even if that site's name
/// resolves to this machine (DNS rebinding).
final class ServedAuthority: Sendable {
    private let port: Mutex<Int>
    /// Whether TLS ends in this server.
    private let hasTLS: Bool
    private let publicURL: PublicURL?

    /// - Parameter port: The requested port. ``setPort(to:)`` sets the actual one.
    init(port: Int, hasTLS: Bool = false, publicURL: PublicURL? = nil) {
        self.port = Mutex(port)
        self.hasTLS = hasTLS
        self.publicURL = publicURL
    }

    /// Sets the port that the server listens on. Until then, no authority is accepted if a free port was requested.
    func setPort(to port: Int) { self.port.withLock { $0 = port } }

    /// 0 until the server listens, if a free port was requested.
    var currentPort: Int { port.withLock { $0 } }

    /// The origin at which people reach the server, without a trailing slash: that of the public URL if there is one. Addresses
    /// outside the server, such as the Callback URL of the app for signing in, contain it.
    var origin: String {
        if let publicURL { return publicURL.description }
        let isDefault = currentPort == (hasTLS ? 443 : 80)
        return (hasTLS ? "https" : "http") + "://127.0.0.1" + (isDefault ? "" : ":\(currentPort)")
    }

    /// Whether the authority is that of the public URL, or a loopback name with this server's port. The port may be
    /// missing if it is the default one.
    ///
    /// - Parameter authority: The value of the `Host` header; `nil` if it is missing.
    func includes(_ authority: String?) -> Bool {
        let port = currentPort
        guard let authority = authority?.lowercased(), port > 0 else { return false }
        if isPublic(authority) { return true }
        let names = ["127.0.0.1", "localhost", "[::1]"]
        let isDefault = port == (hasTLS ? 443 : 80)
        return names.contains { authority == "\($0):\(port)" || (isDefault && authority == $0) }
    }

    /// Whether the browser reached the server under this authority by TLS: this server's, or that of the proxy for the
    /// public URL.
    func isSecure(_ authority: String?) -> Bool { hasTLS || isPublic(authority) }

    /// The origin of the server's own pages under an authority.
    func origin(_ authority: String?) -> String {
        (isSecure(authority) ? "https://" : "http://") + (authority ?? "").lowercased()
    }

    /// Whether the authority is that of the public URL.
    func isPublic(_ authority: String?) -> Bool {
        guard let publicURL, let authority = authority?.lowercased() else { return false }
        return authority == publicURL.authority || authority == publicURL.authority + ":443"
    }
}

/// Rejects requests whose `Host` is not a ``ServedAuthority``, with ``ServerRefusal`` and `.hostRefused`, and requests
/// that name two hosts, with `.requestMalformed` (RFC 9112 §3.2). Sets ``ServerContext/isSecure``, and tells browsers that
/// reached the server by TLS never to reach it without (HSTS, RFC 6797).
struct HostCheck: RouterMiddleware {
    /// A year, in seconds.
    private static let strictTransportSecurity = "max-age=31536000"

    let authority: ServedAuthority

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        // The first `Host` is the authority. Only further ones are header fields.
        guard request.headers[.host] == nil else {
            throw ServerRefusal(.requestMalformed, detail: "The request names two hosts.")
        }
        guard authority.includes(request.head.authority) else { throw ServerRefusal(.hostRefused) }
        var context = context
        context.isSecure = authority.isSecure(request.head.authority)
        var response = try await next(request, context)
        if context.isSecure { response.headers[.strictTransportSecurity] = Self.strictTransportSecurity }
        return response
    }
}

extension HTTPField.Name {
    // A valid field name.
    fileprivate static let host = Self("Host")!
}
