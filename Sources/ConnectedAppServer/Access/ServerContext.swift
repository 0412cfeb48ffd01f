internal import ConnectedApp
internal import Foundation
internal import Hummingbird
internal import NIOCore

/// What is known of a request besides itself.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that the request came over.
    let channel: any Channel
    /// Set behind ``SessionCheck``.
    var session: Session?
    /// Set behind ``FormCheck``.
    var form = FormFields()

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// - Throws: ``ServerRefusal`` with `.signInRequired`.
    func signedIn() throws(ServerRefusal) -> Session {
        guard let session else { throw ServerRefusal(.signInRequired) }
        return session
    }

    /// A captured part of the path, percent-decoded.
    ///
    /// - Throws: ``ServerRefusal`` with `.notFound`.
    func captured(_ name: String) throws(ServerRefusal) -> String {
        guard let text = parameters.get(name)?.removingPercentEncoding else { throw ServerRefusal(.notFound) }
        return text
    }
}
