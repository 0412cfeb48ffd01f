internal import ConnectedApp
internal import Foundation
internal import Hummingbird
internal import NIOCore

/// What the server knows about a request besides the request itself.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that the request arrived on.
    let channel: any Channel
    /// Set by ``SessionCheck``; `nil` on routes without it.
    var session: Session?
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

    /// Returns a captured component of the path, percent-decoded.
    ///
    /// - Parameter name: The component's name in the route, without the colon.
    /// - Throws: ``ServerRefusal`` with `.notFound` if it is missing or its percent-encoding is invalid.
    func captured(_ name: String) throws(ServerRefusal) -> String {
        guard let text = parameters.get(name)?.removingPercentEncoding else { throw ServerRefusal(.notFound) }
        return text
    }
}
