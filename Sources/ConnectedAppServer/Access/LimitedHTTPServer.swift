internal import ConnectedApp
internal import Glibc
internal import HummingbirdCore
internal import NIOCore

extension HTTPServerBuilder {
    /// Builds a server whose connections have deadlines, and TLS if it is configured.
    ///
    /// - Parameter makeDeadlines: Called once per connection.
    static func limited(
        tls: ServedTLS?, _ makeDeadlines: @escaping @Sendable () -> ConnectionDeadlines
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            TLSChannel(
                base: LimitedHTTPChannel(base: HTTP1Channel(responder: responder), makeDeadlines: makeDeadlines),
                tls: tls)
        }
    }
}

extension ConnectedAppError {
    /// Returns `.portTaken` if a server could not listen because its port is in use or not permitted; otherwise `nil`.
    init?(listeningOn port: Int, _ error: any Error) {
        guard let error = error as? IOError, [EADDRINUSE, EACCES].contains(error.errnoCode) else { return nil }
        self.init(.portTaken, subject: String(port))
    }
}
