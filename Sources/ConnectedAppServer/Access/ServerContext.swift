internal import ConnectedApp
internal import Foundation
internal import Hummingbird
internal import NIOCore

/// What the server knows about a request besides the request itself.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that the request arrived on.
    let channel: any Channel
    /// Set by ``AccessCheck`` on pages that need a session.
    var session: Session?
    /// Set with ``session``.
    var viewer: Viewer?
    /// Set by ``AccessCheck`` on routes that need a session or a token of the API.
    var caller: Caller?
    /// Whether the browser reached the server by TLS. Set by ``HostCheck``.
    var isSecure = false
    /// Set by ``FormCheck``; empty if the request is not a form.
    var form = FormFields()

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// - Returns: The session.
    /// - Throws: ``ServerRefusal`` with `.signInRequired` if there is none.
    func signedIn() throws(ServerRefusal) -> Session {
        guard let session else { throw ServerRefusal(.signInRequired) }
        return session
    }

    /// Who sends the request, for the audit record.
    ///
    /// - Throws: ``ServerRefusal`` with `.signInRequired` on a route that needs neither a session nor an API token.
    var principal: Principal {
        get throws(ServerRefusal) {
            guard let caller else { throw ServerRefusal(.signInRequired) }
            return caller.principal
        }
    }

    /// Returns a captured component of the path, percent-decoded.
    ///
    /// - Parameter name: The component's name in the route, without the colon.
    /// - Throws: ``ServerRefusal`` with `.notFound` if it is missing or its percent-encoding is invalid.
    func captured(_ name: String) throws(ServerRefusal) -> String {
        guard let text = parameters.get(name)?.removingPercentEncoding else { throw ServerRefusal(.notFound) }
        return text
    }
}
