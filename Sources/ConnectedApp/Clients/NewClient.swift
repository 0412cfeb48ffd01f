internal import Foundation
internal import JWTBearer

/// What an operator decides about a new client.
package struct NewClient: Sendable {
    /// The shortest and the longest time from a client's creation to its expiry, in seconds.
    package static let lifetimes = 60...366 * 86_400

    var name: String
    /// In seconds.
    var lifetime: Int
    var rights: ClientRights

    /// - Parameter lifetime: In seconds.
    package init(name: String, lifetime: Int, rights: ClientRights = ClientRights()) {
        self.name = name
        self.lifetime = lifetime
        self.rights = rights
    }

    /// Removes what pasting adds, and checks the values.
    ///
    /// - Throws: ``ConnectedAppError`` with `.usage`.
    func checked() throws(ConnectedAppError) -> NewClient {
        var client = self
        client.name = name.trimmingPasteArtifacts
        guard AliasSyntax.isValid(client.name) else {
            throw .usage(
                name, "A client's name has 1 to 64 letters, digits, `-`, `_` or `.`, and begins with a letter or digit."
            )
        }
        guard Self.lifetimes.contains(lifetime) else {
            throw .usage(client.name, "A client's handle expires after one minute to 366 days.")
        }
        try rights.check()
        return client
    }
}
